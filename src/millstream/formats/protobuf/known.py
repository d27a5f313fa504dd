"""The .proto files that every schema may import without registering them: Google's types and Confluent's annotations."""

from __future__ import annotations

import importlib

_TEXTS = {
    "google/type/date.proto": """syntax = "proto3"; package google.type;
        message Date { int32 year = 1; int32 month = 2; int32 day = 3; }""",
    "google/type/timeofday.proto": """syntax = "proto3"; package google.type;
        message TimeOfDay { int32 hours = 1; int32 minutes = 2; int32 seconds = 3; int32 nanos = 4; }""",
    "confluent/type/decimal.proto": """syntax = "proto3"; package confluent.type;
        message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }""",
    # Options are not interpreted here, so an empty file is enough for the import.
    "confluent/meta.proto": """syntax = "proto3"; package confluent;
        message Meta { string doc = 1; map<string, string> params = 2; repeated string tags = 3; }""",
}
_GOOGLE = ("any", "duration", "empty", "field_mask", "struct", "timestamp", "wrappers", "descriptor")


def text(name: str) -> str | None:
    """The text of a known import; None where it is another schema, or a file of the protobuf library (see ``serialized``)."""
    return _TEXTS.get(name)


def serialized(name: str) -> bytes | None:
    """The compiled descriptor of a file that the protobuf library has, such as google/protobuf/timestamp.proto."""
    short = name.removeprefix("google/protobuf/").removesuffix(".proto")
    if short not in _GOOGLE or not name.startswith("google/protobuf/"):
        return None
    data: bytes = importlib.import_module(f"google.protobuf.{short}_pb2").DESCRIPTOR.serialized_pb
    return data
