"""JSON_SR: framed JSON, and schemas as ksqlDB registers and infers them."""

import json
from typing import Any

import pytest

from millstream.errors import BindError, RecordError
from millstream.formats import get
from millstream.formats.base import FormatOptions, RegisteredSchema
from millstream.formats.json_sr.schema import sql_type
from millstream.formats.registry.store import SchemaStore
from millstream.log.memory import MemoryLog
from millstream.types import BIGINT, DOUBLE, INTEGER, STRING, Column, Role, array, map_of, struct

from . import captured

VALUE = FormatOptions(topic="t")
KEY = FormatOptions(topic="t", is_key=True, unwrapped=True)


@pytest.fixture
def store() -> SchemaStore:
    return SchemaStore(MemoryLog())


def infer(schema: Any, options: FormatOptions = VALUE) -> list[Column]:
    return get("JSON_SR").infer(RegisteredSchema(1, "JSON", json.dumps(schema)), options)


def test_as_ksqldb(store: SchemaStore) -> None:
    """The registered text, the bytes written and the columns inferred are those of a real ksqlDB."""
    encode = get("JSON_SR").encoder(captured.COLUMNS, VALUE, store)
    data = encode(captured.ROW)
    assert data == b"\0\0\0\0\1" + captured.JSON_SR_ROW_TEXT.encode()
    latest = store.latest("t-value")
    assert latest is not None
    assert latest.text == captured.JSON_SR_SCHEMA
    assert get("JSON_SR").decoder(captured.COLUMNS, VALUE, store)(data) == captured.ROW
    assert get("JSON_SR").infer(latest, VALUE) == captured.COLUMNS
    assert encode(None) is None


def test_keys(store: SchemaStore) -> None:
    """A single key is bare; its inferred column is ROWKEY."""
    columns = [Column("K", INTEGER, Role.KEY)]
    assert get("JSON_SR").encoder(columns, KEY, store)([1]) == b"\0\0\0\0\x011"
    latest = store.latest("t-key")
    assert latest is not None
    assert latest.text == '{"oneOf":[{"type":"null"},{"type":"integer","connect.type":"int32"}]}'
    assert get("JSON_SR").infer(latest, KEY) == [Column("ROWKEY", INTEGER, Role.KEY)]
    assert get("JSON_SR").decoder(columns, KEY, store)(b"\0\0\0\0\x015") == [5]


def test_what_a_given_schema_has_more_is_written_as_null(store: SchemaStore) -> None:
    """A schema named by its id may go on behind the columns."""
    schema = json.dumps({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}})
    number = store.register("t-value", "JSON", schema)
    options = FormatOptions(topic="t", schema_id=number)
    encode = get("JSON_SR").encoder([Column("a", BIGINT)], options, store)
    assert encode([4]) == b"\0" + number.to_bytes(4, "big") + b'{"a":4,"b":null}'
    assert encode(None) is None


def test_maps_in_both_forms(store: SchemaStore) -> None:
    """A MAP is read from entries and from an object."""
    decode = get("JSON_SR").decoder([Column("M", map_of(STRING, INTEGER))], VALUE, store)
    assert decode(b'\0\0\0\0\1{"M":[{"key":"a","value":"1"}]}') == [{"a": 1}]
    assert decode(b'\0\0\0\0\1{"m":{"a":null}}') == [{"a": None}]


@pytest.mark.parametrize("data", [b'{"M":1}', b"", b"\0\0\0"])
def test_not_framed(store: SchemaStore, data: bytes) -> None:
    """Without magic byte and id the record is dropped, with a hint."""
    with pytest.raises(RecordError, match="expected the magic byte 0"):
        get("JSON_SR").decoder([Column("M", INTEGER)], VALUE, store)(data)


def test_plain_json_schemas() -> None:
    """Names in upper case and in order, numbers wide, references followed; Connect's annotations count where they fit the type."""
    schema = {
        "definitions": {"inner": {"properties": {"x": {"type": ["null", "string"]}}}},
        "type": "object",
        "properties": {
            "b": {"type": "integer"},
            "a": {"type": "number"},
            "c": {"type": "array", "items": {"type": "string"}},
            "d": {"type": "object", "additionalProperties": {"type": "integer"}},
            "e": {"oneOf": [{"type": "null"}, {"$ref": "#/definitions/inner"}]},
            "f": {"enum": ["x", "y"]},
            "g": {"type": "integer", "connect.type": "int32"},
            "h": {"type": "string", "connect.type": "int32"},
        },
    }
    assert infer(schema) == [
        Column("A", DOUBLE),
        Column("B", BIGINT),
        Column("C", array(STRING)),
        Column("D", map_of(STRING, BIGINT)),
        Column("E", struct([("X", STRING)])),
        Column("F", STRING),
        Column("G", INTEGER),
        Column("H", STRING),
    ]


def test_pinned_schemas_keep_case() -> None:
    """With a schema id names stay as the schema has them."""
    assert infer({"properties": {"a": {"type": "integer"}}}, FormatOptions(schema_id=1)) == [Column("a", BIGINT)]


@pytest.mark.parametrize(
    ("schema", "what"),
    [
        ({"properties": {"a": {}}}, r"\.a is of type unknown"),
        ({"properties": {"a": {"oneOf": [{"type": "integer"}, {"type": "string"}]}}}, r"\.a is one of 2 types"),
        ({"properties": {"a": {"type": "array"}}}, "an array without"),
        ({"properties": {"a": {"$ref": "#/no"}}}, "a reference to #/no"),
    ],
)
def test_no_columns(schema: Any, what: str) -> None:
    """What has no SQL type is named."""
    with pytest.raises(BindError, match=what):
        infer(schema)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"type": "object", "properties": 5}', "no valid JSON Schema"), ('{"properties": {"a": 7}}', "no valid JSON Schema"),
        ('{"properties": {"a": {"oneOf": 5}}}', "no valid JSON Schema"), ('{"type": ["object", 3]}', "no valid JSON Schema"),
        ('{"properties": {"a": {"type": "integer", "connect.type": [1]}}}', "no valid JSON Schema"),
        ('{"type": "array", "connect.type": "map", "items": {"type": "object"}}', "no valid JSON Schema"),
        ('{"type": 5}', "of type 5"), ('{"$ref": "#"}', "a schema that contains itself"),
    ],
)  # fmt: skip
def test_what_is_no_json_schema_is_said(text: str, reason: str) -> None:
    """A registry takes any object; what comes of it is an error with the schema's id, not one of Python's."""
    with pytest.raises(BindError, match=f"Schema 7 of type JSON cannot be columns: the schema is {reason}"):
        sql_type(RegisteredSchema(7, "JSON", text))


@pytest.mark.parametrize("nested", [False, True])
def test_names_that_are_one_in_upper_case_are_refused(nested: bool) -> None:
    """Two columns of one name would be neither one nor the other; with the schema's id names stay as they are."""
    schema: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "string"}, "A": {"type": "string"}}}
    if nested:
        schema = {"type": "object", "properties": {"s": schema}}
    with pytest.raises(BindError, match="The schema has the names A and a, which are one in upper case"):
        infer(schema)
    assert infer(schema, FormatOptions(topic="t", schema_id=1))
