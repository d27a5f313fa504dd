"""SQL types -> the .proto text that ksqlDB registers: messages named ConnectDefault1, 2, ... in the order they are met, maps as lists of
entries. With the property ``nullableRepresentation`` (OPTIONAL or WRAPPER) scalars keep their NULLs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import field
from typing import Any

from millstream.dataclass import dataclass
from millstream.errors import BindError
from millstream.formats.base import FormatOptions
from millstream.types import ArrayType, Base, Column, DecimalType, MapType, SqlType, StructType

NULLABLE = "nullableRepresentation"
_SCALARS = {
    Base.BOOLEAN: ("bool", "BoolValue"),
    Base.INTEGER: ("int32", "Int32Value"),
    Base.BIGINT: ("int64", "Int64Value"),
    Base.DOUBLE: ("double", "DoubleValue"),
    Base.STRING: ("string", "StringValue"),
    Base.BYTES: ("bytes", "BytesValue"),
}
_MESSAGES = {
    Base.DECIMAL: ("confluent.type.Decimal", "confluent/type/decimal.proto"),
    Base.TIMESTAMP: ("google.protobuf.Timestamp", "google/protobuf/timestamp.proto"),
    Base.DATE: ("google.type.Date", "google/type/date.proto"),
    Base.TIME: ("google.type.TimeOfDay", "google/type/timeofday.proto"),
}


def check_names(fields: Iterable[tuple[str, SqlType]]) -> None:
    """Raise BindError where a field's name is none in protobuf, or a list or map is right inside a list."""
    for name, type_ in fields:
        if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
            raise BindError(
                f"Schema is not compatible with Protobuf: illegal field name {name}",
                hint="Protobuf names have letters, digits and underscores and start with a letter.",
            )
        inner = type_
        if isinstance(inner, ArrayType):
            if isinstance(inner.element, ArrayType | MapType):
                raise BindError(f"Schema is not compatible with Protobuf: {name} is {type_}", hint="Put the inner one into a STRUCT.")
            inner = inner.element
        if isinstance(inner, MapType):
            check_names([("key", inner.key), ("value", inner.value)])
        elif isinstance(inner, StructType):
            check_names((f.name, f.type) for f in inner.fields)


def schema_text(columns: Sequence[Column], options: FormatOptions) -> str:
    """The .proto text for these columns. Of a full name such as ``io.test.value`` all but the last part is the package."""
    package, _, name = (options.full_schema_name or "").rpartition(".")
    writer = _Writer(options.properties.get(NULLABLE, "").upper(), name or None)
    body = writer.message(writer.name(), columns, "")
    imports = "".join(f'import "{path}";\n' for path in sorted(writer.imports))
    head = 'syntax = "proto3";\n' + (f"package {package};\n" if package else "")
    return f"{head}\n" + (f"{imports}\n" if imports else "") + body


@dataclass(slots=True)
class _Writer:
    nullable: str
    first_name: str | None
    imports: set[str] = field(default_factory=set)
    count: int = 0

    def name(self) -> str:
        self.count += 1
        return self.first_name if self.first_name and self.count == 1 else f"ConnectDefault{self.count}"

    def message(self, name: str, fields: Iterable[Any], indent: str) -> str:
        lines: list[str] = []
        nested: list[str] = []
        for number, item in enumerate(fields, 1):
            lines.append(self._field(item.name, item.type, number, indent + "  ", nested))
        inner = "\n" + "".join(nested) if nested else ""
        return f"{indent}message {name} {{\n{''.join(lines)}{inner}{indent}}}\n"

    def _field(self, name: str, type_: SqlType, number: int, indent: str, nested: list[str]) -> str:
        label = ""
        if isinstance(type_, ArrayType):
            label, type_ = "repeated ", type_.element
        if isinstance(type_, MapType):
            label, kind = "repeated ", self._entry(type_, indent, nested)
        elif isinstance(type_, StructType):
            kind = self.name()
            nested.append(self.message(kind, type_.fields, indent))
        elif type_.base in _MESSAGES:
            kind, path = _MESSAGES[type_.base]
            self.imports.add(path)
        elif self.nullable == "WRAPPER" and not label:
            kind = f"google.protobuf.{_SCALARS[type_.base][1]}"
            self.imports.add("google/protobuf/wrappers.proto")
        else:
            label = label or ("optional " if self.nullable == "OPTIONAL" else "")
            kind = _SCALARS[type_.base][0]
        options = _parameters(type_, indent) if isinstance(type_, DecimalType) else ""
        return f"{indent}{label}{kind} {name} = {number}{options};\n"

    def _entry(self, type_: MapType, indent: str, nested: list[str]) -> str:
        @dataclass(frozen=True)
        class Part:
            name: str
            type: SqlType

        name = f"{self.name()}Entry"
        nested.append(self.message(name, [Part("key", type_.key), Part("value", type_.value)], indent))
        return name


def _parameters(type_: DecimalType, indent: str) -> str:
    def one(key: str, value: int) -> str:
        return f'{indent}    {{\n{indent}      value: "{value}",\n{indent}      key: "{key}"\n{indent}    }}'

    listed = ",\n".join([one("precision", type_.precision), one("scale", type_.scale)])
    return f" [(confluent.field_meta) = {{\n{indent}  params: [\n{listed}\n{indent}  ]\n{indent}}}]"
