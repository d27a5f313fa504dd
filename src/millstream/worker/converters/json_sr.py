"""JsonSchemaConverter (JSON_SR): JSON behind a magic byte and the id of its JSON Schema in the registry.

Decimals are numbers by default (``decimal.format=BASE64`` for Confluent's default): that is what ksqlDB's JSON_SR reads and writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from millstream.formats.base import Registry
from millstream.log.base import Headers
from millstream.worker.converters.base import Batch, choice, flag
from millstream.worker.converters.json import encode_plain
from millstream.worker.converters.json_schema import from_json_schema, to_json_schema
from millstream.worker.converters.plain import holds_decimals, inward, outward
from millstream.worker.converters.quick import structs
from millstream.worker.converters.registered import Subjects, headless
from millstream.worker.errors import DataError
from millstream.worker.schema import ConnectSchema


class _Read(NamedTuple):
    """How values of a schema are read: their JSON decoded (losing no digits), and given the schema's form. ``quick``: both at once."""

    schema: ConnectSchema
    change: Callable[[Any], Any]
    decode: Callable[[Any], Any]
    quick: Callable[[Sequence[bytes]], list[Any] | None] | None


class JsonSchemaConverter:
    """Confluent's io.confluent.connect.json.JsonSchemaConverter."""

    class_name = "io.confluent.connect.json.JsonSchemaConverter"

    def configure(self, settings: Mapping[str, str], *, is_key: bool, registry: Registry | None) -> None:
        self._numeric = choice(settings, "decimal.format", "NUMERIC", ("BASE64", "NUMERIC")) == "NUMERIC"
        register = flag(settings, "auto.register.schemas", True)
        self._subjects = Subjects(registry, "JSON", "JsonSchemaConverter", is_key=is_key, register=register)
        self._written: dict[tuple[str, ConnectSchema], tuple[bytes, Any]] = {}
        self._read: dict[bytes, _Read] = {}
        self._plain, self._exact = msgspec.json.Decoder(), msgspec.json.Decoder(float_hook=Decimal)

    def encode(self, topic: str, schema: ConnectSchema | None, values: Sequence[Any]) -> list[bytes | None]:
        if schema is None:
            if any(v is not None for v in values):
                raise DataError(
                    "JsonSchemaConverter needs values with a schema: choose JsonConverter with schemas.enable=false for schemaless ones."
                )
            return [None] * len(values)
        known = self._written.get((topic, schema))
        if known is None:
            text = msgspec.json.encode(to_json_schema(schema, numeric_decimals=self._numeric)).decode()
            head = self._subjects.head(topic, text)
            known = self._written[topic, schema] = (head, outward(schema, base64_decimals=not self._numeric))
        prefix, change = known
        return encode_plain(values, change, prefix)

    def decode(self, topic: str, data: bytes | None, headers: Headers) -> tuple[ConnectSchema | None, Any]:
        if data is None:
            return None, None
        if len(data) < 5 or data[0] != 0:
            raise headless()
        schema, change, decode, _ = self._read.get(data[:5]) or self._schema(data[:5])
        try:
            payload = decode(memoryview(data)[5:])
        except msgspec.DecodeError as e:
            raise DataError(f"Not JSON behind the schema id: {e}") from None
        return schema, change(payload)

    def decode_all(self, topic: str, values: Sequence[bytes | None]) -> Batch | None:
        if None in values:
            return None
        prefixes = {v[:5] for v in values}  # type: ignore[index]
        prefix = prefixes.pop()
        if prefixes or len(prefix) < 5 or prefix[0] != 0:
            return None
        schema, change, decode, quick = self._read.get(prefix) or self._schema(prefix)
        payloads = [v[5:] for v in values]  # type: ignore[index]
        try:
            found = quick(payloads) if quick is not None else None
            return schema, [change(decode(p)) for p in payloads] if found is None else found
        except (msgspec.DecodeError, DataError):
            return None

    def _schema(self, prefix: bytes) -> _Read:
        registered = self._subjects.schema(prefix)
        try:
            schema = from_json_schema(msgspec.json.decode(registered.text))
        except (TypeError, AttributeError, KeyError, ValueError, RecursionError):  # registries take any JSON object
            raise DataError(f"Schema {int.from_bytes(prefix[1:], 'big')} is no valid JSON Schema.") from None
        decoder = self._exact if holds_decimals(schema) else self._plain
        known = self._read[prefix] = _Read(schema, inward(schema), decoder.decode, structs(schema))
        return known
