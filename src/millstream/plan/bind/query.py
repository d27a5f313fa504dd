"""A SELECT -> plan nodes, for persistent and push queries alike: sources, WHERE, PARTITION BY, table functions, GROUP BY, projection.

The order is ksqlDB's: joins, WHERE, PARTITION BY, table functions, then GROUP BY or the projection.
What may not live here: the sink (``sink``), pull queries (``pull``).
"""

from __future__ import annotations

from millstream.dataclass import dataclass
from millstream.errors import BindError
from millstream.plan.bind.aggregate import AggregateBinder, aggregates_in, group_names, window_spec
from millstream.plan.bind.context import BindContext
from millstream.plan.bind.expressions import ExpressionBinder
from millstream.plan.bind.items import Item, ItemReader, StarRules, refuse_reserved
from millstream.plan.bind.joins import JoinBinder
from millstream.plan.bind.keys import KeyRule, find_keys
from millstream.plan.bind.magic import replace_magic_times
from millstream.plan.bind.names import Aliases, Qualifier
from millstream.plan.bind.projection import project
from millstream.plan.bind.repartition import Repartition
from millstream.plan.bind.scope import binder_over
from millstream.plan.bind.sources import BOUND_NAMES, Sources
from millstream.plan.bind.tablefunctions import flatten
from millstream.plan.bind.text import show
from millstream.plan.expr import ColumnRef, TypedExpr
from millstream.plan.nodes import Filter, Node, Project
from millstream.sql import tree


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound SELECT. ``root`` is the projection; ``sources`` what it reads, left-most first."""

    root: Project
    sources: Sources


class QueryBinder:
    """Binds one SELECT. ``sink`` is the name of the relation it writes to, None for a push query."""

    def __init__(self, context: BindContext, query: tree.Query, sink: str | None) -> None:
        self.context = context
        self.query = query
        self.sink = sink
        self.sources = Sources(context, query)
        self._check_formats()
        self.joins = JoinBinder(context, self.sources, query) if query.joins else None
        loose = self.joins.key.loose if self.joins is not None else frozenset()
        bounds = BOUND_NAMES if query.window is not None or query.group_by else frozenset()
        self.qualify = Qualifier(self.sources, frozenset(loose | bounds))
        self.group = [self.qualify(g, "GROUP BY") for g in query.group_by]
        self.partition = [self.qualify(p, "PARTITION BY") for p in query.partition_by]
        self.reader = ItemReader(self.sources, self.qualify, self._stars(), self._types)
        self.items = self.reader.read(query.select)

    def bind(self) -> Bound:
        if self.sink is not None:
            refuse_reserved(self.items)
        self._check_clauses()
        node = self._filter(self._source())
        repartition = Repartition(self.context, self.sources, self.partition, self.items, self.reader.aliases)
        node = repartition.apply(node)
        if self.group:
            return Bound(self._aggregate(node), self.sources)
        return Bound(self._plain(node, repartition), self.sources)

    def _check_formats(self) -> None:
        clause = "JOIN" if self.query.joins else "GROUP BY" if self.query.group_by else None
        if clause is None:
            return
        bad = [s.relation.name for s in self.sources.items if s.relation.value_format.name == "KAFKA"]
        if bad:
            raise BindError(
                f"Source(s) {', '.join(bad)} are using the 'KAFKA' value format. This format does not yet support {clause}.",
                hint="Copy it into another format first: CREATE STREAM ... WITH (VALUE_FORMAT='JSON') AS SELECT * FROM ...;",
            )

    def _stars(self) -> StarRules:
        synthetic = self.joins.key.synthetic if self.joins is not None and not self.joins.key.viable else None
        return StarRules(synthetic, tuple(self.partition), bounds=self.sink is None)

    def _types(self) -> ExpressionBinder:
        node = self.joins.build(None) if self.joins is not None else self.sources.first.scan()
        return binder_over(self.context, self.sources, node)

    def _check_clauses(self) -> None:
        query = self.query
        if query.emit == "FINAL" and not (query.window is not None and query.group_by):
            raise BindError("EMIT FINAL is only supported for windowed aggregations.", position=query.at)
        if self.group and self.partition:
            raise BindError("Only one of PARTITION BY or GROUP BY can be used.", position=query.at)
        called = [c for i in self.items for c in aggregates_in(self.context, i.expr)]
        if query.having is not None:
            called += aggregates_in(self.context, query.having)
        if query.having is not None and not self.group:
            raise BindError("HAVING requires a GROUP BY clause.", hint="Use WHERE to filter rows.", position=query.having.at)
        if query.window is not None and not self.group:
            raise BindError("WINDOW clause requires a GROUP BY clause.", hint="Add GROUP BY.", position=query.window.at)
        if called and not self.group and self.sink is None:
            self.group = [tree.Integer(0)]
        if called and not self.group:
            raise BindError(
                f"SELECT does not support aggregate function [{show(called[0])}] without a GROUP BY clause.",
                hint="Add GROUP BY; to aggregate everything, GROUP BY a constant.",
                position=called[0].at,
            )
        if self.group and not called:
            raise BindError(
                "GROUP BY requires aggregate functions in either the SELECT or HAVING clause.",
                hint="Add for example COUNT(*).",
                position=query.group_by[0].at,
            )

    def _source(self) -> Node:
        return self.joins.build(self._preferred()) if self.joins is not None else self.sources.first.scan()

    def _preferred(self) -> tree.Name | None:
        """The column of the SELECT list that is the key of the joins, where several columns could be."""
        if self.joins is None or self.group or self.partition:
            return None
        selected = [i.expr for i in self.items]
        return next((v for v in self.joins.key.viable if v in selected), None)

    def _filter(self, node: Node) -> Node:
        if self.query.where is None:
            return node
        where = self.qualify(replace_magic_times(self.query.where), "WHERE")
        predicate = binder_over(self.context, self.sources, node).condition(where, "WHERE")
        return Filter(node.schema, node.is_table, node.window, node, predicate)

    def _plain(self, node: Node, repartition: Repartition) -> Project:
        binder = binder_over(self.context, self.sources, node)
        node, calls = flatten(self.context, binder, node, [i.expr for i in self.items])

        def replace(expr: tree.Expr) -> TypedExpr | None:
            return calls.get(expr) if isinstance(expr, tree.Call) else None

        above = binder_over(self.context, self.sources, node, replace)
        typed = [repartition.key_column(i.expr) or above.bind(i.expr) for i in self.items]
        self._read_join_key(node, typed)
        keys = find_keys(self._key_rule(node), self.items, self.sink) if self.sink is not None else None
        return project(node, self.items, typed, keys)

    def _read_join_key(self, node: Node, typed: list[TypedExpr]) -> None:
        """The item that stands for the key of the joins reads the key, not the column, which may be NULL in an outer join."""
        preferred = self._preferred()
        if preferred is None or self.joins is None or self.joins.on.foreign:
            return
        index = next(i for i, item in enumerate(self.items) if item.expr == preferred)
        (key,) = node.schema.key
        typed[index] = ColumnRef(key.type, key.name)

    def _key_rule(self, node: Node) -> KeyRule:
        names = tuple(c.name for c in node.schema.key)
        if self.partition:
            exprs = tuple(p for p in self.partition if not isinstance(p, tree.Null))
            return KeyRule("partitioning expression", exprs, names)
        if self.joins is None:
            return KeyRule(
                "key column",
                tuple(map(tree.Name, names)),
                names,
                any_order=self.context.flag("ksql.new.query.planner.enabled", False),
            )
        if self.joins.on.foreign:
            first = self.sources.first
            keys = tuple(tree.Name(c.name, first.alias) for c in first.relation.schema.key)
            if len(self.joins.criteria) == 1:
                return KeyRule("key column", keys, names, foreign=first.alias)
            return KeyRule("join expression", self.joins.key.viable, names, choices=True)
        if self.joins.key.viable:
            return KeyRule("join expression", self.joins.key.viable, names, choices=True)
        return KeyRule("join expression", (tree.Name(self.joins.key.synthetic),), names, synthetic=True)

    def _aggregate(self, node: Node) -> Project:
        query = self.query
        if query.window is not None and node.is_table:
            raise BindError("Windowing not supported for table aggregations.", hint="Windows work on streams.", position=query.window.at)
        window = window_spec(query.window, final=query.emit == "FINAL") if query.window is not None else None
        names = group_names(self.group, self.items, Aliases(self.sources))
        binder = AggregateBinder(self.context, self.sources, node, self.group, names, window)
        above = binder.above("SELECT")
        typed = [above.bind(i.expr) for i in self.items]
        having = None
        if query.having is not None:
            having = binder.above("HAVING").condition(self.qualify(query.having, "HAVING"), "HAVING")
        root = binder.build(having, final=query.emit == "FINAL")
        keys: list[Item] | None = None
        if self.sink is not None:
            keys = find_keys(KeyRule("grouping expression", tuple(self.group), tuple(names)), self.items, self.sink)
        return project(root, self.items, typed, keys)
