"""A catalog to bind against, and helpers that take SQL text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from millstream.catalog import Catalog, QueryEntry
from millstream.engine.constant import evaluate
from millstream.engine.functions.registry import default_registry
from millstream.plan import bind
from millstream.plan.bind import BindContext
from millstream.plan.nodes import PullPlan, QueryPlan
from millstream.sql import tree
from millstream.sql.parser import parse

SETUP = """
CREATE STREAM S (K STRING KEY, A INT, B STRING, L ARRAY<INT>, M MAP<STRING, INT>, ST STRUCT<P INT, Q STRING>, T TIMESTAMP, X DOUBLE,
    D DECIMAL(6, 2), G BIGINT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE STREAM S2 (K STRING KEY, A INT, C STRING) WITH (KAFKA_TOPIC='s2', VALUE_FORMAT='JSON');
CREATE STREAM NOKEY (A INT, B STRING) WITH (KAFKA_TOPIC='n', VALUE_FORMAT='JSON');
CREATE TABLE T (K STRING PRIMARY KEY, A INT, B STRING) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');
CREATE TABLE T2 (K INT PRIMARY KEY, A INT, C STRING) WITH (KAFKA_TOPIC='t2', VALUE_FORMAT='JSON');
CREATE STREAM W (K STRING KEY, A INT) WITH (KAFKA_TOPIC='w', VALUE_FORMAT='JSON', WINDOW_TYPE='TUMBLING', WINDOW_SIZE='5 SECONDS');
CREATE STREAM P3 (K STRING KEY, A INT) WITH (KAFKA_TOPIC='p3', VALUE_FORMAT='JSON', PARTITIONS=3);
CREATE TABLE AGG AS SELECT K, COUNT(*) AS C FROM S GROUP BY K;
CREATE TABLE WAGG AS SELECT K, COUNT(*) AS C FROM S WINDOW TUMBLING (SIZE 1 SECOND) GROUP BY K;
CREATE TABLE MULTI WITH (KEY_FORMAT='JSON') AS SELECT K, A, COUNT(*) AS C FROM S GROUP BY K, A;
"""


class Binder:
    """Binds SQL text against a catalog; definitions go into the catalog, as a session would do it."""

    def __init__(self) -> None:
        self.catalog = Catalog(default_registry())
        self.context = BindContext(self.catalog, evaluate=partial(evaluate, self.catalog.functions))
        for statement in parse(SETUP):
            self.define(statement)

    def define(self, statement: tree.Statement) -> None:
        if isinstance(statement, tree.CreateSource):
            relation = bind.bind_source(self.context, statement).relation
        else:
            assert isinstance(statement, tree.CreateAs)
            bound = bind.bind_create_as(self.context, statement, f"CTAS_{statement.name}")
            relation = bound.relation
            query = QueryEntry(bound.plan.query_id, statement.text, bound.plan.sources, relation.name, bound.plan)
            self.catalog.queries[query.id] = query
        self.catalog.relations[relation.name] = bind.check_create(self.context, statement, relation)

    def plan(self, sql: str) -> QueryPlan | PullPlan:
        (statement,) = parse(sql)
        if isinstance(statement, tree.CreateAs):
            return bind.bind_create_as(self.context, statement, "Q").plan
        if isinstance(statement, tree.InsertInto):
            return bind.bind_insert_into(self.context, statement, "Q").plan
        assert isinstance(statement, tree.Select)
        return bind.bind_select(self.context, statement, "Q")

    def schema(self, sql: str) -> str:
        """The schema of what a CREATE ... AS creates, or of what a SELECT gives."""
        plan = self.plan(sql)
        return str(plan.root.schema if isinstance(plan, QueryPlan) else plan.schema)

    def type_of(self, expression: str) -> str:
        """The SQL type of an expression over S."""
        plan = self.plan(f"SELECT {expression} AS E FROM S EMIT CHANGES;")
        assert isinstance(plan, QueryPlan)
        return str(plan.root.schema.columns[0].type)


@pytest.fixture
def sql() -> Binder:
    return Binder()


@pytest.fixture
def with_properties() -> Callable[..., Binder]:
    def make(**properties: str) -> Binder:
        binder = Binder()
        names = {name.replace("__", "."): value for name, value in properties.items()}
        binder.context = replace(binder.context, properties=names)
        return binder

    return make
