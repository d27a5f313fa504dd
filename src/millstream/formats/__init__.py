"""FORMATS: bytes of a record <-> column values. One module or package a format, found by name with ``get``.

base       the contract (Format, FormatOptions, Registry)
numbers    numbers and their texts as the JVM reads and prints them
fitting    whether values of a schema fit a column's type
framing    the Confluent wire format: magic byte, schema id, protobuf message indexes
json       JSON: exact decoder, fast decoder for typical records, encoders
connect_json  JSON as Kafka Connect writes it, the schema beside the payload
json_sr    JSON with a schema in the registry
avro       Avro with a schema in the registry
protobuf   PROTOBUF (registry) and PROTOBUF_NOSR
delimited  one CSV line a record
kafka      Kafka's own serializers, one column
none       no columns at all
registry   schema registry: built-in store, its REST API, client of a real one

Formats know SQL types and the registry; no plan, expression or log.
"""

from __future__ import annotations

import importlib
from functools import cache

from millstream.errors import BindError
from millstream.formats.base import Format

#: Where each format lives: (module, class). Imported on first use, so that start-up pays for none.
_PLACES = {
    "AVRO": ("avro", "AvroFormat"),
    "CONNECT_JSON": ("connect_json", "ConnectJsonFormat"),
    "DELIMITED": ("delimited", "DelimitedFormat"),
    "JSON": ("json", "JsonFormat"),
    "JSON_SR": ("json_sr", "JsonSchemaFormat"),
    "KAFKA": ("kafka", "KafkaFormat"),
    "NONE": ("none", "NoneFormat"),
    "PROTOBUF": ("protobuf", "ProtobufFormat"),
    "PROTOBUF_NOSR": ("protobuf", "ProtobufNoSrFormat"),
}


def names() -> list[str]:
    """Every format's name, as KEY_FORMAT and VALUE_FORMAT take it."""
    return list(_PLACES)


def get(name: str) -> Format:
    """The format of this name (any case). Raises BindError where there is none."""
    place = _PLACES.get(name.upper())
    if place is None:
        raise BindError(f"Unknown format: {name}", hint=f"Formats are {', '.join(_PLACES)}.")
    return _load(*place)


@cache
def _load(module: str, class_name: str) -> Format:
    found: Format = getattr(importlib.import_module(f"millstream.formats.{module}"), class_name)()
    return found
