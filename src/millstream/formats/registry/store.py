"""The built-in registry: schemas, subjects and their versions in a keyed store of the log.

Nothing is kept in memory: every process that has the log sees what another has registered. The server and the worker both write; a lock
orders them, in the log's directory where it has one. Ids and versions start at 1 and are never given twice.

Keys of the store ``_schemas``: ``id/<id>`` the schema, ``fp/<fingerprint>`` its id, ``sv/<subject>\\0<version>`` a version,
``sc/<subject>`` a subject's level and mode (``sc/`` the global ones), ``next`` the next id.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from millstream.errors import RegistryError
from millstream.formats.base import RegisteredSchema
from millstream.formats.registry import model
from millstream.formats.registry.checks import canonical
from millstream.formats.registry.model import Reference, Schema, Version
from millstream.log.base import Log

STORE = "_schemas"
_MAX_VERSION = (1 << 31) - 1


class SchemaStore:
    """The registry's operations. All raise RegistryError with the Confluent registry's code. Implements ``formats.base.Registry``."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._lock = _Turn(getattr(log, "directory", None))

    # The contract of formats.

    def register(self, subject: str, kind: str, text: str) -> int:
        return self.add(subject, Schema(kind, text)).id

    def by_id(self, schema_id: int) -> RegisteredSchema:
        schema = self.schema(schema_id)
        return RegisteredSchema(schema_id, schema.kind, schema.text, imports=tuple(self.imports(schema).items()))

    def latest(self, subject: str) -> RegisteredSchema | None:
        found = self.versions(subject)
        if not found:
            return None
        last = found[-1]
        imports = tuple(self.imports(last.schema).items())
        return RegisteredSchema(last.id, last.schema.kind, last.schema.text, subject, last.version, imports)

    def delete_subject(self, subject: str) -> None:
        if self.versions(subject):
            self.remove_subject(subject)

    # Reading.

    def schema(self, schema_id: int) -> Schema:
        data = self._get(f"id/{schema_id:010d}")
        if data is None:
            raise model.schema_not_found(schema_id)
        return _schema(data)

    def subjects(self, deleted: bool = False) -> list[str]:
        names = {v.subject: None for v in self._scan("sv/") if deleted or not v.deleted}
        return sorted(names)

    def versions(self, subject: str, deleted: bool = False) -> list[Version]:
        """In rising order; empty where there is no such subject."""
        return [v for v in self._scan(f"sv/{subject}\0") if deleted or not v.deleted]

    def version(self, subject: str, wanted: str | int, deleted: bool = False) -> Version:
        """One version; ``wanted`` is a number, ``latest`` or -1."""
        found = self.versions(subject, deleted)
        if not found:
            raise model.subject_not_found(subject)
        number = version_number(wanted)
        if number == -1:
            return found[-1]
        match = next((v for v in found if v.version == number), None)
        if match is None:
            raise model.version_not_found(wanted)
        return match

    def places(self, schema_id: int) -> list[Version]:
        """The subjects and versions that a schema is registered under."""
        return [v for v in self._scan("sv/") if v.id == schema_id and not v.deleted]

    def find(self, subject: str, schema: Schema, deleted: bool = False) -> Version:
        """The version of a subject that has exactly this schema."""
        found = self.versions(subject, deleted)
        if not found:
            raise model.subject_not_found(subject)
        text = canonical(schema, self.imports(schema))
        match = next((v for v in reversed(found) if _same(v.schema, schema.kind, text, schema.references)), None)
        if match is None:
            raise model.schema_not_found()
        return match

    def imports(self, schema: Schema) -> dict[str, str]:
        """The texts that a schema refers to, by the names it calls them, those they refer to first."""
        texts: dict[str, str] = {}
        for reference in schema.references:
            found = self.version(reference.subject, reference.version, deleted=True).schema
            texts.update(self.imports(found))
            texts[reference.name] = found.text
        return texts

    def level(self, subject: str = "") -> str | None:
        """The compatibility level set for a subject, or globally; None where none is set."""
        return self._settings(subject).get("level") or (None if subject else model.DEFAULT_LEVEL)

    def mode(self, subject: str = "") -> str | None:
        return self._settings(subject).get("mode") or (None if subject else model.DEFAULT_MODE)

    def check(self, subject: str, schema: Schema, against: list[Version] | None = None) -> list[str]:
        """Why the schema may not follow; empty where it may. Against the versions given, or those the subject's level says."""
        from millstream.formats.registry.compatibility import problems

        text = canonical(schema, self.imports(schema))
        level = self.level(subject) or self.level() or model.DEFAULT_LEVEL
        earlier = self.versions(subject) if against is None else against
        if not level.endswith("TRANSITIVE"):
            earlier = earlier[-1:]
        new = Schema(schema.kind, text, schema.references)
        return [reason for v in reversed(earlier) for reason in problems(level, new, v.schema, self.imports)]

    # Writing.

    def add(self, subject: str, schema: Schema, schema_id: int | None = None, version: int | None = None) -> Version:
        """Register a schema, or find it. ``schema_id`` and ``version`` are given only in mode IMPORT."""
        with self._lock:
            text = canonical(schema, self.imports(schema))
            everything = self.versions(subject, deleted=True)
            live = [v for v in everything if not v.deleted]
            known = next((v for v in live if _same(v.schema, schema.kind, text, schema.references)), None)
            if known is not None:
                return known
            self._writable(subject)
            if reasons := self.check(subject, schema, live):
                raise model.incompatible(subject, reasons)
            fingerprint = _fingerprint(schema.kind, text, schema.references)
            changes: dict[str, Any] = {}
            given = schema_id or self._get(fingerprint)
            if given is None:
                given = self._get("next") or 1
                changes["next"] = given + 1
            elif schema_id is not None:
                changes["next"] = max(self._get("next") or 1, schema_id + 1)
            number = version or (everything[-1].version + 1 if everything else 1)
            record = {"kind": schema.kind, "text": text, "references": [(r.name, r.subject, r.version) for r in schema.references]}
            changes |= {f"id/{given:010d}": record, fingerprint: given, _version_key(subject, number): {"id": given, "deleted": False}}
            self._put(changes)
            return Version(subject, number, given, Schema(schema.kind, text, schema.references))

    def remove_subject(self, subject: str, permanent: bool = False) -> list[int]:
        """Delete all versions; softly first, then for good. The versions deleted."""
        with self._lock:
            everything = self.versions(subject, deleted=True)
            live = [v for v in everything if not v.deleted]
            if not everything:
                raise model.subject_not_found(subject)
            self._writable(subject)
            if permanent and live:
                raise model.subject_not_deleted(subject)
            if not permanent and not live:
                raise model.subject_deleted(subject)
            for v in live:
                self._unreferenced(v)
            chosen = everything if permanent else live
            self._put({_version_key(subject, v.version): None if permanent else {"id": v.id, "deleted": True} for v in chosen})
            if permanent:
                self._put({f"sc/{subject}": None})
            return [v.version for v in chosen]

    def remove_version(self, subject: str, wanted: str | int, permanent: bool = False) -> int:
        """Delete one version; softly first, then for good."""
        with self._lock:
            found = self.version(subject, wanted, deleted=permanent or version_number(wanted) != -1)
            self._writable(subject)
            if permanent and not found.deleted:
                raise model.version_not_deleted(subject, found.version)
            if not permanent and found.deleted:
                raise model.version_deleted(subject, found.version)
            self._unreferenced(found)
            self._put({_version_key(subject, found.version): None if permanent else {"id": found.id, "deleted": True}})
            return found.version

    def set_level(self, level: str | None, subject: str = "") -> None:
        """Set a subject's level or the global one; None takes it away."""
        if level is not None and level not in model.LEVELS:
            raise model.invalid_level(level)
        self._set(subject, "level", level)

    def set_mode(self, mode: str | None, subject: str = "") -> None:
        if mode is not None and mode not in model.MODES:
            raise model.invalid_mode(mode)
        self._set(subject, "mode", mode)

    # The log.

    def _set(self, subject: str, what: str, value: str | None) -> None:
        with self._lock:
            settings = {k: v for k, v in {**self._settings(subject), what: value}.items() if v is not None}
            self._put({f"sc/{subject}": settings or None})

    def _settings(self, subject: str) -> dict[str, str]:
        return self._get(f"sc/{subject}") or {}

    def _writable(self, subject: str) -> None:
        if (self.mode(subject) or self.mode() or "").startswith("READONLY"):
            raise model.read_only(subject)

    def _unreferenced(self, version: Version) -> None:
        for other in self._scan("sv/"):
            for r in other.schema.references:
                if not other.deleted and (r.subject, r.version) == (version.subject, version.version):
                    raise model.still_referenced(version.subject, version.version)

    def _get(self, key: str) -> Any:
        data = self._log.get(STORE, 0, key.encode())
        return None if data is None else msgspec.json.decode(data)

    def _scan(self, prefix: str) -> Iterator[Version]:
        low = prefix.encode()
        for key, data in self._log.scan(STORE, 0, low, low[:-1] + bytes([low[-1] + 1])):
            subject, _, number = key[3:].decode().rpartition("\0")
            value = msgspec.json.decode(data)
            yield Version(subject, int(number), value["id"], self.schema(value["id"]), value["deleted"])

    def _put(self, changes: Mapping[str, Any]) -> None:
        with self._log.begin("schema-registry") as transaction:
            transaction.put(STORE, 0, [(k.encode(), None if v is None else msgspec.json.encode(v)) for k, v in changes.items()])
            transaction.commit()


class _Turn:
    """Whose turn it is to write: of this process's threads, and of the processes that share a directory."""

    def __init__(self, directory: Path | None) -> None:
        self._threads = threading.Lock()
        self._path = directory and directory / "registry"

    def __enter__(self) -> None:
        self._threads.acquire()
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600) if self._path else None
            if self._file is not None:
                fcntl.flock(self._file, fcntl.LOCK_EX)
        except OSError as error:
            self._threads.release()
            raise RegistryError(f"cannot write: {self._path}: {error.strerror}", code=50001) from None

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            os.close(self._file)
        self._threads.release()


def version_number(wanted: str | int) -> int:
    """A version as a path or a statement gives it; -1 for the latest. Raises RegistryError 42202."""
    if wanted in ("latest", -1, "-1"):
        return -1
    try:
        number = int(wanted)
    except ValueError:
        raise model.invalid_version(wanted) from None
    if not 1 <= number <= _MAX_VERSION:
        raise model.invalid_version(wanted)
    return number


def _version_key(subject: str, version: int) -> str:
    return f"sv/{subject}\0{version:010d}"


def _schema(data: Any) -> Schema:
    return Schema(data["kind"], data["text"], tuple(Reference(*r) for r in data["references"]))


def _same(schema: Schema, kind: str, text: str, references: tuple[Reference, ...]) -> bool:
    return schema.kind == kind and schema.text == text and schema.references == references


def _fingerprint(kind: str, text: str, references: tuple[Reference, ...]) -> str:
    return "fp/" + hashlib.sha256(repr((kind, text, references)).encode()).hexdigest()
