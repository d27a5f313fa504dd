"""AVRO: Avro in the Confluent wire format, its schema in the registry.

schema   SQL types <-> Avro schemas with Connect's annotations
codec    a schema -> the function that reads or writes its binary form
values   values read with a writer's schema -> a column's value, and back

A record is read with the schema it was written with, then fitted to the columns: names in any case, missing fields NULL.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Sequence
from typing import Any

from millstream.errors import BindError, RecordError
from millstream.formats import framing
from millstream.formats.avro import codec
from millstream.formats.avro.schema import NAME, Names, check_names, load, physical, schema_text, sql_type
from millstream.formats.avro.values import fitter, shaper
from millstream.formats.base import Decoder, Encoder, FormatOptions, RegisteredSchema, Registry
from millstream.formats.fitting import Mismatch
from millstream.formats.inference import columns_of
from millstream.formats.none import read_nothing, write_nothing
from millstream.types import Base, Column, Field, SqlType, StructType


class AvroFormat:
    name = "AVRO"
    needs_registry = True
    can_wrap = True
    can_unwrap = True
    wraps_by_default = True

    def check(self, columns: Sequence[Column], options: FormatOptions) -> None:
        if options.full_schema_name is not None and not NAME.fullmatch(options.full_schema_name):
            got = options.full_schema_name.strip()
            raise BindError(f"fullSchemaName cannot be {f'{got!r}: expected names set off by dots' if got else 'empty'}.")
        for column in columns:
            check_names(column.type if options.unwrapped else StructType(Base.STRUCT, (Field(column.name, column.type),)))

    def decoder(self, columns: Sequence[Column], options: FormatOptions, registry: Registry | None) -> Decoder:
        if not columns:
            return read_nothing
        known = _known(registry)
        readers: dict[int, Callable[[bytes], list[Any]]] = {}

        def decode(data: bytes | None) -> list[Any] | None:
            if data is None:
                return None
            schema_id = framing.schema_id(data)
            read = readers.get(schema_id)
            if read is None:
                read = readers[schema_id] = _reader(known.by_id(schema_id), columns, options.unwrapped)
            return read(data)

        return decode

    def encoder(self, columns: Sequence[Column], options: FormatOptions, registry: Registry | None) -> Encoder:
        self.check(columns, options)
        if not columns:
            return write_nothing
        known = _known(registry)
        schema_id = options.schema_id or self.register(columns, options, known)
        schema = known.by_id(schema_id)
        head = framing.head(schema_id)
        shape = shaper(physical(schema), columns, options.unwrapped)
        write = _writer(schema)

        def encode(values: Sequence[Any] | None) -> bytes | None:
            if values is None or (options.unwrapped and values[0] is None):
                return None
            out = bytearray(head)
            try:
                write(shape(values), out)
            except (TypeError, ValueError, OverflowError, KeyError, AttributeError, struct.error) as error:
                reason = "a field without a default is NULL, and cannot be" if "NoneType" in str(error) else error
                raise RecordError(f"this row cannot be written with Avro schema {schema_id}: {reason}") from None
            return bytes(out)

        return encode

    def register(self, columns: Sequence[Column], options: FormatOptions, registry: Registry) -> int:
        self.check(columns, options)
        return registry.register(options.subject, "AVRO", schema_text(columns, options))

    def infer(self, schema: RegisteredSchema, options: FormatOptions) -> list[Column]:
        return columns_of(sql_type(schema), options)


def _known(registry: Registry | None) -> Registry:
    if registry is None:
        raise BindError("The 'AVRO' format needs a schema registry.", hint="Set schema.registry.url.")
    return registry


def _parsed(schema: RegisteredSchema) -> Any:
    """The schema as fastavro wants it, with the names its imports define, and without logical types that it would convert."""
    import fastavro

    named: dict[str, Any] = {}
    for _, text in schema.imports:
        fastavro.parse_schema(physical(RegisteredSchema(0, "AVRO", text)), named_schemas=named)
    return fastavro.parse_schema(physical(schema), named_schemas=named, expand=False)


def _names(schema: RegisteredSchema) -> Names:
    texts = [*(text for _, text in schema.imports), schema.text]
    return Names(json.dumps(physical(RegisteredSchema(0, "AVRO", text))) for text in texts)


def _writer(schema: RegisteredSchema) -> codec.Write:
    """Writes values in the schema's shape: compiled where it can be, else by fastavro."""
    try:
        return codec.writer(physical(schema), _names(schema))
    except codec.Unsupported:
        import fastavro

        parsed = _parsed(schema)

        def write(value: Any, out: bytearray) -> None:
            target = io.BytesIO()
            fastavro.schemaless_writer(target, parsed, value)
            out += target.getvalue()

        return write


def _raw_reader(schema: RegisteredSchema) -> codec.Read:
    """Reads values in the schema's shape: compiled where it can be, else by fastavro."""
    try:
        return codec.reader(physical(schema), _names(schema))
    except codec.Unsupported:
        import fastavro

        parsed = _parsed(schema)
        return lambda data, start: fastavro.schemaless_reader(io.BytesIO(data[start:]), parsed, None)


def _reader(schema: RegisteredSchema, columns: Sequence[Column], unwrapped: bool) -> Callable[[bytes], list[Any]]:
    """Reads what was written with this schema into the columns."""
    type_: SqlType = columns[0].type if unwrapped else StructType(Base.STRUCT, tuple(Field(c.name, c.type) for c in columns))
    names = [c.name for c in columns]
    fit = fitter(load(schema.text), type_, dict(schema.imports))
    read = _raw_reader(schema)

    def decode(data: bytes) -> list[Any]:
        try:
            value = read(data, 5)
        except (EOFError, ValueError, IndexError, TypeError, OverflowError, AttributeError, KeyError, struct.error) as error:
            reason = f"{type(error).__name__} {error}".strip()
            raise RecordError(f"expected data of Avro schema {schema.id}, got {data[5:45]!r} ({reason})") from None
        try:
            row = None if value is None else fit(value)
        except Mismatch as mismatch:
            raise RecordError(f"${mismatch.path}: {mismatch.reason}") from None
        if unwrapped:
            return [row]
        return [None] * len(names) if row is None else list(row.values())

    return decode
