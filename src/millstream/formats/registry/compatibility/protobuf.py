"""Protobuf: fields are matched by number. What breaks a reader is a number whose type changes on the wire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from millstream.formats.protobuf.text import FieldText, MessageText, ProtoText, parse_proto

#: Types that read each other's bytes.
_GROUPS = [
    {"int32", "uint32", "int64", "uint64", "bool"},
    {"sint32", "sint64"},
    {"string", "bytes"},
    {"fixed32", "sfixed32"},
    {"fixed64", "sfixed64"},
]


def unreadable(reader: str, writer: str, reader_imports: Mapping[str, str], writer_imports: Mapping[str, str]) -> list[str]:
    """One reason a field. A message of the writer that the reader lacks is a reason too. Imports are taken to be compatible."""
    del reader_imports, writer_imports
    r, w = parse_proto(reader), parse_proto(writer)
    read = dict(_messages(r))
    reasons: list[str] = []
    for name, message in _messages(w):
        if name not in read:
            reasons.append(f"message {name}: the reader has no such message")
            continue
        fields = {f.number: f for f in read[name].fields}
        for field in message.fields:
            if field.number in fields and not _compatible(fields[field.number], field):
                got = fields[field.number]
                reasons.append(f"message {name}, field {field.number}: expected {_show(got)}, the writer has {_show(field)}")
    return reasons


def _messages(proto: ProtoText) -> Iterator[tuple[str, MessageText]]:
    def walk(messages: list[MessageText], prefix: str) -> Iterator[tuple[str, MessageText]]:
        for message in messages:
            yield prefix + message.name, message
            yield from walk(message.messages, f"{prefix}{message.name}.")

    return walk(proto.messages, "")


def _compatible(reader: FieldText, writer: FieldText) -> bool:
    if (reader.label == "repeated") != (writer.label == "repeated"):
        return False
    if reader.type.rpartition(".")[2] == writer.type.rpartition(".")[2]:
        return True
    return any({reader.type, writer.type} <= group for group in _GROUPS)


def _show(field: FieldText) -> str:
    return f"{field.label + ' ' if field.label else ''}{field.type}"
