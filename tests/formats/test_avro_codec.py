"""The compiled Avro codec reads and writes what fastavro does. MILLSTREAM_FUZZ sets how many values are tried."""

import io
import json
import os
import random
import string
from decimal import Decimal
from typing import Any

import fastavro
import pytest

from millstream.formats import get
from millstream.formats.avro import codec
from millstream.formats.avro.schema import Names
from millstream.formats.base import FormatOptions
from millstream.formats.registry.store import SchemaStore
from millstream.log.memory import MemoryLog
from millstream.types import INTEGER, STRING, Column, struct

_PRIMITIVES = ["boolean", "int", "long", "float", "double", "string", "bytes"]


class Maker:
    """Random schemas, and random values of them."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.names = 0

    def schema(self, depth: int = 0) -> Any:
        kind = self.rng.choice([*_PRIMITIVES, "decimal", "enum", "union"] + (["array", "map", "record", "record"] if depth < 3 else []))
        self.names += 1
        number = self.names
        if kind == "decimal":
            return {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": self.rng.randint(0, 4)}
        if kind == "enum":
            return {"type": "enum", "name": f"E{number}", "symbols": ["A", "B", "C"]}
        if kind == "union":
            inner = self.schema(depth + 1)
            return inner if isinstance(inner, list) else self.rng.choice([["null", inner], [inner, "null"]])
        if kind == "array":
            return {"type": "array", "items": self.schema(depth + 1)}
        if kind == "map":
            return {"type": "map", "values": self.schema(depth + 1)}
        if kind == "record":
            fields = [{"name": f"f{i}", "type": self.schema(depth + 1)} for i in range(self.rng.randint(0, 4))]
            return {"type": "record", "name": f"R{number}", "fields": fields}
        return kind

    def value(self, schema: Any) -> Any:
        rng = self.rng
        if isinstance(schema, list):
            return self.value(rng.choice(schema))
        kind = schema if isinstance(schema, str) else schema["type"]
        if isinstance(schema, dict) and schema.get("logicalType") == "decimal":
            return Decimal(rng.randint(-(10**9) + 1, 10**9 - 1)).scaleb(-schema["scale"])
        makers: dict[str, Any] = {
            "null": lambda: None,
            "boolean": lambda: rng.random() < 0.5,
            "int": lambda: rng.choice([0, -1, 63, -64, 64, (1 << 31) - 1, -(1 << 31), rng.randint(-1000, 1000)]),
            "long": lambda: rng.choice([0, -1, (1 << 63) - 1, -(1 << 63), rng.randint(-(1 << 40), 1 << 40)]),
            "float": lambda: float(rng.randint(-100, 100)) / 4,
            "double": lambda: rng.uniform(-1e9, 1e9),
            "string": lambda: "".join(rng.choices(string.ascii_letters + "é漢😀", k=rng.choice([0, 3, 90]))),
            "bytes": lambda: rng.randbytes(rng.choice([0, 2, 100])),
            "enum": lambda: rng.choice(schema["symbols"]),
            "array": lambda: [self.value(schema["items"]) for _ in range(rng.randint(0, 4))],
            "map": lambda: {f"k{i}": self.value(schema["values"]) for i in range(rng.randint(0, 3))},
            "record": lambda: {f["name"]: self.value(f["type"]) for f in schema["fields"]},
        }
        return makers[kind]()


def theirs(schema: Any, value: Any) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
    return out.getvalue()


def test_equals_fastavro() -> None:
    """Same bytes for the same value, same value for the same bytes, and no crash on cut data."""
    for seed in range(int(os.environ.get("MILLSTREAM_FUZZ", "1000000")) // 500):
        make = Maker(seed)
        schema = make.schema()
        names = Names([json.dumps(schema)])
        write, read = codec.writer(schema, names), codec.reader(schema, names)
        for _ in range(5):
            value = make.value(schema)
            out = bytearray(b"head.")
            write(value, out)
            assert bytes(out[5:]) == theirs(schema, value), (schema, value)
            assert read(bytes(out), 5) == value
            if len(out) > 5:
                with pytest.raises((ValueError, IndexError, codec.struct.error)):
                    read(bytes(out[:-1]), 5)


def test_blocks_with_sizes() -> None:
    """An array block may say its size in bytes; a count beyond the data is refused at once."""
    schema = {"type": "array", "items": "int"}
    read = codec.reader(schema, Names([json.dumps(schema)]))
    assert read(bytes.fromhex("03" + "04" + "0204" + "00"), 0) == [1, 2]
    with pytest.raises(ValueError, match="more items than bytes"):
        read(b"\xfe\xff\xff\xff\x0f", 0)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ("int", 1 << 31),
        ("int", None),
        ("int", "5"),
        ("long", 1 << 63),
        ("string", 5),
        ("string", None),
        ("bytes", 5),
        ("double", "x"),
        ("boolean", None),
        ({"type": "enum", "name": "E", "symbols": ["A"]}, "B"),
        ({"type": "bytes", "logicalType": "decimal", "precision": 3, "scale": 1}, Decimal("1.23")),
        ({"type": "bytes", "logicalType": "decimal", "precision": 3, "scale": 1}, Decimal("123.4")),
        ({"type": "array", "items": "int"}, None),
        ({"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}]}, {}),
    ],
)
def test_values_that_do_not_fit(schema: Any, value: Any) -> None:
    """What the schema cannot hold raises."""
    with pytest.raises((TypeError, ValueError, AttributeError, KeyError, codec.struct.error)):
        codec.writer(schema, Names([json.dumps(schema)]))(value, bytearray())


def test_left_to_fastavro() -> None:
    """Unions of several types and records inside themselves work all the same."""
    store = SchemaStore(MemoryLog())
    schema = {
        "type": "record",
        "name": "Node",
        "fields": [
            {"name": "next", "type": ["null", "Node"], "default": None},
            {"name": "u", "type": ["null", "int", "string"], "default": None},
            {"name": "a", "type": ["null", {"type": "record", "name": "In", "fields": [{"name": "x", "type": "int"}]}]},
        ],
    }
    found = store.register("s", "AVRO", json.dumps(schema))
    columns = [Column("A", struct([("X", INTEGER)])), Column("B", STRING)]
    options = FormatOptions(topic="t", schema_id=found)
    data = get("AVRO").encoder(columns, options, store)([{"X": 1}, None])
    assert data == b"\0\0\0\0\1" + theirs(schema, {"a": {"x": 1}})
    assert get("AVRO").decoder(columns, options, store)(data) == [{"X": 1}, None]
