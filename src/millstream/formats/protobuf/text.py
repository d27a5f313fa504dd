"""The text of a .proto file as a small tree: messages, fields, enums. Knows the syntax, not the descriptors.

Services and extensions are skipped. Options are kept as their raw text on the field they belong to.
"""

from __future__ import annotations

import re
from dataclasses import field

from millstream.dataclass import dataclass

_TOKEN = re.compile(
    r"""\s+|//[^\n]*|/\*.*?\*/|(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<word>[A-Za-z_.][\w.]*)|(?P<number>[+-]?\d[\w.+-]*)|(?P<mark>.)""",
    re.DOTALL,
)


@dataclass(slots=True)
class FieldText:
    """``type`` is a scalar's name or a message's or enum's, as written; of a map it is the value's and ``key_type`` the key's."""

    name: str
    type: str
    number: int
    label: str = ""
    key_type: str = ""
    oneof: str = ""
    options: str = ""


@dataclass(slots=True)
class EnumText:
    name: str
    values: list[tuple[str, int]] = field(default_factory=list)
    alias: bool = False


@dataclass(slots=True)
class MessageText:
    name: str
    fields: list[FieldText] = field(default_factory=list)
    messages: list[MessageText] = field(default_factory=list)
    enums: list[EnumText] = field(default_factory=list)


@dataclass(slots=True)
class ProtoText:
    syntax: str = "proto2"
    package: str = ""
    imports: list[str] = field(default_factory=list)
    messages: list[MessageText] = field(default_factory=list)
    enums: list[EnumText] = field(default_factory=list)


def parse_proto(text: str) -> ProtoText:
    """Parse a .proto text. Raises ValueError that names the place."""
    return _Parser(text).file()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = [m.group(m.lastgroup) for m in _TOKEN.finditer(text) if m.lastgroup]
        self._at = 0

    def file(self) -> ProtoText:
        proto = ProtoText()
        while self._at < len(self._tokens):
            word = self._next()
            if word in ("syntax", "edition"):
                self._expect("=")
                proto.syntax = _unquoted(self._next())
                self._expect(";")
            elif word == "package":
                proto.package = self._next()
                self._expect(";")
            elif word == "import":
                path = self._next()
                proto.imports.append(_unquoted(self._next() if path in ("public", "weak") else path))
                self._expect(";")
            elif word == "message":
                proto.messages.append(self._message())
            elif word == "enum":
                proto.enums.append(self._enum())
            elif word in ("option", "service", "extend"):
                self._skip()
            elif word != ";":
                raise ValueError(f"expected a definition such as message, got {word!r}")
        if not (proto.messages or proto.enums):
            raise ValueError("expected at least one message, got none")
        return proto

    def _message(self) -> MessageText:
        message = MessageText(self._next())
        self._expect("{")
        while (word := self._next()) != "}":
            self._member(message, word, "")
        return message

    def _member(self, message: MessageText, word: str, oneof: str) -> None:
        if word == "message":
            message.messages.append(self._message())
        elif word == "enum":
            message.enums.append(self._enum())
        elif word == "oneof":
            name = self._next()
            self._expect("{")
            while (inner := self._next()) != "}":
                self._member(message, inner, name)
        elif word in ("option", "reserved", "extensions", "extend"):
            self._skip()
        elif word != ";":
            message.fields.append(self._field(word, oneof))

    def _field(self, word: str, oneof: str) -> FieldText:
        label = word if word in ("repeated", "optional", "required") else ""
        kind = self._next() if label else word
        key = ""
        if kind == "map" and self._peek() == "<":
            self._expect("<")
            key = self._next()
            self._expect(",")
            kind = self._next()
            self._expect(">")
        name = self._next()
        self._expect("=")
        number = self._next()
        if not number.isdigit():
            raise ValueError(f"expected the number of field {name}, got {number!r}")
        options = self._bracketed() if self._peek() == "[" else ""
        self._expect(";")
        return FieldText(name, kind, int(number), label, key, oneof, options)

    def _enum(self) -> EnumText:
        enum = EnumText(self._next())
        self._expect("{")
        while (word := self._next()) != "}":
            if word == "option":
                enum.alias = enum.alias or self._peek() == "allow_alias"
                self._skip()
            elif word == "reserved":
                self._skip()
            elif word != ";":
                self._expect("=")
                enum.values.append((word, int(self._next(), 0)))
                if self._peek() == "[":
                    self._bracketed()
                self._expect(";")
        return enum

    def _skip(self) -> None:
        """Go behind the ``;`` or the block that ends a definition."""
        depth = 0
        while True:
            token = self._next()
            depth += (token in "{[") - (token in "}]")
            if depth == 0 and (token == ";" or token == "}"):
                if token == "}" and self._peek() == ";":
                    self._next()
                return

    def _bracketed(self) -> str:
        start, depth = self._at, 0
        while True:
            token = self._next()
            depth += (token == "[") - (token == "]")
            if depth == 0:
                return " ".join(self._tokens[start : self._at])

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        if self._at >= len(self._tokens):
            raise ValueError("the text ends in the middle of a definition")
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, mark: str) -> None:
        if (got := self._next()) != mark:
            raise ValueError(f"expected {mark!r} after {' '.join(self._tokens[max(self._at - 4, 0) : self._at - 1])!r}, got {got!r}")


def _unquoted(token: str) -> str:
    return token[1:-1] if token[:1] in "\"'" else token
