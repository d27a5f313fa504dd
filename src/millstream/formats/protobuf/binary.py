"""Schemas as compiled descriptors in base64: what Confluent's Python and Go clients register in place of a .proto text, and ask for.

A Confluent registry turns one into the other; others (Apicurio) hand back what they were given. The rest of Millstream sees texts only.
What may not live here: what a schema means.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any

from millstream.formats.base import RegisteredSchema

#: Number of Confluent's field annotation among a field's options.
_META = 1088


def as_text(schema: str) -> str:
    """The .proto text of a schema, which may be a compiled one; a text stays as it is."""
    if any(mark in schema for mark in "{;"):
        return schema
    from google.protobuf.descriptor_pb2 import FileDescriptorProto
    from google.protobuf.message import DecodeError

    try:
        file = FileDescriptorProto.FromString(base64.b64decode(schema, validate=True))
    except (binascii.Error, DecodeError, ValueError):
        return schema  # neither: whoever parses it says so
    return "\n".join(_file(file)) + "\n"


def compiled(schema: RegisteredSchema) -> str:
    """The compiled descriptor of a text. Raises RegistryError for a text that cannot be compiled."""
    from millstream.formats.protobuf.descriptors import Messages

    return base64.b64encode(Messages(schema).serialized()).decode()


def _file(file: Any) -> Iterator[str]:
    yield f'syntax = "{file.syntax or "proto2"}";'
    if file.package:
        yield f"package {file.package};"
    yield from (f'import "{path}";' for path in file.dependency)
    for enum in file.enum_type:
        yield from _enum(enum, "")
    for message in file.message_type:
        yield from _message(message, file, "", f".{file.package}.{message.name}" if file.package else f".{message.name}")


def _message(message: Any, file: Any, indent: str, name: str) -> Iterator[str]:
    yield f"{indent}message {message.name} {{"
    inner = indent + "  "
    entries = {f"{name}.{n.name}": n for n in message.nested_type if n.options.map_entry}
    for enum in message.enum_type:
        yield from _enum(enum, inner)
    for nested in message.nested_type:
        if not nested.options.map_entry:
            yield from _message(nested, file, inner, f"{name}.{nested.name}")
    members: dict[str, list[Any]] = {}
    for field in message.field:
        if field.HasField("oneof_index") and not field.proto3_optional:
            oneof = message.oneof_decl[field.oneof_index].name
            if oneof not in members:
                members[oneof] = [f for f in message.field if f.HasField("oneof_index") and f.oneof_index == field.oneof_index]
                yield f"{inner}oneof {oneof} {{"
                yield from (f"{inner}  {_type(f)} {f.name} = {f.number}{_options(f)};" for f in members[oneof])
                yield f"{inner}}}"
        elif field.type_name in entries:
            key, value = entries[field.type_name].field
            yield f"{inner}map<{_type(key)}, {_type(value)}> {field.name} = {field.number}{_options(field)};"
        else:
            yield f"{inner}{_label(field, file.syntax)}{_type(field)} {field.name} = {field.number}{_options(field)};"
    yield f"{indent}}}"


def _enum(enum: Any, indent: str) -> Iterator[str]:
    yield f"{indent}enum {enum.name} {{"
    if enum.options.allow_alias:
        yield f"{indent}  option allow_alias = true;"
    yield from (f"{indent}  {value.name} = {value.number};" for value in enum.value)
    yield f"{indent}}}"


def _label(field: Any, syntax: str) -> str:
    if field.label == field.LABEL_REPEATED:
        return "repeated "
    if field.label == field.LABEL_REQUIRED:
        return "required "
    return "optional " if field.proto3_optional or syntax in ("", "proto2") else ""


def _type(field: Any) -> str:
    """A scalar's name, or a message's with its package (the leading dot is left out: every name is whole)."""
    return str(field.type_name).lstrip(".") if field.type_name else str(field.Type.Name(field.type)).removeprefix("TYPE_").lower()


def _options(field: Any) -> str:
    """Confluent's parameters (precision and scale of a decimal); other options change no value."""
    parameters = _parameters(field)
    if not parameters:
        return ""
    pairs = ", ".join(f"{{ key: {json.dumps(key)}, value: {json.dumps(value)} }}" for key, value in parameters.items())
    return f" [(confluent.field_meta) = {{ params: [{pairs}] }}]"


def _parameters(field: Any) -> dict[str, str]:
    from google.protobuf.empty_pb2 import Empty
    from google.protobuf.unknown_fields import UnknownFieldSet

    from millstream.formats.protobuf.descriptors import Messages
    from millstream.formats.protobuf.known import text

    # Read as a message without fields: where somebody has loaded Confluent's own declaration the annotation is no unknown field.
    options = Empty.FromString(field.options.SerializeToString())
    found = [item.data for item in UnknownFieldSet(options) if item.field_number == _META]
    if not found:
        return {}
    messages = Messages(RegisteredSchema(0, "PROTOBUF", text("confluent/meta.proto") or ""))
    meta = messages.class_of(messages.at([0])).FromString(found[0])
    return {key: meta.params[key] for key in sorted(meta.params)}
