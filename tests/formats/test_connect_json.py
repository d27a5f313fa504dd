"""CONNECT_JSON: Connect's envelope of schema and payload, the payload alone, keys as Connect wraps them."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any

import pytest

from millstream import formats
from millstream.errors import RecordError
from millstream.formats.base import FormatOptions
from millstream.formats.connect_json.schema import sql_type
from millstream.types import BIGINT, BYTES, DATE, INTEGER, STRING, TIMESTAMP, Column, SqlType, array, decimal, map_of, struct

FORMAT = formats.get("connect_json")
DECIMAL = {
    "type": "bytes",
    "name": "org.apache.kafka.connect.data.Decimal",
    "parameters": {"scale": "2", "connect.decimal.precision": "10"},
}


def _envelope(schema: dict[str, Any], payload: Any) -> bytes:
    return json.dumps({"schema": schema, "payload": payload}).encode()


def _decode(columns: list[tuple[str, SqlType]], data: bytes | None, **options: Any) -> list[Any] | None:
    return FORMAT.decoder([Column(n, t) for n, t in columns], FormatOptions(**options), None)(data)


STRUCT = {"type": "struct", "fields": [{"type": "int32", "field": "id"}, {"type": "string", "optional": True, "field": "name"}]}


def test_the_payload_of_an_envelope_is_the_value() -> None:
    columns = [("ID", INTEGER), ("NAME", STRING)]
    assert _decode(columns, _envelope(STRUCT, {"id": 7, "name": "x"})) == [7, "x"]
    assert _decode(columns, b'{"name":"x","id":7}') == [7, "x"]
    assert _decode(columns, _envelope(STRUCT, None)) is None
    assert _decode(columns, None) is None


def test_decimals_are_numbers_again() -> None:
    """Connect writes the unscaled bytes in base64, or numbers (decimal.format=NUMERIC); inside arrays, maps and structs too."""
    schema = {"type": "struct", "fields": [{**DECIMAL, "field": "d"}, {"type": "array", "items": DECIMAL, "field": "ds"}]}
    columns = [("D", decimal(10, 2)), ("DS", array(decimal(10, 2)))]
    assert _decode(columns, _envelope(schema, {"d": "MDk=", "ds": ["/w==", None]})) == [Decimal("123.45"), [Decimal("-0.01"), None]]
    assert _decode(columns, _envelope(schema, {"d": 1.5, "ds": None})) == [Decimal("1.50"), None]
    long = base64.b64encode((10**37 + 1).to_bytes(16, "big")).decode()
    assert _decode([("D", decimal(38, 2))], _envelope(schema, {"d": long})) == [Decimal("100000000000000000000000000000000000.01")]


def test_a_key_of_one_column_is_a_field_or_bare() -> None:
    """Connect's keys are structs (Debezium) or plain values."""
    key = {"unwrapped": True, "is_key": True}
    assert _decode([("ID", INTEGER)], _envelope({"type": "struct", "fields": [{"type": "int32", "field": "id"}]}, {"id": 7}), **key) == [7]
    assert _decode([("ID", INTEGER)], _envelope({"type": "int32"}, 7), **key) == [7]
    assert _decode([("ID", INTEGER)], b"7", **key) == [7]
    assert _decode([("K", struct([("ID", INTEGER)]))], b'{"id":7}', **key) == [{"ID": 7}]


@pytest.mark.parametrize("data", [b"no json", _envelope({"type": "struct", "fields": [{**DECIMAL, "field": "d"}]}, {"d": "%%%"})])
def test_what_cannot_be_read_is_the_records_fault(data: bytes) -> None:
    with pytest.raises(RecordError):
        _decode([("D", decimal(4, 2)), ("X", STRING)], data)


def test_what_is_written_is_read_again_by_both() -> None:
    """By this format, and by Connect's converter: the schema says how."""
    columns = [
        Column("I", INTEGER),
        Column("D", decimal(10, 2)),
        Column("T", TIMESTAMP),
        Column("B", BYTES),
        Column("M", map_of(STRING, BIGINT)),
        Column("S", struct([("A", array(STRING))])),
        Column("DAY", DATE),
    ]
    row = [1, Decimal("2.50"), 1000, b"\x00\x01", {"k": 5}, {"A": ["x", None]}, 19000]
    options = FormatOptions()
    data = FORMAT.encoder(columns, options, None)(row)
    assert data is not None
    assert FORMAT.decoder(columns, options, None)(data) == row
    schema = json.loads(data)["schema"]
    assert (schema["type"], schema["optional"]) == ("struct", False)
    assert [f["field"] for f in schema["fields"]] == [c.name for c in columns]
    assert sql_type(schema) == struct([(c.name, c.type) for c in columns])
    assert FORMAT.encoder(columns, options, None)(None) is None


def test_a_key_is_written_as_a_struct() -> None:
    options = FormatOptions(unwrapped=True, is_key=True)
    columns = [Column("ID", INTEGER)]
    data = FORMAT.encoder(columns, options, None)([7])
    assert data is not None
    assert json.loads(data)["payload"] == {"ID": 7}
    assert FORMAT.decoder(columns, options, None)(data) == [7]
    assert FORMAT.encoder(columns, options, None)([None]) is None


def test_a_schema_without_a_sql_type_says_so() -> None:
    with pytest.raises(ValueError, match="has no SQL type"):
        sql_type({"type": "map", "keys": {"type": "int32"}, "values": {"type": "string"}})
