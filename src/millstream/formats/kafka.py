"""KAFKA: the bytes of Kafka's own serializers (Integer, Long, Double, String, ByteArray), for a single column.

INTEGER 4 bytes, BIGINT 8 and DOUBLE 8, all big-endian; STRING is UTF-8; BYTES are themselves. NULL is a null record.
"""

# ruff: noqa: ARG002 - the contract has arguments that this format does not need.
from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any

from millstream.errors import BindError, RecordError
from millstream.formats.base import Decoder, Encoder, FormatOptions, Registry
from millstream.formats.none import read_nothing, write_nothing
from millstream.formats.schemaless import Schemaless
from millstream.types import Base, Column

#: How numbers are written.
FIXED = {Base.INTEGER: struct.Struct(">i"), Base.BIGINT: struct.Struct(">q"), Base.DOUBLE: struct.Struct(">d")}
_TYPES = {*FIXED, Base.STRING, Base.BYTES}


class KafkaFormat(Schemaless):
    name = "KAFKA"
    can_wrap = False
    can_unwrap = True
    wraps_by_default = False

    def check(self, columns: Sequence[Column], options: FormatOptions) -> None:
        if len(columns) > 1:
            raise BindError(
                f"The 'KAFKA' format only supports a single field. Got: [{', '.join(map(str, columns))}]",
                hint="Use JSON, AVRO, PROTOBUF or DELIMITED for several columns.",
            )
        for column in columns:
            if column.type.base not in _TYPES:
                raise BindError(f"The 'KAFKA' format does not support type '{column.type.base.value}'")

    def decoder(self, columns: Sequence[Column], options: FormatOptions, registry: Registry | None) -> Decoder:
        self.check(columns, options)
        if not columns:
            return read_nothing
        read = _reader(columns[0])
        return lambda data: None if data is None else [read(data)]

    def encoder(self, columns: Sequence[Column], options: FormatOptions, registry: Registry | None) -> Encoder:
        self.check(columns, options)
        if not columns:
            return write_nothing
        write = _writer(columns[0])
        return lambda values: None if values is None or values[0] is None else write(values[0])


def _reader(column: Column) -> Callable[[bytes], Any]:
    layout = FIXED.get(column.type.base)
    if layout is not None:
        unpack, size = layout.unpack, layout.size

        def number(data: bytes) -> Any:
            if len(data) != size:
                raise RecordError(f"{column.name}: expected {size} bytes for {column.type}, got {len(data)}")
            return unpack(data)[0]

        return number
    if column.type.base is Base.BYTES:
        return bytes

    # Java's String replaces what is not UTF-8, it does not refuse it.
    return lambda data: data.decode("utf-8", "replace")


def _writer(column: Column) -> Callable[[Any], bytes]:
    layout = FIXED.get(column.type.base)
    if layout is not None:
        return layout.pack
    return bytes if column.type.base is Base.BYTES else _utf8


def _utf8(text: str) -> bytes:
    # Java's getBytes writes "?" for half a surrogate pair.
    return text.encode("utf-8", "replace")
