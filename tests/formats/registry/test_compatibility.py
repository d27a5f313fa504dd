"""Which schema may follow which."""

import json
from typing import Any

import pytest

from millstream.formats.registry.compatibility import problems
from millstream.formats.registry.model import Schema


def ask(kind: str, level: str, old: Any, new: Any) -> list[str]:
    texts = [s if isinstance(s, str) and kind == "PROTOBUF" else json.dumps(s) for s in (old, new)]
    return problems(level, Schema(kind, texts[1]), Schema(kind, texts[0]), lambda schema: {})


def record(*fields: Any) -> Any:
    return {"type": "record", "name": "R", "fields": [dict(zip(("name", "type", "default"), f, strict=False)) for f in fields]}


A, B = ("a", "int"), ("b", ["null", "string"], None)


@pytest.mark.parametrize(
    ("level", "old", "new", "fine"),
    [
        ("BACKWARD", record(A), record(A, B), True),
        ("BACKWARD", record(A), record(A, ("b", "string")), False),
        ("FORWARD", record(A), record(A, ("b", "string")), True),
        ("FULL", record(A), record(A, ("b", "string")), False),
        ("FULL", record(A), record(A, B), True),
        ("BACKWARD", record(A, B), record(A), True),
        ("FORWARD", record(A, ("b", "string")), record(A), False),
        ("BACKWARD", "int", "long", True),
        ("BACKWARD", "long", "int", False),
        ("BACKWARD", ["null", "int"], "int", False),
        ("BACKWARD", "int", ["null", "long"], True),
        ("BACKWARD", {"type": "array", "items": "int"}, {"type": "array", "items": "string"}, False),
        ("BACKWARD", {"type": "map", "values": "int"}, {"type": "map", "values": "long"}, True),
        ("BACKWARD", {"type": "enum", "name": "E", "symbols": ["A", "B"]}, {"type": "enum", "name": "E", "symbols": ["A"]}, False),
        ("BACKWARD", record(("n", ["null", "R"], None)), record(("n", ["null", "R"], None), B), True),
        ("NONE", "int", "string", True),
    ],
)
def test_avro(level: str, old: Any, new: Any, fine: bool) -> None:
    """Avro's schema resolution decides."""
    assert (ask("AVRO", level, old, new) == []) is fine


def nullable(kind: str) -> Any:
    return {"oneOf": [{"type": "null"}, {"type": kind}]}


def obj(required: list[str] = [], **properties: Any) -> Any:  # noqa: B006
    return {"type": "object", "properties": properties, "required": required}


@pytest.mark.parametrize(
    ("old", "new", "fine"),
    [
        (obj(A=nullable("integer")), obj(A=nullable("integer"), B=nullable("string")), True),
        (obj(A=nullable("integer")), obj(A=nullable("string")), False),
        (obj(A=nullable("integer")), obj(A={"type": "integer"}), False),
        (obj(A={"type": "integer"}), obj(A={"type": "number"}), True),
        (obj(A={"type": "integer"}), obj(["A"], A={"type": "integer"}), False),
        ({"type": "array", "items": {"type": "string"}}, {"type": "array", "items": {"type": "integer"}}, False),
        ({"type": "string"}, True, True),
        (True, {"type": "string"}, False),
    ],
)
def test_json(old: Any, new: Any, fine: bool) -> None:
    """Types and required properties decide."""
    assert (ask("JSON", "BACKWARD", old, new) == []) is fine


@pytest.mark.parametrize(
    ("old", "new", "fine"),
    [
        ("int32 a = 1;", "int64 a = 1; string b = 2;", True),
        ("int32 a = 1;", "string a = 1;", False),
        ("int32 a = 1;", "repeated int32 a = 1;", False),
        ("int32 a = 1; string b = 2;", "int32 a = 1;", True),
        ("message M { int32 x = 1; } M m = 1;", "int32 y = 2;", False),
    ],
)
def test_protobuf(old: str, new: str, fine: bool) -> None:
    """A number's type on the wire decides."""
    texts = [f'syntax = "proto3"; message R {{ {body} }}' for body in (old, new)]
    assert (ask("PROTOBUF", "BACKWARD", *texts) == []) is fine


def test_kind_changes() -> None:
    """A subject keeps its type."""
    assert problems("BACKWARD", Schema("JSON", "{}"), Schema("AVRO", '"int"'), lambda schema: {}) == [
        "the schema's type changes from AVRO to JSON"
    ]
