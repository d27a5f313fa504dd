"""CREATE OR REPLACE, ALTER and DROP."""

from __future__ import annotations

import pytest

from millstream.errors import BindError
from millstream.plan import bind
from millstream.plan.nodes import QueryPlan
from millstream.sql import tree
from millstream.sql.parser import parse
from tests.plan.conftest import Binder

S2 = "CREATE {}STREAM S2 ({}) WITH (KAFKA_TOPIC='s2', VALUE_FORMAT='JSON');"


def test_columns_may_be_added_at_the_end(sql: Binder) -> None:
    """Nothing else may change."""
    (good,) = parse(S2.format("OR REPLACE ", "K STRING KEY, A INT, C STRING, NEW INT"))
    sql.define(good)
    assert sql.catalog.relations["S2"].column("NEW") is not None
    for columns, message in (
        ("K STRING KEY, A INT", "columns are changed, missing or reordered"),
        ("K INT KEY, A INT, C STRING, NEW INT", "Key columns must be identical"),
    ):
        (bad,) = parse(S2.format("OR REPLACE ", columns))
        with pytest.raises(BindError) as caught:
            sql.define(bad)
        assert message in caught.value.message


def test_a_name_is_taken_once(sql: Binder) -> None:
    """Without OR REPLACE an existing name is refused, whatever kind it has."""
    (again,) = parse(S2.format("", "K STRING KEY, A INT"))
    with pytest.raises(BindError, match="Cannot add stream 'S2': A stream with the same name already exists"):
        sql.define(again)


def test_a_query_may_change_its_filter_but_not_its_state(sql: Binder) -> None:
    """Filters of stateless queries come and go; sources and groups stay."""

    def plan(text: str) -> QueryPlan:
        found = sql.plan(text)
        assert isinstance(found, QueryPlan)
        return found

    old = plan("CREATE STREAM O AS SELECT K, A FROM S;")
    bind.check_replace_query(old, plan("CREATE STREAM O AS SELECT K, A, B FROM S WHERE A > 1;"))
    counted = plan("CREATE TABLE O AS SELECT K, COUNT(*) AS C FROM S GROUP BY K;")
    bind.check_replace_query(counted, plan("CREATE TABLE O AS SELECT K, COUNT(*) AS C FROM S GROUP BY K HAVING COUNT(*) > 1;"))
    for new in (
        "CREATE TABLE O AS SELECT K, COUNT(*) AS C FROM S2 GROUP BY K;",
        "CREATE TABLE O AS SELECT K, COUNT(*) AS C, SUM(A) AS N FROM S GROUP BY K;",
        "CREATE TABLE O AS SELECT K, COUNT(*) AS C FROM S WINDOW TUMBLING (SIZE 1 DAY) GROUP BY K;",
    ):
        with pytest.raises(BindError, match="Query is not upgradeable"):
            bind.check_replace_query(counted, plan(new))


def test_a_filter_may_come_below_an_aggregate_of_a_stream_only(sql: Binder) -> None:
    """What a stream's filter lets through is added from then on; a table's rows are taken back, so that its filter must stay."""

    def plan(text: str) -> QueryPlan:
        found = sql.plan(text)
        assert isinstance(found, QueryPlan)
        return found

    counted = "CREATE TABLE O AS SELECT K, COUNT(*) AS C FROM S {} GROUP BY K;"
    for old, new in (("", "WHERE A > 1"), ("WHERE A > 1", ""), ("WHERE A > 1", "WHERE B = 'x'")):
        bind.check_replace_query(plan(counted.format(old)), plan(counted.format(new)))
    regrouped = "CREATE TABLE O AS SELECT A, COUNT(*) AS C FROM T {} GROUP BY A;"
    bind.check_replace_query(plan(regrouped.format("WHERE A > 1")), plan(regrouped.format("WHERE A > 1")))
    for old, new in (("", "WHERE A > 1"), ("WHERE A > 1", ""), ("WHERE A > 1", "WHERE A > 2")):
        with pytest.raises(BindError, match="Query is not upgradeable"):
            bind.check_replace_query(plan(regrouped.format(old)), plan(regrouped.format(new)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("VALUE_FORMAT='DELIMITED', VALUE_DELIMITER='|'", "which is not upgradeable to DELIMITED delimited by"),
        ("VALUE_FORMAT='JSON'", "has value format = DELIMITED which is not upgradeable to JSON"),
        ("VALUE_FORMAT='DELIMITED', TIMESTAMP='A'", "has timestamp column = none which is not upgradeable to `A`"),
        ("VALUE_FORMAT='DELIMITED', WINDOW_TYPE='SESSION'", "has window = none which is not upgradeable to SESSION"),
    ],
)
def test_how_records_are_read_may_not_change(sql: Binder, options: str, message: str) -> None:
    """Format, delimiter, timestamp and window are those of the records already there; a second column is welcome."""
    old = "CREATE {}STREAM ONE (K STRING KEY, A BIGINT{}) WITH (KAFKA_TOPIC='one', PARTITIONS=1, {});"
    first, second, bad = parse(
        old.format("", "", "VALUE_FORMAT='DELIMITED'")
        + old.format("OR REPLACE ", ", B INT", "VALUE_FORMAT='DELIMITED'")
        + old.format("OR REPLACE ", ", B INT", options)
    )
    sql.define(first)
    sql.define(second)
    with pytest.raises(BindError) as caught:
        sql.define(bad)
    assert message in caught.value.message


def test_a_single_value_stays_wrapped(sql: Binder) -> None:
    old = "CREATE {}STREAM ONE (K STRING KEY, A BIGINT) WITH (KAFKA_TOPIC='one', PARTITIONS=1, VALUE_FORMAT='JSON'{});"
    first, bad = parse(old.format("", "") + old.format("OR REPLACE ", ", WRAP_SINGLE_VALUE=FALSE"))
    sql.define(first)
    with pytest.raises(BindError, match="has value format = JSON which is not upgradeable to JSON of unwrapped values"):
        sql.define(bad)


def alter(sql: Binder, text: str) -> str:
    (statement,) = parse(text)
    assert isinstance(statement, tree.AlterRelation)
    return str(bind.bind_alter(sql.context, statement).schema)


def test_alter_adds_value_columns(sql: Binder) -> None:
    """Only to declared relations, and only new names."""
    assert alter(sql, "ALTER STREAM S2 ADD COLUMN Z INT, ADD COLUMN Y STRING;").endswith("`C` STRING, `Z` INTEGER, `Y` STRING")
    for text, message in (
        ("ALTER STREAM NOPE ADD COLUMN Z INT;", "Source NOPE does not exist"),
        ("ALTER TABLE S2 ADD COLUMN Z INT;", "data source type is STREAM, but statement was ALTER TABLE"),
        ("ALTER STREAM S2 ADD COLUMN A INT;", "Cannot add column `A` to schema"),
        ("ALTER TABLE AGG ADD COLUMN Z INT;", "not supported for CREATE ... AS statements"),
    ):
        with pytest.raises(BindError) as caught:
            alter(sql, text)
        assert message in caught.value.message


def test_drop_is_refused_while_something_uses_it(sql: Binder) -> None:
    """The users are named."""

    def drop(text: str) -> object:
        (statement,) = parse(text)
        assert isinstance(statement, tree.DropRelation)
        return bind.check_drop(sql.context, statement)

    assert drop("DROP STREAM S2;") is sql.catalog.relations["S2"]
    assert drop("DROP STREAM IF EXISTS NOPE;") is None
    with pytest.raises(BindError, match=r"read from this source: \[AGG, MULTI, WAGG\]"):
        drop("DROP STREAM S;")
    with pytest.raises(BindError, match="Incompatible data source type is table, but statement was DROP stream"):
        drop("DROP STREAM T;")
