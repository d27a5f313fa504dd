"""The contract of formats: bytes <-> column values, for a key or a value. One file a format; ``formats.get(name)`` finds it.

A format decodes a whole key or value into a list with one Python value a column (see ``types`` for the values), and encodes the
same. It knows SQL types and the schema registry; it knows no plan, no expression and no log.

Decoding follows ksqlDB's coercions for the format; what cannot be taken raises RecordError, whose message names the field.
Factories are called once a query, what they return is called once a record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Any, Protocol

from millstream.dataclass import dataclass
from millstream.types import Column

#: bytes of a record -> one value a column; None for a null record (tombstone, or a null key).
Decoder = Callable[[bytes | None], list[Any] | None]
#: one value a column -> bytes; None gives None (a tombstone, or a null key).
Encoder = Callable[[Sequence[Any] | None], bytes | None]


@dataclass(frozen=True, slots=True)
class FormatOptions:
    """What a relation's WITH clause says of one side of a record.

    ``unwrapped``: a single column is the whole value, not a field of a struct (keys with one column are, except in PROTOBUF).
    ``delimiter`` is DELIMITED's. ``subject`` is the registry's (``<topic>-key`` / ``<topic>-value``). ``schema_id`` pins a schema.
    ``full_schema_name`` is Avro's record name.
    """

    unwrapped: bool = False
    delimiter: str = ","
    is_key: bool = False
    topic: str = ""
    schema_id: int | None = None
    full_schema_name: str | None = None
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        return f"{self.topic}-{'key' if self.is_key else 'value'}"


@dataclass(frozen=True, slots=True)
class RegisteredSchema:
    """A schema in the registry. ``kind`` is AVRO, JSON or PROTOBUF.

    ``imports``: (name, text) of the schemas that its text refers to, those they refer to first.
    """

    id: int
    kind: str
    text: str
    subject: str | None = None
    version: int | None = None
    imports: tuple[tuple[str, str], ...] = ()


class Registry(Protocol):
    """A Confluent-compatible schema registry. Raises RegistryError when it answers an error or cannot be reached."""

    def register(self, subject: str, kind: str, text: str) -> int:
        """Register (idempotent); the schema's id."""

    def by_id(self, schema_id: int) -> RegisteredSchema: ...

    def latest(self, subject: str) -> RegisteredSchema | None:
        """The newest schema of a subject; None where the subject does not exist."""

    def delete_subject(self, subject: str) -> None: ...


class Format(Protocol):
    """One serialization format, such as JSON.

    ``name`` is the text of KEY_FORMAT / VALUE_FORMAT. ``needs_registry``: schemas live in the registry, and columns can be inferred from
    it. ``can_unwrap`` / ``can_wrap`` say what WRAP_SINGLE_VALUE may be; ``wraps_by_default`` what a single value column does without it.
    """

    name: str
    needs_registry: bool
    can_wrap: bool
    can_unwrap: bool
    wraps_by_default: bool

    def check(self, columns: Sequence[Column], options: FormatOptions) -> None:
        """Raise BindError where the format cannot carry these columns (KAFKA with two columns, DELIMITED with a MAP, ...)."""

    def decoder(self, columns: Sequence[Column], options: FormatOptions, registry: Registry | None) -> Decoder: ...

    def encoder(self, columns: Sequence[Column], options: FormatOptions, registry: Registry | None) -> Encoder: ...

    def register(self, columns: Sequence[Column], options: FormatOptions, registry: Registry) -> int:
        """Register the schema of these columns for ``options.subject``; the schema id. Only where ``needs_registry``."""

    def infer(self, schema: RegisteredSchema, options: FormatOptions) -> list[Column]:
        """The columns of a registered schema (names as ksqlDB gives them). Only where ``needs_registry``."""
