"""Converters of single values: texts, bytes and numbers, big-endian as Kafka's serializers write them."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

from millstream.formats.base import Registry
from millstream.log.base import Headers
from millstream.worker.converters.json import encode_plain
from millstream.worker.errors import DataError
from millstream.worker.schema import OPTIONAL_BYTES, OPTIONAL_STRING, ConnectSchema


class StringConverter:
    """A value's text in UTF-8; structs, maps and lists as JSON."""

    class_name = "org.apache.kafka.connect.storage.StringConverter"

    def configure(self, settings: Mapping[str, str], *, is_key: bool, registry: Registry | None) -> None:
        self._encoding = settings.get("converter.encoding", "UTF-8")

    def encode(self, topic: str, schema: ConnectSchema | None, values: Sequence[Any]) -> list[bytes | None]:
        if schema is not None and schema.type == "string":
            encoding = self._encoding
            try:
                return [None if v is None else v.encode(encoding) for v in values]
            except AttributeError:
                raise DataError("A value of schema string is no text.") from None
        return [None if v is None else self._text(v) for v in values]

    def _text(self, value: Any) -> bytes:
        match value:
            case str():
                return value.encode(self._encoding)
            case bool():
                return b"true" if value else b"false"
            case dict() | list():
                return encode_plain([value], None)[0] or b""
            case bytes():
                return value
            case _:
                return str(value).encode(self._encoding)

    def decode(self, topic: str, data: bytes | None, headers: Headers) -> tuple[ConnectSchema | None, Any]:
        # Bytes that are no text, as the keys of windowed tables have, become replacement characters as on the JVM.
        return OPTIONAL_STRING, None if data is None else data.decode(self._encoding, "replace")


class ByteArrayConverter:
    """Bytes as they are."""

    class_name = "org.apache.kafka.connect.converters.ByteArrayConverter"

    def configure(self, settings: Mapping[str, str], *, is_key: bool, registry: Registry | None) -> None:
        return None

    def encode(self, topic: str, schema: ConnectSchema | None, values: Sequence[Any]) -> list[bytes | None]:
        if not all(v is None or isinstance(v, bytes) for v in values):
            raise DataError(f"ByteArrayConverter takes bytes only, got {schema or 'schemaless values'}: choose another converter.")
        return list(values)

    def decode(self, topic: str, data: bytes | None, headers: Headers) -> tuple[ConnectSchema | None, Any]:
        return OPTIONAL_BYTES, data


class _Number:
    """A number of fixed width."""

    class_name = ""
    layout = struct.Struct(">q")
    schema = ConnectSchema("int64", optional=True)

    def configure(self, settings: Mapping[str, str], *, is_key: bool, registry: Registry | None) -> None:
        return None

    def encode(self, topic: str, schema: ConnectSchema | None, values: Sequence[Any]) -> list[bytes | None]:
        pack = self.layout.pack
        try:
            return [None if v is None else pack(v) for v in values]
        except struct.error as e:
            raise DataError(f"{type(self).__name__} cannot write a value of schema {schema}: {e}.") from None

    def decode(self, topic: str, data: bytes | None, headers: Headers) -> tuple[ConnectSchema | None, Any]:
        if data is None:
            return self.schema, None
        if len(data) != self.layout.size:
            raise DataError(f"Size of data received by {type(self).__name__} is not {self.layout.size}")
        return self.schema, self.layout.unpack(data)[0]


class LongConverter(_Number):
    """8 bytes."""

    class_name = "org.apache.kafka.connect.converters.LongConverter"


class IntegerConverter(_Number):
    """4 bytes."""

    class_name = "org.apache.kafka.connect.converters.IntegerConverter"
    layout = struct.Struct(">i")
    schema = ConnectSchema("int32", optional=True)


class ShortConverter(_Number):
    """2 bytes."""

    class_name = "org.apache.kafka.connect.converters.ShortConverter"
    layout = struct.Struct(">h")
    schema = ConnectSchema("int16", optional=True)


class FloatConverter(_Number):
    """4 bytes, IEEE 754."""

    class_name = "org.apache.kafka.connect.converters.FloatConverter"
    layout = struct.Struct(">f")
    schema = ConnectSchema("float32", optional=True)


class DoubleConverter(_Number):
    """8 bytes, IEEE 754."""

    class_name = "org.apache.kafka.connect.converters.DoubleConverter"
    layout = struct.Struct(">d")
    schema = ConnectSchema("float64", optional=True)


class BooleanConverter(_Number):
    """1 byte: 0 or 1."""

    class_name = "org.apache.kafka.connect.converters.BooleanConverter"
    layout = struct.Struct(">?")
    schema = ConnectSchema("boolean", optional=True)
