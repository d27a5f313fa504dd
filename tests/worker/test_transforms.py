"""Transforms and predicates do to records what Kafka's do, with schemas and without."""

from __future__ import annotations

from typing import Any

import pytest

from millstream.worker.errors import DataError
from millstream.worker.plugins import Plugins
from millstream.worker.records import Records
from millstream.worker.schema import ConnectSchema, infer, struct, timestamp
from millstream.worker.transforms.chain import build

VALUE = {"id": 7, "name": "ada", "score": 1.5, "at": 1709212455123}
SCHEMA = struct(
    "row",
    [("id", ConnectSchema("int32")), ("name", ConnectSchema("string", True)), ("score", ConnectSchema("float64")), ("at", timestamp())],
)


def run(config: dict[str, str], values: list[Any] | None = None, schema: ConnectSchema | None = SCHEMA, **more: Any) -> list[Records]:
    """Records after one transform (or several) under the short names of ``config``."""
    full = {"transforms": "t", **{k if k.startswith(("transforms", "predicates")) else f"transforms.t.{k}": v for k, v in config.items()}}
    records = Records("topic", schema, [dict(VALUE)] if values is None else values, timestamps=[1709212455123] * len(values or [1]), **more)
    return build(full, Plugins()).apply(records)


def one(config: dict[str, str], **more: Any) -> tuple[Any, list[str] | None]:
    """Value and field names of the one record."""
    (records,) = run(config, **more)
    return records.values[0], None if records.value_schema is None else [f.name for f in records.value_schema.fields]


@pytest.mark.parametrize(
    ("config", "value"),
    [
        ({"type": "ReplaceField$Value", "exclude": "name,at", "renames": "id:key"}, {"key": 7, "score": 1.5}),
        ({"type": "replacefield$value", "include": "name"}, {"name": "ada"}),
        ({"type": "MaskField$Value", "fields": "name,score"}, {**VALUE, "name": "", "score": 0.0}),
        ({"type": "MaskField$Value", "fields": "name", "replacement": "***"}, {**VALUE, "name": "***"}),
        ({"type": "InsertField$Value", "topic.field": "t", "static.field": "s!", "static.value": "x"}, {**VALUE, "t": "topic", "s": "x"}),
        ({"type": "Cast$Value", "spec": "id:string,score:int8,name:boolean"}, {**VALUE, "id": "7", "score": 1, "name": False}),
        ({"type": "HoistField$Value", "field": "row"}, {"row": VALUE}),
        (
            {"type": "TimestampConverter$Value", "field": "at", "target.type": "string", "format": "yyyy-MM-dd'T'HH:mm:ss.SSSX"},
            {**VALUE, "at": "2024-02-29T13:14:15.123Z"},
        ),
        ({"type": "TimestampConverter$Value", "field": "at", "target.type": "Date"}, {**VALUE, "at": 19782}),
        (
            {"type": "TimestampConverter$Value", "field": "at", "target.type": "unix", "unix.precision": "seconds"},
            {**VALUE, "at": 1709212455},
        ),
    ],
)
def test_values_with_and_without_a_schema(config: dict[str, str], value: dict[str, Any]) -> None:
    """The value, and a schema that names its fields in their order."""
    if config.get("field") != "at" or config["target.type"] != "unix":  # without a schema, a number is in the unit itself
        assert one(config, schema=None)[0] == value
    changed, names = one(config)
    assert (changed, names) == (value, list(value))


def test_cast_changes_types_and_wraps_like_the_jvm() -> None:
    """int8 of 300 is 44."""
    (records,) = run({"type": "Cast$Value", "spec": "id:int8"}, [{**VALUE, "id": 300}])
    assert records.values[0]["id"] == 44
    assert records.value_schema is not None
    assert records.value_schema.fields[0].schema == ConnectSchema("int8")
    with pytest.raises(DataError, match="Cannot cast 'ada' to int32"):
        run({"type": "Cast$Value", "spec": "name:int32"})


def test_key_of_the_value() -> None:
    """ValueToKey copies fields; ExtractField$Key makes the key one value, with its schema."""
    config = {"transforms": "a,b", "transforms.a.type": "ValueToKey", "transforms.a.fields": "id"}
    config |= {"transforms.b.type": "ExtractField$Key", "transforms.b.field": "id"}
    (records,) = run(config)
    assert (records.keys, records.key_schema) == ([7], ConnectSchema("int32"))
    with pytest.raises(DataError, match=r"Field does not exist: idd\. Existing fields: id, name, score, at\."):
        run({"type": "ValueToKey", "fields": "idd"})


def test_texts_become_timestamps() -> None:
    """A pattern reads what it writes; what does not fit is an error with both in its text."""
    schema = struct(None, [("at", ConnectSchema("string"))])
    config = {"type": "TimestampConverter$Value", "field": "at", "target.type": "Timestamp", "format": "yyyy-MM-dd HH:mm:ss"}
    (records,) = run(config, [{"at": "2024-02-29 13:14:15"}], schema)
    assert records.values == [{"at": 1709212455000}]
    assert records.value_schema == struct(None, [("at", timestamp())])
    with pytest.raises(DataError, match=r"value \(soon\) does not match pattern"):
        run(config, [{"at": "soon"}], schema)


def test_flatten() -> None:
    """Nested fields get joined names; fields of an optional struct are optional."""
    inner = struct(None, [("b", ConnectSchema("int32"))], optional=True)
    schema = struct("s", [("a", inner), ("c", ConnectSchema("int32"))])
    (records,) = run({"type": "Flatten$Value", "delimiter": "_"}, [{"a": {"b": 1}, "c": 2}, {"a": None, "c": 3}], schema)
    assert records.values == [{"a_b": 1, "c": 2}, {"a_b": None, "c": 3}]
    assert records.value_schema == struct("s", [("a_b", ConnectSchema("int32", True)), ("c", ConnectSchema("int32"))])
    assert one({"type": "Flatten$Value"}, values=[{"a": {"b": {"x": 1}}}], schema=None)[0] == {"a.b.x": 1}


def test_routers() -> None:
    """The topic by a regular expression, and by the record's time."""
    assert run({"type": "RegexRouter", "regex": "(to)(.*)", "replacement": "new-$2$1"})[0].topic == "new-picto"
    assert run({"type": "RegexRouter", "regex": "to", "replacement": "x"})[0].topic == "topic"
    assert run({"type": "RegexRouter", "regex": "(to)(q)?.*", "replacement": r"$10\$1\\$2x$0"})[0].topic == r"to0$1\xtopic"
    records = Records("t", None, [1, 2, 3], timestamps=[0, 86_400_000, 86_400_001])
    config = {"transforms": "r", "transforms.r.type": "TimestampRouter", "transforms.r.timestamp.format": "yyyy.MM.dd"}
    routed = build(config, Plugins()).apply(records)
    assert [(r.topic, r.values) for r in routed] == [("t-1970.01.01", [1]), ("t-1970.01.02", [2, 3])]


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"type": "RegexRouter", "regex": "(a)", "replacement": "x-$2"}, "replacement: .* takes the group 2"),
        ({"type": "RegexRouter", "regex": "(a)", "replacement": "${b}"}, "replacement: .* takes the group b"),
        ({"type": "RegexRouter", "regex": "(a)", "replacement": "5$"}, r"replacement: .* has a '\$' by itself"),
        ({"type": "RegexRouter", "regex": "(a)", "replacement": "5\\"}, r"replacement: .* has a '\\' by itself"),
        ({"type": "TimestampConverter$Value", "target.type": "string", "format": "bogus!"}, "format: 'b' in the date pattern 'bogus!'"),
        ({"type": "TimestampRouter", "timestamp.format": "yyyy-QQ"}, "timestamp.format: 'Q' in the date pattern"),
    ],
)
def test_replacements_and_date_patterns_are_judged_before_a_record_comes(config: dict[str, str], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        run(config)


def test_numbers_of_a_time_have_no_zeros_where_the_pattern_has_one_letter() -> None:
    """As Java's; both forms are read."""
    config = {"type": "TimestampConverter$Value", "field": "at", "target.type": "string", "format": "yyyy-M-d H:m:s"}
    assert one(config, values=[{"at": 1704164645000}], schema=None)[0] == {"at": "2024-1-2 3:4:5"}
    back = {**config, "target.type": "unix", "unix.precision": "seconds"}
    for text in ("2024-1-2 3:4:5", "2024-01-02 03:04:05"):
        assert one(back, values=[{"at": text}], schema=None)[0] == {"at": 1704164645}


def test_filter_with_predicates() -> None:
    """Filter drops what its predicate fits (or, negated, the rest), in order."""
    config = {"type": "Filter", "predicate": "p", "predicates": "p", "predicates.p.type": "RecordIsTombstone"}
    kept = run(config, [{"id": 1}, None, {"id": 2}], None)
    assert [v for r in kept for v in r.values] == [{"id": 1}, {"id": 2}]
    dropped = run({**config, "negate": "true"}, [{"id": 1}, None, {"id": 2}], None)
    assert [v for r in dropped for v in r.values] == [None]
    named = {
        "type": "Filter",
        "predicate": "p",
        "predicates": "p",
        "predicates.p.type": "TopicNameMatches",
        "predicates.p.pattern": "top.*",
    }
    assert run(named) == []
    headed = {"type": "Filter", "predicate": "p", "predicates": "p", "predicates.p.type": "HasHeaderKey", "predicates.p.name": "h"}
    assert [r.values for r in run(headed, [1, 2], None, headers=[[("h", b"")], []])] == [[2]]


def test_headers() -> None:
    """InsertHeader adds, DropHeaders takes away."""
    config = {"transforms": "i,d", "transforms.i.type": "InsertHeader", "transforms.i.header": "new", "transforms.i.value.literal": "x"}
    config |= {"transforms.d.type": "DropHeaders", "transforms.d.headers": "old"}
    assert run(config, headers=[[("old", b"1"), ("kept", b"2")]])[0].headers == [[("kept", b"2"), ("new", b"x")]]


def test_a_change_event_becomes_its_row() -> None:
    """Insertions and updates give the row after, deletions a tombstone, or the old row with __deleted."""
    events = [
        {"before": None, "after": {"id": 1}, "op": "c", "source": {"ts_ms": 5}},
        {"before": {"id": 1}, "after": None, "op": "d", "source": {"ts_ms": 6}},
        None,
    ]
    config = {"type": "ExtractNewRecordState", "add.fields": "op,source.ts_ms"}
    assert [v for r in run(config, events, None) for v in r.values] == [{"id": 1, "__op": "c", "__source_ts_ms": 5}, None]
    rewritten = run({**config, "delete.tombstone.handling.mode": "rewrite", "add.fields": "op"}, events, None)
    assert [v for r in rewritten for v in r.values] == [
        {"id": 1, "__deleted": "false", "__op": "c"},
        {"id": 1, "__deleted": "true", "__op": "d"},
    ]


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"type": "ValueToKye", "fields": "id"}, "transforms.t.type: There is no transform ValueToKye."),
        ({"type": "ValueToKey"}, 'transforms.t.fields: Missing required configuration "fields"'),
        ({"type": "Cast$Value", "spec": "id:text"}, "transforms.t.spec: Invalid type 'text'"),
        ({"type": "SetSchemaMetadata$Value"}, "transforms.t.schema.name: Neither schema name nor version configured"),
        (
            {"type": "HeaderFrom$Value", "fields": "a,b", "headers": "h", "operation": "copy"},
            "transforms.t.fields: 'fields' config must have the same number of elements",
        ),
        ({"type": "Filter", "predicate": "p"}, "predicates: there is no predicate p"),
        ({"type": "InsertField$Value"}, "transforms.t.topic.field: No field insertion configured"),
    ],
)
def test_faults_name_the_key(config: dict[str, str], text: str) -> None:
    """A bad transform is refused before anything runs."""
    with pytest.raises(ValueError, match="^" + text.replace("$", "[$]").replace("(", "[(]")):
        run(config)


def test_schemas_are_inferred_for_plain_values() -> None:
    """What transforms need of values without a schema."""
    assert [infer(v) for v in (True, 1, 1.5, "x", None)] == [
        ConnectSchema("boolean"), ConnectSchema("int64"), ConnectSchema("float64"), ConnectSchema("string"), None,
    ]  # fmt: skip


@pytest.mark.parametrize("schema", [SCHEMA, None])
@pytest.mark.parametrize("operation", ["move", "copy"])
def test_fields_become_headers(schema: ConnectSchema | None, operation: str) -> None:
    """Moved or copied, behind what headers there are; numbers and truth as texts, a null as none."""
    config = {"type": "HeaderFrom$Value", "fields": "id,name", "headers": "h,n", "operation": operation}
    (records,) = run(config, [{**VALUE, "name": None}], schema, headers=[[("old", b"x")]])
    assert records.headers == [[("old", b"x"), ("h", b"7"), ("n", b"")]]
    left = [k for k in VALUE if operation == "copy" or k not in ("id", "name")]
    assert list(records.values[0]) == left
    assert schema is None or [f.name for f in records.value_schema.fields] == left  # type: ignore[union-attr]


def test_a_header_of_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(DataError, match=r"Field does not exist: nothing\. Existing fields: id, name"):
        run({"type": "HeaderFrom$Value", "fields": "nothing", "headers": "h", "operation": "copy"})


def test_a_schema_is_given_another_name_and_version() -> None:
    """What is not named stays; values without a schema have nothing to name."""
    (records,) = run({"type": "SetSchemaMetadata$Value", "schema.version": "3"})
    assert records.value_schema is not None
    assert (records.value_schema.name, records.value_schema.version, records.values) == ("row", 3, [VALUE])
    with pytest.raises(DataError, match="Schema required for"):
        run({"type": "SetSchemaMetadata$Value", "schema.name": "x"}, schema=None)
    assert run({"type": "SetSchemaMetadata$Value", "schema.name": "x"}, [None], None)[0].values == [None]
