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
