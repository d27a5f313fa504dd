"""The contract of transforms: a batch of records in, batches out. Schemas are transformed once a schema, values in one loop."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from millstream.worker.definition import Config, ConfigDef
from millstream.worker.errors import DataError
from millstream.worker.records import Records
from millstream.worker.schema import ConnectSchema


class Transform(ABC):
    """One configured transform. ``definition`` declares its keys."""

    definition: ClassVar[ConfigDef] = ConfigDef([])

    def configure(self, config: Config) -> None:
        """Take the parsed keys. ValueError says what does not fit together."""
        return

    @abstractmethod
    def apply(self, records: Records) -> list[Records]:
        """The records transformed: none, one or several batches. Raises DataError; the batch given stays as it was."""


class Predicate(ABC):
    """Says of each record whether a transform applies."""

    definition: ClassVar[ConfigDef] = ConfigDef([])

    def configure(self, config: Config) -> None:
        return None

    @abstractmethod
    def test(self, records: Records) -> Callable[[int], bool]:
        """A function of a record's place in the batch."""


class SideTransform(Transform):
    """A transform of one side. Subclasses give ``schema`` and ``change``; Key and Value variants set ``side``."""

    side: ClassVar[str] = "value"

    def apply(self, records: Records) -> list[Records]:
        if self.side == "key":
            schema, values = records.key_schema, records.keys if records.keys is not None else [None] * len(records)
        else:
            schema, values = records.value_schema, records.values
        known = self._known
        if known is None or known[0] is not schema:
            known = self._known = (schema, *self.prepare(schema))
        _, new_schema, change = known
        try:
            changed = [change(v) for v in values]
        except (KeyError, TypeError, AttributeError) as e:
            raise DataError(f"{type(self).__name__}: the {self.side} is not of the expected form: {type(e).__name__} {e}") from e
        if self.side == "key":
            return [replace(records, key_schema=new_schema, keys=changed)]
        return [replace(records, value_schema=new_schema, values=changed)]

    _known: tuple[ConnectSchema | None, ConnectSchema | None, Callable[[Any], Any]] | None = None

    @abstractmethod
    def prepare(self, schema: ConnectSchema | None) -> tuple[ConnectSchema | None, Callable[[Any], Any]]:
        """The new schema, and what to do with each value."""


def need_struct(name: str, schema: ConnectSchema | None) -> None:
    """Refuse what is neither schemaless nor a struct."""
    if schema is not None and schema.type != "struct":
        raise DataError(f"Only Struct objects supported for [{name}], found: {schema.type}")


def need_map(name: str, value: Any) -> dict[str, Any]:
    """A record's object, or DataError."""
    if not isinstance(value, dict):
        raise DataError(f"Only Struct and Map objects supported for [{name}], found: {'null' if value is None else type(value).__name__}")
    return value
