"""What the worker uses where a configuration names no converter.

Values: JSON_SR, so that CREATE TABLE finds the columns in the registry. Keys: a single text or number as ksqlDB's KAFKA format
(its default for keys), anything else as JSON_SR. Reading takes what it finds: JSON_SR, else JSON (also Connect's envelope), else the
bytes; keys that are no JSON_SR are texts where they are UTF-8, else numbers by their length.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from struct import unpack
from typing import Any

from millstream.formats.base import Registry
from millstream.log.base import Headers
from millstream.worker.converters.base import Batch, Converter
from millstream.worker.converters.json import JsonConverter
from millstream.worker.converters.json_sr import JsonSchemaConverter
from millstream.worker.converters.primitive import DoubleConverter, IntegerConverter, LongConverter, StringConverter
from millstream.worker.errors import DataError
from millstream.worker.schema import OPTIONAL_BYTES, OPTIONAL_STRING, ConnectSchema

_KAFKA: dict[str, Callable[[], Converter]] = {
    "string": StringConverter,
    "int8": IntegerConverter,
    "int16": IntegerConverter,
    "int32": IntegerConverter,
    "int64": LongConverter,
    "float32": DoubleConverter,
    "float64": DoubleConverter,
}


#: What JSON may begin with.
_JSON = frozenset(b'{["-0123456789tfn \t\r\n')


def _is_number(data: bytes) -> bool:
    """Whether a key of 4 or 8 bytes is surely a number: no text begins so, and no JSON_SR.

    The registry's ids begin with 1, so that what looks like the id 0 is the beginning of a number. Looking each up would take long.
    """
    return data[0] == 255 or (data[0] == 0 and (len(data) < 6 or data[1:5] == b"\0\0\0\0" or data[5] not in _JSON))


class AutomaticConverter:
    """The worker's default for keys and values."""

    class_name = "millstream.AutomaticConverter"

    def configure(self, settings: Mapping[str, str], *, is_key: bool, registry: Registry | None) -> None:
        self._is_key = is_key
        self._json_sr: JsonSchemaConverter | None = None
        if registry is not None:
            self._json_sr = JsonSchemaConverter()
            self._json_sr.configure(settings, is_key=is_key, registry=registry)
        self._json = JsonConverter()
        self._json.configure({**settings, "schemas.enable": "false", "decimal.format": "NUMERIC"}, is_key=is_key, registry=None)
        self._envelope = JsonConverter()
        self._envelope.configure(settings, is_key=is_key, registry=None)
        self._kafka: dict[str, Converter] = {kind: make() for kind, make in _KAFKA.items()}
        for converter in self._kafka.values():
            converter.configure({}, is_key=is_key, registry=None)

    def encode(self, topic: str, schema: ConnectSchema | None, values: Sequence[Any]) -> list[bytes | None]:
        if self._is_key and schema is not None and schema.type in self._kafka:
            return self._kafka[schema.type].encode(topic, schema, values)
        if schema is None or self._json_sr is None:
            return self._json.encode(topic, schema, values)
        return self._json_sr.encode(topic, schema, values)

    def decode(self, topic: str, data: bytes | None, headers: Headers) -> tuple[ConnectSchema | None, Any]:
        if data is None:
            return None, None
        if self._json_sr is not None and len(data) > 5 and data[0] == 0 and not (self._is_key and _is_number(data)):
            try:
                return self._json_sr.decode(topic, data, headers)
            except DataError:
                if not self._is_key:
                    raise
        return self._decode_key(topic, data, headers) if self._is_key else self._decode_value(topic, data, headers)

    def decode_all(self, topic: str, values: Sequence[bytes | None]) -> Batch | None:
        if None in values:
            return None
        if self._is_key:
            numbers = self._numbers(values)  # type: ignore[arg-type]
            if numbers is not None:
                return numbers
        try:
            return None if self._json_sr is None else self._json_sr.decode_all(topic, values)
        except DataError:
            return None

    def _numbers(self, values: Sequence[bytes]) -> Batch | None:
        """Keys that are 4 or 8 bytes, and by their first bytes neither texts nor JSON_SR, are numbers."""
        lengths = set(map(len, values))
        length = lengths.pop()
        if lengths or length not in (4, 8) or not all(map(_is_number, {v[:6] for v in values})):
            return None
        form = "q" if length == 8 else "i"
        schema = self._kafka["int64" if length == 8 else "int32"].decode("", values[0], ())[0]
        return schema, list(unpack(f">{len(values)}{form}", b"".join(values)))

    def _decode_value(self, topic: str, data: bytes, headers: Headers) -> tuple[ConnectSchema | None, Any]:
        if data.startswith(b'{"schema":'):
            try:
                return self._envelope.decode(topic, data, headers)
            except DataError:
                pass  # an ordinary object with a field of that name
        return self._json.decode(topic, data, headers)

    def _decode_key(self, topic: str, data: bytes, headers: Headers) -> tuple[ConnectSchema | None, Any]:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = "\0"
        if text.isprintable():
            if text.startswith("{"):
                try:
                    return self._decode_value(topic, data, headers)
                except DataError:
                    pass  # a text that begins with a brace
            return OPTIONAL_STRING, text
        if len(data) == 8:
            return self._kafka["int64"].decode(topic, data, headers)
        if len(data) == 4:
            return self._kafka["int32"].decode(topic, data, headers)
        return OPTIONAL_BYTES, data
