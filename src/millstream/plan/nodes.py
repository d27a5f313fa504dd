"""Plan nodes: what a query does, as a tree of frozen dataclasses. Built by ``bind`` and ``rewrites``; compiled by a runtime. Moves no data.

Every node has an output ``schema`` whose column names are unique within it. Columns with Role.KEY are the record's key, in order;
Role.VALUE its value; Role.PSEUDO values that travel along and may be used but are not part of a sink (ROWTIME, WINDOWSTART, ...).
Expressions of a node refer to the schema of its input by name. In joins the binder gives columns the name ``<alias>_<column>``.

``is_table`` says whether the node gives changes of a table (a row with a NULL value is a deletion) or events of a stream.
``window`` is set when the key is windowed: then every record carries a window (start, end) beside its key columns.
"""

from __future__ import annotations

from dataclasses import field

from millstream.catalog import FormatSpec, Relation, TimestampSpec, WindowSpec
from millstream.dataclass import dataclass
from millstream.plan.expr import TypedExpr
from millstream.types import Column, Schema


@dataclass(frozen=True, slots=True)
class Node:
    schema: Schema
    is_table: bool
    window: WindowSpec | None


@dataclass(frozen=True, slots=True)
class Scan(Node):
    """Read a relation's topic. ``columns``: for each output column the source column's name.

    Pseudo columns are named ROWTIME, ROWPARTITION, ROWOFFSET, WINDOWSTART, WINDOWEND and have Role.PSEUDO in the output.
    Only columns that the query needs are listed (key columns always). ``materialize``: some node above looks rows up, so a table scan keeps
    its rows in a store. ``alias`` is the name used in the query.
    """

    relation: Relation
    alias: str
    columns: tuple[str, ...]
    materialize: bool = False


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """WHERE or HAVING. On tables a row that stops to match is a deletion."""

    input: Node
    predicate: TypedExpr
    having: bool = False


@dataclass(frozen=True, slots=True)
class Project(Node):
    """SELECT list. ``items``: one (column, expression) for each output column, key columns first (they only rename).

    Below a client (a push query) items keep the order of the SELECT list, and key columns may be missing or stand anywhere.
    """

    input: Node
    items: tuple[tuple[Column, TypedExpr], ...]


@dataclass(frozen=True, slots=True)
class FlatMap(Node):
    """Table functions: each input row gives as many rows as the longest result; shorter ones are padded with NULL.

    Output = all input columns, plus one value column a function call (``functions``: (name, call)).
    """

    input: Node
    functions: tuple[tuple[str, TypedExpr], ...]


@dataclass(frozen=True, slots=True)
class SelectKey(Node):
    """A new key (PARTITION BY, or the ON of a join that is not the key). ``keys`` are (name, expression) of the new key columns.

    All other input columns, old key columns included, are values of the output. Empty ``keys``: PARTITION BY NULL.
    ``internal``: made by the planner for a join. A NULL key is passed on as NULL: a join drops such a record where it needs a partner, and
    gives it unmatched on the side of a LEFT, RIGHT or full join that does not.
    """

    input: Node
    keys: tuple[tuple[str, TypedExpr], ...]
    internal: bool = False


@dataclass(frozen=True, slots=True)
class AggregateCall:
    """One aggregate: output column, function and overload index, argument expressions, values of trailing constants."""

    column: Column
    function: str
    overload: int
    args: tuple[TypedExpr, ...]
    constants: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """GROUP BY. Output: the group's columns as key, one value column a call. ``input.is_table`` tells whether old rows are undone.

    ``keys``: (name, expression). A record with a NULL in any group expression is dropped. ``window_spec`` for windowed aggregation
    (its ``grace`` set): then the output also has the pseudo columns WINDOWSTART and WINDOWEND behind the key columns. A push query that
    aggregates everything has one key, a constant. COUNT(*) has the constant 1 as its argument.
    """

    input: Node
    keys: tuple[tuple[str, TypedExpr], ...]
    calls: tuple[AggregateCall, ...]
    window_spec: WindowSpec | None = None


@dataclass(frozen=True, slots=True)
class Suppress(Node):
    """EMIT FINAL: one row a window, when stream time passes its end plus grace."""

    input: Node


@dataclass(frozen=True, slots=True)
class StreamStreamJoin(Node):
    """``kind``: INNER LEFT RIGHT OUTER. Both inputs are keyed by the join key; the output key is named by ``key_names``.

    A pair matches when ``left.ts - before <= right.ts <= left.ts + after`` (ms). ``grace`` None is ksqlDB's old semantics (outer results
    at once, 24 h grace); a number gives outer results when the window closes.

    The key column of the output (of every join) is named by ``key_names``: a column of one side that always equals the key (it is then no
    value column), or else a name of its own, ROWKEY or KSQL_JOIN_KEY. All other columns of both sides, old keys included, are values.
    """

    left: Node
    right: Node
    kind: str
    before: int
    after: int
    grace: int | None
    key_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StreamTableJoin(Node):
    """``kind``: INNER LEFT. The stream is keyed by the table's key."""

    left: Node
    right: Node
    kind: str
    key_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableTableJoin(Node):
    """``kind``: INNER LEFT RIGHT OUTER, by primary key."""

    left: Node
    right: Node
    kind: str
    key_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForeignKeyJoin(Node):
    """``kind``: INNER LEFT. ``foreign_key`` over the left schema equals the right table's key; output key is the left key."""

    left: Node
    right: Node
    kind: str
    foreign_key: TypedExpr
    key_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SinkSpec:
    """Where a persistent query writes. ``schema`` has the key and value columns of the sink relation, in order."""

    relation: str
    topic: str
    is_table: bool
    schema: Schema
    key_format: FormatSpec
    value_format: FormatSpec
    window: WindowSpec | None = None
    timestamp: TimestampSpec | None = None
    partitions: int = 1


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """A persistent query (``sink`` set) or a push query (``sink`` None, rows go to the client).

    ``root.schema`` is what comes out. ``limit`` is LIMIT of a push query. ``properties``: session properties that matter while running
    (``auto.offset.reset``, ``ksql.functions.*`` limits, ...).
    """

    query_id: str
    root: Node
    sources: tuple[str, ...]
    sink: SinkSpec | None = None
    limit: int | None = None
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeyLookup:
    """What a pull query's WHERE pins down. ``keys``: full key tuples (``=`` and IN), None for a scan.

    Window bounds are (low, low inclusive, high, high inclusive) over WINDOWSTART and WINDOWEND in ms, None where open.
    """

    keys: tuple[tuple[object, ...], ...] | None = None
    window_start: tuple[int | None, bool, int | None, bool] | None = None
    window_end: tuple[int | None, bool, int | None, bool] | None = None


@dataclass(frozen=True, slots=True)
class PullPlan:
    """A pull query: read ``relation``'s rows (materialized by ``query_id``, or the topic itself for a stream), filter, project, limit.

    ``filter`` and ``items`` refer to ``input_schema``: the relation's columns plus ROWTIME, WINDOWSTART, WINDOWEND as needed.
    ``residual`` is the part of WHERE that the look-up does not cover (None: nothing left).
    """

    query_id: str
    relation: Relation
    materialized_by: str | None
    input_schema: Schema
    lookup: KeyLookup
    residual: TypedExpr | None
    items: tuple[tuple[Column, TypedExpr], ...]
    schema: Schema
    limit: int | None = None
    properties: dict[str, str] = field(default_factory=dict)
