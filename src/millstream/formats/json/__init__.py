"""JSON: one JSON text a record.

decode   bytes -> values with ksqlDB's coercions, exact for every record
encode   values -> bytes, numbers as the JVM prints them
halves   texts that end in the middle of a character
fast     the compiled engine's decoder: typical records straight into a Struct, the others by ``decode``
"""

# ruff: noqa: ARG002 - the contract has arguments that this format does not need.
from __future__ import annotations

from collections.abc import Sequence

from millstream.errors import BindError
from millstream.formats.base import Decoder, Encoder, FormatOptions, Registry
from millstream.formats.json.decode import record_decoder
from millstream.formats.json.encode import record_encoder
from millstream.formats.none import read_nothing, write_nothing
from millstream.formats.schemaless import Schemaless
from millstream.types import ArrayType, Base, Column, MapType, SqlType, StructType


class JsonFormat(Schemaless):
    name = "JSON"
    can_wrap = True
    can_unwrap = True
    wraps_by_default = True

    def check(self, columns: Sequence[Column], options: FormatOptions) -> None:
        for column in columns:
            _check(column.type)

    def decoder(self, columns: Sequence[Column], options: FormatOptions, registry: Registry | None) -> Decoder:
        self.check(columns, options)
        if not columns:
            return read_nothing
        return record_decoder(columns, options.unwrapped)

    def encoder(self, columns: Sequence[Column], options: FormatOptions, registry: Registry | None) -> Encoder:
        self.check(columns, options)
        if not columns:
            return write_nothing
        return record_encoder(columns, options.unwrapped)


def _check(type_: SqlType) -> None:
    if isinstance(type_, MapType):
        if type_.key.base is not Base.STRING:
            raise BindError("JSON only supports MAP types with STRING keys", hint=f"Got {type_}.")
        _check(type_.value)
    elif isinstance(type_, ArrayType):
        _check(type_.element)
    elif isinstance(type_, StructType):
        for field in type_.fields:
            _check(field.type)
