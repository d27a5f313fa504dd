"""SELECT as a client sends it: with EMIT a push query, without one a pull query over a table's rows (or a stream's topic).

What may not live here: finding keys in WHERE (``lookup``), persistent queries.
"""

from __future__ import annotations

from millstream.catalog import Relation
from millstream.errors import BindError
from millstream.plan.bind.aggregate import aggregates_in
from millstream.plan.bind.context import BindContext
from millstream.plan.bind.expressions import ExpressionBinder
from millstream.plan.bind.items import Item, ItemReader, StarRules
from millstream.plan.bind.lookup import find_lookup
from millstream.plan.bind.magic import replace_magic_times
from millstream.plan.bind.names import Qualifier
from millstream.plan.bind.query import QueryBinder
from millstream.plan.bind.scope import binder_over
from millstream.plan.bind.sources import BOUND_NAMES, Sources
from millstream.plan.bind.walk import every
from millstream.plan.expr import ColumnRef, TypedExpr
from millstream.plan.nodes import KeyLookup, PullPlan, QueryPlan, Scan
from millstream.sql import tree
from millstream.types import Column, Role, Schema, quote

_PUSH_HINT = "Add EMIT CHANGES if you intended to issue a push query."
_UNSUPPORTED = ("ROWPARTITION", "ROWOFFSET")


def bind_select(context: BindContext, statement: tree.Select, query_id: str) -> QueryPlan | PullPlan:
    """A push query (EMIT CHANGES or FINAL) or a pull query."""
    query = statement.query
    if query.emit is None:
        return bind_pull(context, query, query_id)
    bound = QueryBinder(context, query, None).bind()
    if query.limit is not None and query.limit < 0:
        raise BindError("Push queries don't support negative integers in the LIMIT clause.", position=query.at)
    sources = tuple(s.relation.name for s in bound.sources.items)
    return QueryPlan(query_id, bound.root, sources, None, query.limit, dict(context.properties))


def bind_pull(context: BindContext, query: tree.Query, query_id: str) -> PullPlan:
    """A pull query. Raises BindError for clauses that only push queries have, and for tables that nothing materializes."""
    _refuse_clauses(context, query)
    sources = Sources(context, query)
    relation = sources.first.relation
    materialized_by = _materialized_by(context, relation, query)
    qualify = Qualifier(sources)
    scan = sources.first.scan()
    binder = binder_over(context, sources, scan)

    def types() -> ExpressionBinder:
        return binder

    items = ItemReader(sources, qualify, StarRules(bounds=True, headers_first=relation.is_table), types).read(query.select)
    _refuse_pseudo([i.expr for i in items], "SELECT")
    typed = [binder.bind(i.expr) for i in items]
    lookup, residual = KeyLookup(), None
    if query.where is not None:
        where = qualify(replace_magic_times(query.where), "WHERE")
        _refuse_pseudo([where], "WHERE")
        binder.condition(where, "WHERE")
        lookup, residual = find_lookup(context, relation, where, binder)
    elif relation.is_table and not context.flag("ksql.query.pull.table.scan.enabled", True):
        raise BindError("Missing WHERE clause.", hint="Table scans are off (ksql.query.pull.table.scan.enabled): give the key in WHERE.")
    columns = _columns(items, typed, scan)
    return PullPlan(
        query_id,
        relation,
        materialized_by,
        Schema(tuple(c for c in scan.schema if c.name not in _UNSUPPORTED)),
        lookup,
        residual,
        tuple(zip(columns, typed, strict=True)),
        Schema(tuple(columns)),
        query.limit,
        dict(context.properties),
    )


def _columns(items: list[Item], typed: list[TypedExpr], scan: Scan) -> list[Column]:
    keys = {c.name for c in scan.schema.key} | BOUND_NAMES
    columns: list[Column] = []
    for item, expr in zip(items, typed, strict=True):
        if expr.type is None:
            raise BindError(
                "Can't infer a type of null. Please explicitly cast it to a required type, e.g. CAST(null AS VARCHAR).", position=item.at
            )
        columns.append(_column(item, expr, scan, keys))
    return columns


def _column(item: Item, expr: TypedExpr, scan: Scan, keys: set[str] | frozenset[str]) -> Column:
    """Rows of a table keep the roles of their columns; a stream's are all values."""
    assert expr.type is not None
    if not scan.is_table or not isinstance(expr, ColumnRef):
        return Column(item.name, expr.type)
    source = scan.relation.column(expr.name)
    if source is not None and source.role is Role.HEADERS:
        return Column(item.name, expr.type, Role.HEADERS, source.header)
    return Column(item.name, expr.type, Role.KEY if expr.name in keys else Role.VALUE)


def _refuse_clauses(context: BindContext, query: tree.Query) -> None:
    for name, given in (
        ("JOIN", query.joins),
        ("WINDOW", query.window),
        ("GROUP BY", query.group_by),
        ("PARTITION BY", query.partition_by),
        ("HAVING", query.having),
    ):
        if given:
            raise _refused(f"{name} clauses", query)
    for item in query.select:
        if item.expr is not None and aggregates_in(context, item.expr):
            raise _refused("GROUP BY clauses", query)
    if query.limit is not None:
        if not context.flag("ksql.query.pull.limit.clause.enabled", True):
            raise BindError(
                "LIMIT clause in pull queries is currently disabled. You can enable them by setting "
                "ksql.query.pull.limit.clause.enabled=true.",
                hint=_PUSH_HINT,
            )
        if query.limit < 0:
            raise _refused("negative integers in the LIMIT clause", query)


def _refused(what: str, query: tree.Query) -> BindError:
    return BindError(f"Pull queries don't support {what}. See https://cnfl.io/queries for more info.", hint=_PUSH_HINT, position=query.at)


def _refuse_pseudo(exprs: list[tree.Expr], clause: str) -> None:
    found = sorted({n.name for e in exprs for n in every(e) if isinstance(n, tree.Name) and n.name in _UNSUPPORTED})
    if found:
        raise BindError(f"Pull queries don't support the following columns in {clause} clauses: {', '.join(map(quote, found))}")


def _materialized_by(context: BindContext, relation: Relation, query: tree.Query) -> str | None:
    if not relation.is_table:
        if not context.flag("ksql.query.pull.stream.enabled", True):
            raise BindError("Pull queries on streams are disabled.", hint=_PUSH_HINT)
        return None
    writers = context.catalog.writers(relation.name)
    if writers:
        return writers[0].id
    name = relation.name
    if relation.query_id in context.catalog.queries:
        return relation.query_id
    if relation.query_id is not None:
        raise BindError(
            f"The `{name}` table isn't queryable: its query {relation.query_id} was terminated, and its rows with it.",
            hint=f"DROP TABLE {name}; and create it again, or read what its topic holds: SELECT * FROM {name} EMIT CHANGES;",
            position=query.source.at,
        )
    raise BindError(
        f"The `{name}` table isn't queryable. To derive a queryable table, you can do "
        f"'CREATE TABLE QUERYABLE_{name} AS SELECT * FROM {name}'. See https://cnfl.io/queries for more info.",
        hint=_PUSH_HINT,
        position=query.source.at,
    )
