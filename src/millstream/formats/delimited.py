"""DELIMITED: one CSV line a record, fields by position, as Apache Commons CSV reads and writes it.

Quotes are ``"``, doubled inside. An empty field, quoted or not, is NULL. A first field that starts with neither letter nor digit is
quoted when written (``"-1",2``), as ksqlDB does. Dates and times are whole numbers, BYTES are base64, DOUBLEs print as on the JVM.
"""

# ruff: noqa: ARG002 - the contract has arguments that this format does not need.
from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any

from millstream.errors import BindError, RecordError
from millstream.formats.base import Decoder, Encoder, FormatOptions, Registry
from millstream.formats.none import read_nothing, write_nothing
from millstream.formats.numbers import DAY_MS, double_text, fit, parse_decimal, parse_double, parse_int, parse_long
from millstream.formats.schemaless import Schemaless
from millstream.types import Base, Column, DecimalType

_NESTED = {Base.ARRAY, Base.MAP, Base.STRUCT}
#: Names of VALUE_DELIMITER and KEY_DELIMITER for what cannot be seen.
_NAMED = {"TAB": "\t", "SPACE": " "}


class DelimitedFormat(Schemaless):
    name = "DELIMITED"
    can_wrap = False
    can_unwrap = True
    wraps_by_default = False

    def check(self, columns: Sequence[Column], options: FormatOptions) -> None:
        delimiter(options.delimiter)
        for column in columns:
            if column.type.base in _NESTED:
                raise BindError(
                    f"The 'DELIMITED' format does not support type '{column.type.base.value}', column: `{column.name}`",
                    hint="Use JSON, AVRO or PROTOBUF for nested columns.",
                )

    def decoder(self, columns: Sequence[Column], options: FormatOptions, registry: Registry | None) -> Decoder:
        self.check(columns, options)
        if not columns:
            return read_nothing
        mark = delimiter(options.delimiter)
        readers = [_reader(c) for c in columns]
        count = len(readers)

        def decode(data: bytes | None) -> list[Any] | None:
            if data is None:
                return None
            text = data.decode("utf-8", "replace")
            plain = '"' not in text and "\n" not in text and "\r" not in text and text
            fields = text.split(mark) if plain else split(text, mark)
            if len(fields) != count:
                raise RecordError(f"expected {count} fields separated by {mark!r}, got {len(fields)}")
            return [read(field) if field else None for read, field in zip(readers, fields, strict=True)]

        return decode

    def encoder(self, columns: Sequence[Column], options: FormatOptions, registry: Registry | None) -> Encoder:
        self.check(columns, options)
        if not columns:
            return write_nothing
        mark = delimiter(options.delimiter)
        writers = [_writer(c) for c in columns]

        def encode(values: Sequence[Any] | None) -> bytes | None:
            if values is None:
                return None
            fields = ["" if v is None else quote(write(v), mark, i == 0) for i, (write, v) in enumerate(zip(writers, values, strict=True))]
            return mark.join(fields).encode("utf-8", "replace")

        return encode


def delimiter(text: str) -> str:
    """The character that a VALUE_DELIMITER or KEY_DELIMITER means. Raises BindError."""
    mark = _NAMED.get(text.upper(), text)
    if len(mark) != 1:
        raise BindError(
            f"Invalid delimiter value: '{text}'. Delimiter must be a single character or TAB,SPACE",
            hint="Example valid value: ';'",
        )
    return mark


def split(text: str, mark: str) -> list[str]:
    """The fields of the first line that is not empty. Raises RecordError on broken quotes anywhere in the text."""
    first: list[str] | None = None
    at, end = 0, len(text)
    while at < end:
        if text[at] in "\r\n":  # an empty line
            at += 1
            continue
        fields, at = _line(text, at, mark)
        first = first or fields
    if first is None:
        raise RecordError("expected a line of fields, got an empty text")
    return first


def _line(text: str, at: int, mark: str) -> tuple[list[str], int]:
    """The fields of the line that starts at ``at``, and where the next line starts."""
    fields: list[str] = []
    end = len(text)
    while True:
        if at < end and text[at] == '"' and mark != '"':
            field, at = _quoted(text, at + 1, mark)
        else:
            start = at
            while at < end and text[at] != mark and text[at] not in "\r\n":
                at += 1
            field = text[start:at]
        fields.append(field)
        if at >= end:
            return fields, at
        if text[at] != mark:
            return fields, at + (2 if text.startswith("\r\n", at) else 1)
        at += 1


def _quoted(text: str, at: int, mark: str) -> tuple[str, int]:
    """A quoted field whose content starts at ``at``; where it ends, behind the closing quote and blanks."""
    parts: list[str] = []
    while True:
        close = text.find('"', at)
        if close < 0:
            raise RecordError("a quoted field is not closed: expected '\"' before the end of the record")
        parts.append(text[at:close])
        if not text.startswith('""', close):
            break
        parts.append('"')
        at = close + 2
    at = close + 1
    while at < len(text) and text[at] != mark and text[at] not in "\r\n":
        if not text[at].isspace():
            raise RecordError(f"expected {mark!r} after a quoted field, got {text[at]!r}")
        at += 1
    return "".join(parts), at


def quote(field: str, mark: str, first: bool) -> str:
    """The field as Commons CSV writes it: quoted where a reader might take it for something else."""
    if not field:
        return '""' if first else field
    start = field[0]
    if (
        (first and not (start.isascii() and start.isalnum()))
        or start <= "#"
        or field[-1] <= " "
        or mark in field
        or '"' in field
        or "\n" in field
        or "\r" in field
    ):
        return '"' + field.replace('"', '""') + '"'
    return field


def _reader(column: Column) -> Callable[[str], Any]:
    parse = _parser(column)

    def read(text: str) -> Any:
        try:
            return parse(text)
        except (ValueError, binascii.Error) as error:
            reason = f" ({error})" if column.type.base is Base.DECIMAL and str(error) != text else ""
            raise RecordError(f"{column.name}: expected {column.type}, got {text!r}{reason}") from None

    return read


def _parser(column: Column) -> Callable[[str], Any]:
    type_ = column.type
    if isinstance(type_, DecimalType):
        return lambda text: fit(parse_decimal(text), type_)
    if type_.base is Base.TIME:
        return _time
    parsers: dict[Base, Callable[[str], Any]] = {
        Base.BOOLEAN: lambda text: text.lower() == "true",
        Base.INTEGER: parse_int,
        Base.BIGINT: parse_long,
        Base.DOUBLE: parse_double,
        Base.STRING: str,
        Base.BYTES: _bytes,
        Base.DATE: parse_int,
        Base.TIMESTAMP: parse_long,
    }
    return parsers[type_.base]


def _time(text: str) -> int:
    value = parse_long(text)
    if not 0 <= value <= DAY_MS:
        raise ValueError(text)
    return value


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4 if "=" not in text else 0), validate=True)


def _writer(column: Column) -> Callable[[Any], str]:
    writers: dict[Base, Callable[[Any], str]] = {
        Base.BOOLEAN: lambda value: "true" if value else "false",
        Base.DOUBLE: double_text,
        Base.DECIMAL: lambda value: format(value, "f"),
        Base.BYTES: lambda value: base64.b64encode(value).decode(),
    }
    return writers.get(column.type.base, str)
