"""CONNECT_JSON: what Kafka Connect's JsonConverter writes: ``{"schema": ..., "payload": ...}``, or (schemas.enable=false) the payload.

schema   SQL types <-> Connect's JSON form of a schema

The payload is read and written by ``formats.json``. A single column is a field of the payload or the bare payload, whichever it is.
"""

# ruff: noqa: ARG002 - the contract has arguments that this format does not need.
from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from millstream.errors import RecordError
from millstream.formats.base import Decoder, Encoder, FormatOptions, Registry
from millstream.formats.connect_json.schema import schema_text, with_numbers
from millstream.formats.json import JsonFormat
from millstream.formats.json.decode import record_decoder
from millstream.formats.none import read_nothing, write_nothing
from millstream.types import Base, Column, SqlType

__all__ = ["ConnectJsonFormat", "opened"]


class _Envelope(msgspec.Struct, forbid_unknown_fields=True):
    """Both parts unread: most payloads go to the JSON decoder as they are."""

    schema: msgspec.Raw
    payload: msgspec.Raw


_READ = msgspec.json.Decoder(_Envelope)


def opened(data: bytes) -> tuple[bytes | None, bytes]:
    """(schema, payload) as JSON texts; no schema where the record is no envelope."""
    try:
        parts = _READ.decode(data)
    except msgspec.DecodeError:
        return None, data
    return bytes(parts.schema), bytes(parts.payload)


@lru_cache(256)
def _parsed(schema: bytes) -> Any:
    return json.loads(schema)


def _payload(data: bytes) -> bytes:
    """The payload, DECIMALs (base64 of their unscaled bytes) as numbers."""
    schema, payload = opened(data)
    if schema is None or b"org.apache.kafka.connect.data.Decimal" not in schema:
        return payload
    try:
        return with_numbers(_parsed(schema), payload)
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise RecordError(f"The payload does not fit the schema beside it: {fault}") from None


class ConnectJsonFormat(JsonFormat):
    name = "CONNECT_JSON"

    def decoder(self, columns: Sequence[Column], options: FormatOptions, registry: Registry | None) -> Decoder:
        self.check(columns, options)
        if not columns:
            return read_nothing
        read = record_decoder(columns, options.unwrapped)
        field = read
        if len(columns) == 1 and not _is_object(columns[0].type):
            field, read = record_decoder(columns, False), record_decoder(columns, True)

        def decode(data: bytes | None) -> list[Any] | None:
            if data is None:
                return None
            payload = _payload(data)
            return field(payload) if payload[:1] == b"{" else read(payload)

        return decode

    def encoder(self, columns: Sequence[Column], options: FormatOptions, registry: Registry | None) -> Encoder:
        """With the schema, so that sinks that want one can be fed. A key of one column is written as Connect does: as a struct."""
        self.check(columns, options)
        if not columns:
            return write_nothing
        bare = options.unwrapped and not options.is_key
        write = super().encoder(columns, FormatOptions(unwrapped=bare, is_key=options.is_key), registry)
        head = b'{"schema":' + schema_text(columns, bare).encode() + b',"payload":'

        def encode(values: Sequence[Any] | None) -> bytes | None:
            if values is None or (options.unwrapped and values[0] is None):
                return None
            data = write(values)
            return None if data is None else head + data + b"}"

        return encode


def _is_object(type_: SqlType) -> bool:
    return type_.base in (Base.STRUCT, Base.MAP)
