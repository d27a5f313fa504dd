"""A .proto text -> message classes of the protobuf library. The only module that builds descriptors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from google.protobuf import descriptor_pb2
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from millstream.errors import RecordError, RegistryError
from millstream.formats.base import RegisteredSchema
from millstream.formats.protobuf import known
from millstream.formats.protobuf.text import EnumText, FieldText, MessageText, ProtoText, parse_proto

_F = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64", "bool",
    "string", "bytes",
}  # fmt: skip
_LABELS = {"repeated": _F.LABEL_REPEATED, "required": _F.LABEL_REQUIRED}


class Messages:
    """The message types of a schema. Each schema has a pool of its own: two may define the same names."""

    def __init__(self, schema: RegisteredSchema) -> None:
        self.schema = schema
        self._pool = DescriptorPool()
        self._added: set[str] = set()
        self._imports = dict(schema.imports)
        try:
            proto = parse_proto(schema.text)
            self._add("schema.proto", proto)
            self._file: Any = self._pool.FindFileByName("schema.proto")
        except (ValueError, TypeError, KeyError) as error:
            raise RegistryError(f"Protobuf schema {schema.id} cannot be used: {error}", code=42201) from None
        self._order = [self._file.message_types_by_name[m.name] for m in proto.messages]
        self._nesting = {name: [n.name for n in m.messages] for name, m in _walk(proto)}
        self._options = {f"{name}.{f.name}": f.options for name, m in _walk(proto) for f in m.fields}

    def at(self, indexes: list[int]) -> Any:
        """The descriptor of the message at a path of indexes. Raises RecordError where there is none."""
        try:
            found = self._order[indexes[0]]
            for index in indexes[1:]:
                found = found.nested_types_by_name[self._nesting[found.full_name][index]]
        except (IndexError, KeyError):
            raise RecordError(f"Protobuf schema {self.schema.id} has no message at {indexes}") from None
        return found

    def indexes(self, name: str | None) -> list[int]:
        """The path of a message by its name, with or without package; the first message without one. Raises RegistryError."""
        if name is None:
            return [0]
        for i, message in enumerate(self._order):
            if name in (message.name, message.full_name):
                return [i]
        listed = ", ".join(m.full_name for m in self._order)
        raise RegistryError(f"Protobuf schema {self.schema.id} has no message {name}; it has {listed}", code=40403)

    def serialized(self) -> bytes:
        """The schema as a compiled FileDescriptorProto."""
        data: bytes = self._file.serialized_pb
        return data

    def class_of(self, descriptor: Any) -> Any:
        return GetMessageClass(descriptor)

    def parameter(self, field: Any, key: str) -> str | None:
        """A parameter of a field's Confluent annotation, such as the precision of a decimal."""
        text = self._options.get(field.full_name, "")
        pair = re.search(rf'value : "([^"]*)" ,? key : "{key}"|key : "{key}" ,? value : "([^"]*)"', _spaced(text))
        return (pair[1] or pair[2]) if pair else None

    def _add(self, name: str, proto: ProtoText) -> None:
        """Add a file, its imports first."""
        file = descriptor_pb2.FileDescriptorProto(name=name, package=proto.package, syntax=proto.syntax)
        for path in proto.imports:
            if path not in self._added:
                self._added.add(path)
                self._import(path)
            file.dependency.append(path)
        for message in proto.messages:
            _message(file.message_type.add(), message, proto.syntax)
        for enum in proto.enums:
            _enum(file.enum_type.add(), enum)
        self._needed(file, proto)
        self._pool.Add(file) if hasattr(self._pool, "Add") else self._pool.AddSerializedFile(file.SerializeToString())

    def _import(self, path: str) -> None:
        if data := known.serialized(path):
            self._pool.AddSerializedFile(data)
            return
        text = known.text(path) or self._imports.get(path)
        if text is None:
            raise ValueError(f"it imports {path}, which is not among its references")
        self._add(path, parse_proto(text))

    def _needed(self, file: Any, proto: ProtoText) -> None:
        """Known types that a text uses without importing them are imported for it, as Confluent's parser does."""
        used = {f.type.lstrip(".") for _, m in _walk(proto) for f in m.fields}
        for type_, path in _KNOWN.items():
            if type_ in used and path not in file.dependency:
                if path not in self._added:
                    self._added.add(path)
                    self._import(path)
                file.dependency.append(path)


_KNOWN = {
    "google.protobuf.Timestamp": "google/protobuf/timestamp.proto",
    "google.type.Date": "google/type/date.proto",
    "google.type.TimeOfDay": "google/type/timeofday.proto",
    "confluent.type.Decimal": "confluent/type/decimal.proto",
}


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"([:,])", r" \1 ", text))


def _walk(proto: ProtoText) -> Iterator[tuple[str, MessageText]]:
    """Every message with its full name, outer ones first."""

    def inner(messages: list[MessageText], prefix: str) -> Iterator[tuple[str, MessageText]]:
        for message in messages:
            name = f"{prefix}.{message.name}" if prefix else message.name
            yield name, message
            yield from inner(message.messages, name)

    return inner(proto.messages, proto.package)


def _message(out: Any, message: MessageText, syntax: str) -> None:
    out.name = message.name
    for nested in message.messages:
        _message(out.nested_type.add(), nested, syntax)
    for enum in message.enums:
        _enum(out.enum_type.add(), enum)
    oneofs: dict[str, int] = {}
    for field in message.fields:
        if field.oneof and field.oneof not in oneofs:
            oneofs[field.oneof] = len(oneofs)
            out.oneof_decl.add().name = field.oneof
    for field in message.fields:
        target = _field(out, field)
        if field.oneof:
            target.oneof_index = oneofs[field.oneof]
        elif field.label == "optional" and syntax == "proto3":
            target.proto3_optional = True
            target.oneof_index = len(out.oneof_decl)
            out.oneof_decl.add().name = f"_{field.name}"


def _field(out: Any, field: FieldText) -> Any:
    target = out.field.add()
    target.name, target.number = field.name, field.number
    target.label = _F.LABEL_REPEATED if field.key_type else _LABELS.get(field.label, _F.LABEL_OPTIONAL)
    if not field.key_type:
        _type(target, field.type)
        return target
    entry = out.nested_type.add()
    entry.name = "".join(part[:1].upper() + part[1:] for part in field.name.split("_")) + "Entry"
    entry.options.map_entry = True
    for number, (name, kind) in enumerate((("key", field.key_type), ("value", field.type)), 1):
        part = entry.field.add()
        part.name, part.number, part.label = name, number, _F.LABEL_OPTIONAL
        _type(part, kind)
    target.type, target.type_name = _F.TYPE_MESSAGE, entry.name
    return target


def _type(target: Any, kind: str) -> None:
    if kind in _SCALARS:
        target.type = _F.Type.Value(f"TYPE_{kind.upper()}")
    else:  # whether it is a message or an enum is found when the pool resolves the name
        target.type_name = kind


def _enum(out: Any, enum: EnumText) -> None:
    out.name = enum.name
    if enum.alias:
        out.options.allow_alias = True
    for name, number in enum.values:
        value = out.value.add()
        value.name, value.number = name, number
