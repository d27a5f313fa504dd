"""What a registry holds and how it says no. Pure data; error codes are the Confluent registry's."""

from __future__ import annotations

from millstream.dataclass import dataclass
from millstream.errors import RegistryError

KINDS = ("AVRO", "JSON", "PROTOBUF")
LEVELS = ("NONE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE")
MODES = ("READWRITE", "READONLY", "READONLY_OVERRIDE", "IMPORT")
DEFAULT_LEVEL = "BACKWARD"
DEFAULT_MODE = "READWRITE"


@dataclass(frozen=True, slots=True)
class Reference:
    """A schema's import of another: ``name`` is how the text calls it."""

    name: str
    subject: str
    version: int


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema as somebody wants to register it."""

    kind: str
    text: str
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """A schema under a subject. ``deleted``: softly, so that its id still reads old records."""

    subject: str
    version: int
    id: int
    schema: Schema
    deleted: bool = False


def subject_not_found(subject: str) -> RegistryError:
    return RegistryError(f"Subject '{subject}' not found.", code=40401)


def version_not_found(version: object) -> RegistryError:
    return RegistryError(f"Version {version} not found.", code=40402)


def schema_not_found(what: object = "") -> RegistryError:
    return RegistryError(f"Schema {what} not found".replace("  ", " "), code=40403)


def subject_deleted(subject: str) -> RegistryError:
    return RegistryError(f"Subject '{subject}' was soft deleted.", hint="Set permanent=true to delete permanently.", code=40404)


def subject_not_deleted(subject: str) -> RegistryError:
    return RegistryError(f"Subject '{subject}' was not deleted first before being permanently deleted", code=40405)


def version_deleted(subject: str, version: int) -> RegistryError:
    return RegistryError(
        f"Subject '{subject}' Version {version} was soft deleted.", hint="Set permanent=true to delete permanently.", code=40406
    )


def version_not_deleted(subject: str, version: int) -> RegistryError:
    return RegistryError(f"Subject '{subject}' Version {version} was not deleted first before being permanently deleted", code=40407)


def level_not_set(subject: str) -> RegistryError:
    return RegistryError(f"Subject '{subject}' does not have subject-level compatibility configured", code=40408)


def mode_not_set(subject: str) -> RegistryError:
    return RegistryError(f"Subject '{subject}' does not have subject-level mode configured", code=40409)


def incompatible(subject: str, reasons: list[str]) -> RegistryError:
    listed = "; ".join(reasons)
    return RegistryError(
        f'Schema being registered is incompatible with an earlier schema for subject "{subject}", details: [{listed}]',
        hint="Make the change compatible, or lower the subject's compatibility level with PUT /config/<subject>.",
        code=40900,
    )


def invalid_schema(kind: str, reason: str) -> RegistryError:
    return RegistryError(f"Invalid schema of type {kind}, details: {reason}", code=42201)


def invalid_version(version: object) -> RegistryError:
    return RegistryError(
        f"The specified version '{version}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string \"latest\"",
        code=42202,
    )


def invalid_level(level: object) -> RegistryError:
    return RegistryError(f"Invalid compatibility level {level}. Valid values are {', '.join(LEVELS)}", code=42203)


def invalid_mode(mode: object) -> RegistryError:
    return RegistryError(f"Invalid mode {mode}. Valid values are {', '.join(MODES)}", code=42204)


def read_only(subject: str) -> RegistryError:
    return RegistryError(f"Subject '{subject}' is in read-only mode", code=42205)


def still_referenced(subject: str, version: int) -> RegistryError:
    return RegistryError(f"One or more references exist to the schema {{subject={subject},version={version}}}.", code=42206)
