"""JSON_SR: JSON in the Confluent wire format, its JSON Schema in the registry.

schema   SQL types <-> JSON Schema with Connect's annotations

The data itself is read and written by ``formats.json``; a MAP is written as a list of {key, value} objects and read in both forms.
"""

from __future__ import annotations

# ruff: noqa: ARG002 - the contract has arguments that this format does not need.
from collections.abc import Sequence
from typing import Any

from millstream.errors import BindError
from millstream.formats import framing
from millstream.formats.base import Decoder, Encoder, FormatOptions, RegisteredSchema, Registry
from millstream.formats.inference import columns_of
from millstream.formats.json import JsonFormat
from millstream.formats.json.decode import record_decoder
from millstream.formats.json.encode import record_encoder
from millstream.formats.json_sr.schema import schema_text, sql_type
from millstream.formats.none import read_nothing, write_nothing
from millstream.types import Column


class JsonSchemaFormat:
    name = "JSON_SR"
    needs_registry = True
    can_wrap = True
    can_unwrap = True
    wraps_by_default = True

    def check(self, columns: Sequence[Column], options: FormatOptions) -> None:
        JsonFormat().check(columns, options)

    def decoder(self, columns: Sequence[Column], options: FormatOptions, registry: Registry | None) -> Decoder:
        self.check(columns, options)
        if not columns:
            return read_nothing
        read = record_decoder(columns, options.unwrapped, entries=True)

        def decode(data: bytes | None) -> list[Any] | None:
            if data is None:
                return None
            framing.schema_id(data)
            return read(data[5:])

        return decode

    def encoder(self, columns: Sequence[Column], options: FormatOptions, registry: Registry | None) -> Encoder:
        self.check(columns, options)
        if not columns:
            return write_nothing
        if registry is None:
            raise BindError("The 'JSON_SR' format needs a schema registry.", hint="Set schema.registry.url.")
        more = self._more(columns, options, registry)
        write = record_encoder([*columns, *more], options.unwrapped, entries=True)
        head, nulls = framing.head(options.schema_id or self.register(columns, options, registry)), [None] * len(more)

        def encode(values: Sequence[Any] | None) -> bytes | None:
            data = write(values if values is None or not nulls else [*values, *nulls])
            return None if data is None else head + data

        return encode

    def _more(self, columns: Sequence[Column], options: FormatOptions, registry: Registry) -> Sequence[Column]:
        """What a schema given by its id has behind the columns: it is written as NULL."""
        if options.schema_id is None or options.unwrapped:
            return ()
        return self.infer(registry.by_id(options.schema_id), options)[len(columns) :]

    def register(self, columns: Sequence[Column], options: FormatOptions, registry: Registry) -> int:
        return registry.register(options.subject, "JSON", schema_text(columns, options.unwrapped))

    def infer(self, schema: RegisteredSchema, options: FormatOptions) -> list[Column]:
        return columns_of(sql_type(schema), options)
