"""Hand-made plans for tests of the compiler: columns by text, a runtime over a log in memory, records as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from millstream.catalog import FormatSpec, Relation, WindowSpec
from millstream.engine.functions.registry import default_registry
from millstream.engine.local import LocalRuntime
from millstream.functions import AggregateFunction
from millstream.log.base import TopicInfo
from millstream.log.memory import MemoryLog
from millstream.plan import nodes as n
from millstream.plan.expr import ColumnRef, Literal, TypedExpr
from millstream.types import BIGINT, BOOLEAN, DOUBLE, INTEGER, STRING, Column, Role, Schema, SqlType

KAFKA, JSON = FormatSpec("KAFKA"), FormatSpec("JSON")
TYPES = {"STRING": STRING, "INT": INTEGER, "BIGINT": BIGINT, "DOUBLE": DOUBLE, "BOOLEAN": BOOLEAN}


def schema(text: str) -> Schema:
    """``K STRING KEY, A INT`` as a schema."""
    columns = []
    for part in text.split(","):
        name, kind, *role = part.split()
        columns.append(Column(name, TYPES[kind], Role.KEY if role else Role.VALUE))
    return Schema(tuple(columns))


def scan(name: str, text: str, *, is_table: bool = False, partitions: int = 1, prefix: str = "") -> n.Scan:
    """A scan of a relation over the topic of the same name; its columns get ``prefix`` in the query."""
    columns = schema(text)
    relation = Relation(name.upper(), is_table, columns, name, KAFKA, JSON, partitions=partitions)
    out = Schema(tuple(Column(prefix + c.name, c.type, c.role) for c in columns))
    return n.Scan(out, is_table, None, relation, name, tuple(c.name for c in columns))


def project(node: n.Node, **items: TypedExpr) -> n.Project:
    """The node's key columns, and these value columns."""
    keys = [(c, ref(node, c.name)) for c in node.schema.key]
    made = [(Column(name, e.type or STRING), e) for name, e in items.items()]
    everything = (*keys, *made)
    return n.Project(Schema(tuple(c for c, _ in everything)), node.is_table, node.window, node, everything)


def ref(node: n.Node, name: str) -> ColumnRef:
    column = node.schema.find(name)
    assert column is not None
    return ColumnRef(column.type, name)


def number(value: int, kind: SqlType = INTEGER) -> Literal:
    return Literal(kind, value)


def group(node: n.Node, key: str, calls: Sequence[tuple[str, str, str | None]], window: WindowSpec | None = None) -> n.Aggregate:
    """GROUP BY one column; calls are (output column, function, argument column or None for ``*``)."""
    column = node.schema.find(key)
    assert column is not None
    made = []
    for name, function, argument in calls:
        args: tuple[TypedExpr, ...] = (ref(node, argument),) if argument else (number(1),)
        found = default_registry().find(function)
        assert isinstance(found, AggregateFunction)
        chosen = default_registry().resolve(function, [a.type for a in args]).overload
        overload = next(i for i, o in enumerate(found.overloads) if o is chosen)
        made.append(n.AggregateCall(Column(name, BIGINT), function, overload, args))
    out = Schema((Column(key, column.type, Role.KEY), *(c.column for c in made)))
    return n.Aggregate(out, True, window, node, ((key, ref(node, key)),), tuple(made), window)


def query(root: n.Node, partitions: int = 1, properties: dict[str, str] | None = None) -> n.QueryPlan:
    """A persistent query into the topic ``out``, from the start of its inputs."""
    columns = Schema(tuple(c for c in root.schema if c.role is not Role.PSEUDO))
    sink = n.SinkSpec("OUT", "out", root.is_table, columns, KAFKA, JSON, root.window, partitions=partitions)
    return n.QueryPlan("CSAS_OUT_1", root, (), sink, properties={"auto.offset.reset": "earliest", **(properties or {})})


class Run:
    """One query over a log in memory."""

    def __init__(
        self,
        root: n.Node,
        topics: Sequence[str],
        partitions: int = 1,
        log: MemoryLog | None = None,
        properties: dict[str, str] | None = None,
    ) -> None:
        self.log = log or MemoryLog()
        for topic in (*topics, "out", "failures"):
            if self.log.topic(topic) is None:
                self.log.create(TopicInfo(topic, partitions if topic != "failures" else 1))
        self.now = 0
        self.runtime = LocalRuntime(self.log, default_registry(), clock=lambda: self.now, failures_topic="failures")
        self.runtime.start(query(root, partitions, properties))

    def feed(self, topic: str, key: str | None, value: Any, time: int = 0, partition: int | None = None) -> None:
        """One record; ``value`` as JSON, bytes as they are, None for a tombstone."""
        data = value if value is None or isinstance(value, bytes) else json.dumps(value).encode()
        self.runtime.feed(topic, None if key is None else key.encode(), data, time, partition)
        assert self.status.error is None, self.status.error

    @property
    def status(self) -> Any:
        return self.runtime.status()["CSAS_OUT_1"]

    def out(self, partition: int = 0) -> list[tuple[Any, Any, int]]:
        """What the query wrote: (key, value, timestamp)."""
        batch = self.log.read("out", partition, 0, 1 << 30)
        values = [None if v is None else json.loads(v) for v in batch.values]
        keys = [None if k is None else k if b"\0" in k else k.decode() for k in batch.keys]
        return list(zip(keys, values, batch.timestamps, strict=True))

    def failures(self) -> list[str]:
        """Messages in the processing log."""
        found = []
        for value in self.log.read("failures", 0, 0).values:
            message = json.loads(value or b"{}")["message"]
            found.append(next(v["errorMessage"] for v in message.values() if isinstance(v, dict)))
        return found
