"""What converters of a schema registry share: the five bytes in front of a value, and how the registry is asked."""

from __future__ import annotations

from millstream.errors import RegistryError
from millstream.formats import framing
from millstream.formats.base import RegisteredSchema, Registry
from millstream.worker.errors import DataError, RetriableError


class Subjects:
    """Schemas of one kind (AVRO, JSON, PROTOBUF), of keys or of values."""

    def __init__(self, registry: Registry | None, kind: str, converter: str, *, is_key: bool, register: bool = True) -> None:
        """``register``: schemas that are new to a subject are registered. Raises ValueError where ``converter`` has no registry."""
        if registry is None:
            raise ValueError(f"{converter} needs a schema registry: set schema.registry.url.")
        self.registry = registry
        self._kind, self._side, self._register = kind, "key" if is_key else "value", register

    def head(self, topic: str, text: str) -> bytes:
        """What comes before a topic's values of a schema. Raises DataError, RetriableError."""
        subject = f"{topic}-{self._side}"
        with mapped_registry_errors():
            if self._register:
                return framing.head(self.registry.register(subject, self._kind, text))
            latest = self.registry.latest(subject)
        if latest is None:
            raise DataError(f"Subject {subject} is not in the schema registry, and auto.register.schemas is false.")
        return framing.head(latest.id)

    def schema(self, head: bytes) -> RegisteredSchema:
        """The schema that such bytes name. Raises DataError, also for one of another kind, and RetriableError."""
        with mapped_registry_errors():
            found = self.registry.by_id(int.from_bytes(head[1:], "big"))
        if found.kind.upper() != self._kind:
            raise DataError(f"Schema {found.id} is {found.kind}, not {self._kind}: choose its converter.")
        return found


def headless() -> DataError:
    """About a value that does not begin with a zero byte and a schema's id."""
    return DataError("Unknown magic byte: the record was not written with a schema of the registry.")


class mapped_registry_errors:
    """Registry errors become RetriableError (unreachable, 5xx) or DataError (it says no)."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, RegistryError):
            if error.status >= 500:
                raise RetriableError(f"Schema registry: {error.message}") from error
            raise DataError(f"Schema registry: {error.message}") from error
