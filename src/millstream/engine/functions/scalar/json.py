"""JSON text in SQL. What may not live here: reading and writing JSON itself (``jsonpath``)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from millstream.engine.functions.define import Family
from millstream.engine.functions.scalar.jsonpath import MISSING, at_path, dump, elements, parse
from millstream.engine.values import times
from millstream.engine.values.doubles import text as double_text
from millstream.errors import RecordError
from millstream.types import ArrayType, Base, MapType, SqlType, StructType

define = Family("JSON")

define.describe(
    "EXTRACTJSONFIELD", "Gives what lies at a path of a JSON text, as text.", input="The JSON text.", path="For example $.a.b[0]."
)
define.describe("IS_JSON_STRING", "Tells whether a text is JSON.", input="The text.")
define.describe("JSON_ARRAY_CONTAINS", "Tells whether a JSON array holds a value.", jsonArray="The JSON text.", val="The value.")
define.describe("JSON_ARRAY_LENGTH", "Gives the number of elements of a JSON array.", jsonArray="The JSON text.")
define.describe("JSON_CONCAT", "Joins JSON texts: objects by their fields, arrays by their elements, anything else to an array.")
define.describe("JSON_ITEMS", "Gives the elements of a JSON array as JSON texts.", jsonItems="The JSON text.")
define.describe("JSON_KEYS", "Gives the field names of a JSON object.", jsonObj="The JSON text.")
define.describe("JSON_RECORDS", "Gives the fields of a JSON object as texts.", jsonObj="The JSON text.")
define.describe("TO_JSON_STRING", "Gives a value as JSON text.", val="The value.")


def _shown(value: Any) -> str:
    """Scalars as their bare text, the rest as JSON."""
    return value if isinstance(value, str) else dump(value)


@define("EXTRACTJSONFIELD(input STRING, path STRING) -> STRING")
def extract_json_field(text: str, path: str) -> str | None:
    found = at_path(parse(text), path)
    if found is MISSING:
        return "" if path == "$" else None
    return _shown(found)


@define("IS_JSON_STRING(input STRING) -> BOOLEAN", strict=False)
def is_json_string(text: str | None) -> bool:
    try:
        return text is not None and parse(text) is not MISSING
    except RecordError:
        return False


@define("JSON_ARRAY_CONTAINS(jsonArray STRING, val T) -> BOOLEAN", typed=True, strict=False)
def json_array_contains(types: Sequence[SqlType | None], _returns: SqlType) -> Callable[[str | None, Any], bool | None]:
    kind = types[1].base if types[1] else None

    def contains(text: str | None, value: Any) -> bool | None:
        if text is None:
            return None
        try:
            return any(_equal(item, value, kind) for item in elements(text))
        except RecordError:
            return False

    return contains


def _equal(item: Any, value: Any, kind: Base | None) -> bool:
    """Whether a JSON element is a value: whole numbers go by number, DECIMALs never match, as in ksqlDB."""
    if item is None or value is None:
        return item is value
    if kind is Base.BOOLEAN:
        return isinstance(item, bool) and item is value
    if kind in (Base.INTEGER, Base.BIGINT):
        return isinstance(item, int) and not isinstance(item, bool) and item == value
    if kind is Base.DOUBLE:
        return isinstance(item, Decimal) and float(item) == value
    return kind is Base.STRING and isinstance(item, str) and item == value


@define("JSON_ARRAY_LENGTH(jsonArray STRING) -> INT")
def json_array_length(text: str) -> int | None:
    items = parse(text)
    return len(items) if isinstance(items, list) else None


@define("JSON_CONCAT(jsonStrings STRING...) -> STRING")
def json_concat(*texts: str) -> str | None:
    values = [parse(text) for text in texts]
    if any(value is MISSING for value in values):
        return None
    if len(values) == 1:
        return dump(values[0], plain=True)
    if all(isinstance(value, dict) for value in values):
        joined: dict[str, Any] = {}
        for value in values:
            joined.update(value)
        return dump(joined, plain=True)
    items = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return dump(items, plain=True)


@define("JSON_ITEMS(jsonItems STRING) -> ARRAY<STRING>")
def json_items(text: str) -> list[str] | None:
    items = parse(text)
    return [dump(item) for item in items] if isinstance(items, list) else None


@define("JSON_KEYS(jsonObj STRING) -> ARRAY<STRING>")
def json_keys(text: str) -> list[str] | None:
    value = parse(text)
    return list(value) if isinstance(value, dict) else None


@define("JSON_RECORDS(jsonObj STRING) -> MAP<STRING, STRING>")
def json_records(text: str) -> dict[str, str] | None:
    value = parse(text)
    return {name: _shown(item) for name, item in value.items()} if isinstance(value, dict) else None


@define("TO_JSON_STRING(val T) -> STRING", typed=True, strict=False)
def to_json_string(types: Sequence[SqlType | None], _returns: SqlType) -> Callable[[Any], str]:
    tree = _treer(types[0])
    return lambda value: dump(None if value is None else tree(value))


class _Double(Decimal):
    """A number whose text is Java's text of a DOUBLE."""

    shown: str = ""

    def __str__(self) -> str:
        return self.shown


def _double(value: float) -> Any:
    text = double_text(value)
    if not text[-1].isdigit():
        return text
    found = _Double(repr(value))
    found.shown = text
    return found


def _treer(kind: SqlType | None) -> Callable[[Any], Any]:
    """What turns a value of a type into a JSON tree."""
    if isinstance(kind, ArrayType):
        element = _treer(kind.element)
        return lambda value: [None if v is None else element(v) for v in value]
    if isinstance(kind, MapType):
        entry = _treer(kind.value)
        return lambda value: {str(k): None if value[k] is None else entry(value[k]) for k in sorted(value, key=str)}
    if isinstance(kind, StructType):
        fields = [(f.name, _treer(f.type)) for f in kind.fields]
        return lambda value: {name: None if value[name] is None else tree(value[name]) for name, tree in fields}
    return _TREES.get(kind.base if kind else Base.STRING, lambda value: value)


_TREES: dict[Base, Callable[[Any], Any]] = {
    Base.DOUBLE: _double,
    Base.BYTES: lambda value: base64.b64encode(value).decode(),
    Base.DATE: times.date_text,
    Base.TIME: times.time_text,
    Base.TIMESTAMP: times.timestamp_text,
}
