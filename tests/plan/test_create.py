"""CREATE STREAM | TABLE: columns, keys, formats, windows, timestamps."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from millstream.catalog import FormatSpec, TimestampSpec, WindowSpec
from millstream.errors import BindError
from millstream.plan import bind
from millstream.plan.nodes import QueryPlan
from millstream.sql import tree
from millstream.sql.parser import parse
from millstream.types import INTEGER, Column
from tests.plan.conftest import Binder


def create(sql: Binder, text: str) -> bind.BoundSource:
    (statement,) = parse(text)
    assert isinstance(statement, tree.CreateSource)
    return bind.bind_source(sql.context, statement)


def test_a_stream_takes_what_the_with_clause_says(sql: Binder) -> None:
    """Key columns come first; a lone key column stands alone; topic wishes are handed to the session."""
    bound = create(
        sql,
        "CREATE STREAM X (A INT, K STRING KEY, TS STRING) WITH (kafka_topic='x', format='JSON', partitions=4, replicas=2, retention_ms=5, "
        "timestamp='ts', timestamp_format='yyyy-MM-dd');",
    )
    relation = bound.relation
    assert str(relation.schema) == "`K` STRING KEY, `A` INTEGER, `TS` STRING"
    assert relation.key_format.options.unwrapped
    assert not relation.value_format.options.unwrapped
    assert relation.timestamp == TimestampSpec("TS", "yyyy-MM-dd")
    assert relation.partitions == 4
    assert bound.topic == bind.TopicSpec("x", 4, 2, 5, None)


def test_windowed_relations(sql: Binder) -> None:
    """WINDOW_TYPE and WINDOW_SIZE make the key windowed; a session has no size."""
    text = "CREATE STREAM X (K INT KEY, A INT) WITH (kafka_topic='x', value_format='JSON', window_type='{}'{});"
    assert create(sql, text.format("hopping", ", window_size='2 MINUTES'")).relation.window == WindowSpec("HOPPING", 120_000)
    assert create(sql, text.format("Session", "")).relation.window == WindowSpec("SESSION", 0)


def test_columns_come_from_the_registry(sql: Binder) -> None:
    """A side without columns in a format whose schemas are registered asks ``infer`` for them."""
    asked: list[FormatSpec] = []

    def infer(spec: FormatSpec) -> list[Column]:
        asked.append(spec)
        return [Column("c1", INTEGER)]

    sql.context = dataclasses.replace(sql.context, infer=infer)
    relation = create(sql, "CREATE STREAM X (K STRING KEY) WITH (kafka_topic='x', value_format='AVRO');").relation
    assert str(relation.schema) == "`K` STRING KEY, `c1` INTEGER"
    assert [(s.name, s.options.subject) for s in asked] == [("AVRO", "x-value")]


def test_partitions_of_a_sink(with_properties: Callable[..., Binder]) -> None:
    """PARTITIONS, else the session's ksql.sink.partitions, else the source's."""
    text = "CREATE STREAM X {}AS SELECT * FROM S;"
    given = with_properties(ksql__sink__partitions="3")
    for binder, with_, count in ((given, "WITH (PARTITIONS=5) ", 5), (given, "", 3), (with_properties(), "", 1)):
        plan = binder.plan(text.format(with_))
        assert isinstance(plan, QueryPlan)
        assert plan.sink is not None
        assert plan.sink.partitions == count


def test_a_missing_topic_needs_partitions(sql: Binder) -> None:
    """An existing topic's partitions count; a new one's must be given."""
    sql.context = dataclasses.replace(sql.context, partitions_of={"there": 7}.get)
    text = "CREATE STREAM X (A INT) WITH (kafka_topic='{}', value_format='JSON'{});"
    assert create(sql, text.format("there", "")).relation.partitions == 7
    assert create(sql, text.format("new", ", partitions=2")).relation.partitions == 2
    with pytest.raises(BindError, match="Topic 'new' does not exist"):
        create(sql, text.format("new", ""))


@pytest.mark.parametrize(
    ("columns", "properties", "message"),
    [
        ("A INT", "value_format='FOO'", "Unknown format: FOO"),
        ("A INT", "", "missing the 'VALUE_FORMAT' property"),
        ("A INT", "value_format='JSON', bogus='1'", "Invalid config variable(s) in the WITH clause: BOGUS"),
        ("A INT", "format='JSON', key_format='JSON'", "Cannot supply both 'KEY_FORMAT' and 'FORMAT'"),
        ("A INT, A STRING", "value_format='JSON'", "Duplicate column names: `A`"),
        ("ROWTIME BIGINT", "value_format='JSON'", "'ROWTIME' is a reserved column name"),
        ("A INT PRIMARY KEY", "value_format='JSON'", "please use 'KEY' for streams"),
        ("K BOOLEAN KEY, A INT", "value_format='JSON'", "Key format does not support schema"),
        ("K INT KEY, K2 INT KEY, A INT", "value_format='JSON'", "only supports a single field"),
        ("K MAP<STRING, INT> KEY, A INT", "format='JSON'", "Map keys"),
        ("A MAP<INT, INT>", "value_format='JSON'", "JSON only supports MAP types with STRING keys"),
        ("A INT, B INT", "value_format='JSON', wrap_single_value=false", "only valid for single-field value schemas"),
        ("A INT", "value_format='KAFKA', wrap_single_value=true", "does not support 'WRAP_SINGLE_VALUE' set to 'true'"),
        ("A INT", "value_format='JSON', value_delimiter='|'", "JSON does not support the following configs: [delimiter]"),
        ("A INT", "value_format='DELIMITED', value_delimiter=''", "VALUE_DELIMITER is invalid"),
        ("A INT", "value_format='JSON', timestamp='Z'", "TIMESTAMP column set in the WITH clause does not exist"),
        ("A STRING", "value_format='JSON', timestamp='A'", "without also specifying the timestamp_format"),
        (
            "A BIGINT",
            "value_format='JSON', timestamp='A', timestamp_format='yyyy'",
            "can only be used when the timestamp column is of type",
        ),
        ("A STRING", "value_format='JSON', timestamp='A', timestamp_format='b'", "Unknown pattern letter: b"),
        ("K INT KEY, A INT", "value_format='JSON', window_type='FOO'", "Invalid value FOO for property WINDOW_TYPE"),
        ("K INT KEY, A INT", "value_format='JSON', window_type='TUMBLING'", "require 'WINDOW_SIZE'"),
        ("K INT KEY, A INT", "value_format='JSON', window_type='TUMBLING', window_size='1 PARSEC'", "Unknown time unit: 'PARSEC'"),
        ("A INT HEADERS", "value_format='JSON'", "Invalid type for HEADERS column"),
        ("A BYTES HEADER('a'), B BYTES HEADER('a'), V INT", "value_format='JSON'", "already contains a HEADER('a') column"),
        ("A INT", "value_format='JSON', value_schema_id=1", "VALUE_FORMAT should support schema inference"),
        ("A STRUCT<B INT, B INT>", "value_format='JSON'", "Duplicate field names found in STRUCT"),
    ],
)
def test_faults_name_the_property_or_column(sql: Binder, columns: str, properties: str, message: str) -> None:
    """Every property is checked by name and value."""
    with pytest.raises(BindError) as caught:
        create(sql, f"CREATE STREAM X ({columns}) WITH (kafka_topic='x'{', ' if properties else ''}{properties});")
    assert message in caught.value.message


def test_tables_need_a_primary_key(sql: Binder) -> None:
    """A table is refused without one, and KEY is no PRIMARY KEY."""
    with pytest.raises(BindError, match="Tables require a PRIMARY KEY"):
        create(sql, "CREATE TABLE X (A INT) WITH (kafka_topic='x', value_format='JSON');")
    with pytest.raises(BindError, match="please use 'PRIMARY KEY' for tables"):
        create(sql, "CREATE TABLE X (A INT KEY, B INT) WITH (kafka_topic='x', value_format='JSON');")
