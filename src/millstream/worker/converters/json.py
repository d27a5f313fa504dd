"""JsonConverter: plain JSON, or (``schemas.enable``, Kafka's default) an object of schema and payload.

``schema.content`` (Kafka 4.2) gives plain JSON its schema when it is read: one schema for all records, none in the records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from millstream.formats.base import Registry
from millstream.log.base import Headers
from millstream.worker.converters import envelope
from millstream.worker.converters.base import choice, flag
from millstream.worker.converters.plain import inward, outward
from millstream.worker.errors import DataError
from millstream.worker.schema import ConnectSchema

_NEEDS_ENVELOPE = (
    'JsonConverter with schemas.enable requires "schema" and "payload" fields and may not contain additional fields. '
    "If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter configuration."
)


class _Envelope(msgspec.Struct, forbid_unknown_fields=True):
    schema: msgspec.Raw
    payload: msgspec.Raw


def encode_plain(
    values: Sequence[Any], change: Callable[[Any], Any] | None, prefix: bytes = b"", suffix: bytes = b""
) -> list[bytes | None]:
    """JSON bytes of values; None stays None. The one loop all JSON converters share."""
    encode = _ENCODER.encode
    try:
        if change is not None:
            values = [change(v) for v in values]
        if prefix or suffix:
            return [None if v is None else prefix + encode(v) + suffix for v in values]
        return [None if v is None else encode(v) for v in values]
    except (TypeError, ValueError, KeyError, AttributeError) as e:
        raise DataError(f"A value cannot be written as JSON: {e}") from e


_ENCODER = msgspec.json.Encoder(decimal_format="number")


class JsonConverter:
    """Kafka's org.apache.kafka.connect.json.JsonConverter."""

    class_name = "org.apache.kafka.connect.json.JsonConverter"

    def configure(self, settings: Mapping[str, str], *, is_key: bool, registry: Registry | None) -> None:
        self._enabled = flag(settings, "schemas.enable", True)
        self._base64 = choice(settings, "decimal.format", "BASE64", ("BASE64", "NUMERIC")) == "BASE64"
        self._null_is_default = flag(settings, "replace.null.with.default", True)
        self._written: dict[ConnectSchema | None, tuple[Any, bytes]] = {}
        self._read: dict[bytes, tuple[ConnectSchema | None, Callable[[Any], Any]]] = {}
        self._decoder = msgspec.json.Decoder()
        content = settings.get("schema.content", "").strip()
        self._fixed: bytes | None = content.encode() if self._enabled and content else None
        if self._fixed is not None:
            try:
                self._schema(self._fixed)
            except (DataError, msgspec.DecodeError) as e:
                raise ValueError(f"schema.content is not a schema in Connect's JSON form: {e}") from None
        # Numbers with a point stay exact until their schema says whether they are decimals.
        self._exact = msgspec.json.Decoder(float_hook=Decimal)

    def encode(self, topic: str, schema: ConnectSchema | None, values: Sequence[Any]) -> list[bytes | None]:
        known = self._written.get(schema)
        if known is None:
            text = msgspec.json.encode(None if schema is None else envelope.to_json(schema))
            known = self._written[schema] = (outward(schema, base64_decimals=self._base64), text)
        change, text = known
        if not self._enabled or self._fixed is not None:
            return encode_plain(values, change)
        if schema is None and any(v is not None for v in values):
            return encode_plain(values, change, b'{"schema":null,"payload":', b"}")
        return encode_plain(values, change, b'{"schema":' + text + b',"payload":', b"}")

    def decode(self, topic: str, data: bytes | None, headers: Headers) -> tuple[ConnectSchema | None, Any]:
        if data is None:
            return None, None
        try:
            if not self._enabled:
                return None, self._decoder.decode(data)
            if self._fixed is not None:
                schema, change = self._schema(self._fixed)
                return schema, change(self._exact.decode(data))
            parts = msgspec.json.decode(data, type=_Envelope)
            schema, change = self._schema(bytes(parts.schema))
            payload = (self._decoder if schema is None else self._exact).decode(parts.payload)
        except msgspec.ValidationError:
            raise DataError(_NEEDS_ENVELOPE) from None
        except msgspec.DecodeError as e:
            raise DataError(f"Converting byte[] to Kafka Connect data failed due to serialization error: {e}") from None
        return schema, change(payload)

    def _schema(self, text: bytes) -> tuple[ConnectSchema | None, Callable[[Any], Any]]:
        known = self._read.get(text)
        if known is None:
            schema = envelope.from_json(msgspec.json.decode(text))
            change = (
                (lambda v: v) if schema is None else inward(schema, base64_decimals=self._base64, null_is_default=self._null_is_default)
            )
            known = self._read[text] = (schema, change)
        return known
