"""A message -> its SQL type, as Connect's converter and ksqlDB read it. Members of a oneof are fields of their own."""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from millstream.formats.inference import unsupported
from millstream.formats.protobuf.descriptors import Messages
from millstream.types import (
    BIGINT,
    BOOLEAN,
    BYTES,
    DATE,
    DOUBLE,
    INTEGER,
    STRING,
    TIME,
    TIMESTAMP,
    SqlType,
    StructType,
    array,
    decimal,
    map_of,
    struct,
)

_F = FieldDescriptor
_SCALARS: dict[int, SqlType] = {
    _F.TYPE_DOUBLE: DOUBLE,
    _F.TYPE_FLOAT: DOUBLE,
    _F.TYPE_INT32: INTEGER,
    _F.TYPE_SINT32: INTEGER,
    _F.TYPE_SFIXED32: INTEGER,
    _F.TYPE_UINT32: BIGINT,
    _F.TYPE_FIXED32: BIGINT,
    _F.TYPE_INT64: BIGINT,
    _F.TYPE_UINT64: BIGINT,
    _F.TYPE_SINT64: BIGINT,
    _F.TYPE_FIXED64: BIGINT,
    _F.TYPE_SFIXED64: BIGINT,
    _F.TYPE_BOOL: BOOLEAN,
    _F.TYPE_STRING: STRING,
    _F.TYPE_ENUM: STRING,
    _F.TYPE_BYTES: BYTES,
}
_MESSAGES = {"google.protobuf.Timestamp": TIMESTAMP, "google.type.Date": DATE, "google.type.TimeOfDay": TIME}
#: Connect's default where a schema does not say the precision.
_PRECISION = 64


def message_type(messages: Messages, descriptor: Any, inside: tuple[str, ...] = ()) -> StructType:
    """The STRUCT of a message. Raises BindError where a field has no SQL type."""
    if descriptor.full_name in inside:
        raise unsupported(messages.schema, f".{descriptor.full_name}", "a message inside itself")
    inner = (*inside, descriptor.full_name)
    return struct((f.name, _field(messages, f, inner)) for f in descriptor.fields)


def _field(messages: Messages, field: Any, inside: tuple[str, ...]) -> SqlType:
    if field.is_repeated and is_entry(field.message_type):
        key, value = (field.message_type.fields_by_name[n] for n in ("key", "value"))
        return map_of(_single(messages, key, inside), _field(messages, value, inside))  # an entry of Connect's may hold a list or a map
    single = _single(messages, field, inside)
    return array(single) if field.is_repeated else single


def _single(messages: Messages, field: Any, inside: tuple[str, ...]) -> SqlType:
    message = field.message_type
    if message is None:
        return _SCALARS[field.type]
    if message.full_name in _MESSAGES:
        return _MESSAGES[message.full_name]
    if message.full_name == "confluent.type.Decimal":
        precision, scale = (messages.parameter(field, key) for key in ("precision", "scale"))
        return decimal(int(precision or _PRECISION), int(scale or 0))
    if is_wrapper(message):
        return _SCALARS[message.fields_by_name["value"].type]
    return message_type(messages, message, inside)


def is_wrapper(message: Any) -> bool:
    """Whether a message is one of google/protobuf/wrappers.proto: a scalar that may be NULL."""
    return bool(message is not None and message.file.name == "google/protobuf/wrappers.proto")


def is_entry(message: Any) -> bool:
    """Whether a message is an entry of a map: protobuf's own, or as Connect names it."""
    if message is None:
        return False
    names = [f.name for f in message.fields]
    return bool(message.GetOptions().map_entry or (message.name.endswith("Entry") and names == ["key", "value"]))
