"""JOIN clauses -> join nodes: which joins exist between what, keys on both sides, and the name of the key that comes out.

Joins are left-deep: each JOIN adds one source on the right. What may not live here: projections.
"""

from __future__ import annotations

from collections.abc import Iterable

from millstream.catalog import WindowSpec
from millstream.errors import BindError
from millstream.plan.bind.context import BindContext
from millstream.plan.bind.criteria import SYNTHETIC, Criteria, Criterion
from millstream.plan.bind.expressions import ExpressionBinder
from millstream.plan.bind.scope import binder_over
from millstream.plan.bind.sources import Source, Sources
from millstream.plan.bind.text import show
from millstream.plan.expr import ColumnRef, TypedExpr
from millstream.plan.nodes import (
    ForeignKeyJoin,
    Node,
    SelectKey,
    StreamStreamJoin,
    StreamTableJoin,
    TableTableJoin,
)
from millstream.sql import tree
from millstream.types import Column, Role, Schema

#: Key of an input or of a join that is no column anybody can name.
HELPER_KEY = "KSQL_JOIN_KEY"
_SHOWN = {"INNER": "[INNER] JOIN", "LEFT": "LEFT [OUTER] JOIN", "RIGHT": "RIGHT [OUTER] JOIN", "OUTER": "[FULL] OUTER JOIN"}


class JoinBinder:
    """Binds all joins of a query. ``criteria`` first, then ``build`` once it is known which key the projection takes."""

    def __init__(self, context: BindContext, sources: Sources, query: tree.Query) -> None:
        self.context = context
        self.sources = sources
        self.query = query
        self.on = Criteria(sources, query)
        self.criteria = self.on.items
        self.key = self.on.key

    def build(self, preferred: tree.Name | None) -> Node:
        """The join tree. ``preferred``: the viable column that the projection uses as key."""
        node: Node = self.sources.first.scan()
        for index, criterion in enumerate(self.criteria):
            last = index == len(self.criteria) - 1
            node = self._join(node, index, criterion, preferred if last else None)
        return node

    def _join(self, left: Node, index: int, criterion: Criterion, preferred: tree.Name | None) -> Node:
        source = criterion.right_source
        right: Node = source.scan()
        join = criterion.join
        self._check_kinds(left, right, index, criterion)
        self._check_windows(left, right, self.sources.items[index].alias, source)
        left_key = self._binder(left).bind(criterion.left)
        right_key = self._binder(right).bind(criterion.right)
        if left.is_table and right.is_table:
            return self._tables(left, right, index, criterion, left_key, right_key, preferred)
        self._check_partitions(source)
        if right.is_table and not self.on.is_primary(criterion.right, source):
            raise BindError(
                "Invalid join condition: stream-table joins require to join on the table's primary key. "
                f"Got {show(criterion.left)} = {show(criterion.right)}.",
                hint=f"The primary key of {source.alias} is {', '.join(c.name for c in source.relation.schema.key)}.",
                position=join.at,
            )
        if left_key.type != right_key.type:
            raise BindError(
                f"Invalid join. Key types differ: {left_key.type} vs {right_key.type}",
                hint=f"CAST one side: {show(criterion.left)} = {show(criterion.right)}.",
                position=join.at,
            )
        left = left if criterion.left in self.on.equal(index - 1) else self._keyed(left, left_key)
        right = self._keyed(right, right_key) if not right.is_table else right
        name = self._key_name(index, preferred)
        schema = _joined_schema(left, right, Column(name, left.schema.key[0].type, Role.KEY))
        if right.is_table:
            return StreamTableJoin(schema, False, left.window, left, right, join.kind, (name,))
        within = join.within
        assert within is not None
        grace = within.grace.millis if within.grace is not None else None
        return StreamStreamJoin(
            schema, False, left.window, left, right, join.kind, within.before.millis, within.after.millis, grace, (name,)
        )

    def _tables(
        self,
        left: Node,
        right: Node,
        index: int,
        criterion: Criterion,
        left_key: TypedExpr,
        right_key: TypedExpr,
        preferred: tree.Name | None,
    ) -> Node:
        join, source = criterion.join, criterion.right_source
        got = f"Got {show(criterion.left)} = {show(criterion.right)}."
        if not self.on.is_primary(criterion.right, source):
            raise BindError(
                "Invalid join condition: table-table joins require to join on the primary key of the right input table. " + got,
                hint=f"The primary key of {source.alias} is {', '.join(c.name for c in source.relation.schema.key)}.",
                position=join.at,
            )
        if left_key.type != right_key.type:
            raise BindError(
                "Invalid join condition: types don't match. "
                f"Got {show(criterion.left)}{{{left_key.type}}} = {show(criterion.right)}{{{right_key.type}}}.",
                hint="CAST cannot help on a primary key: give one table the key type of the other.",
                position=join.at,
            )
        on_key = isinstance(left_key, ColumnRef) and [c.name for c in left.schema.key] == [left_key.name]
        on_key = on_key or criterion.left in self.on.equal(index - 1)
        if not on_key and index > 0:
            if self.criteria[index - 1].join.kind != "OUTER":
                raise BindError(
                    "Invalid join condition: foreign-key table-table joins are not supported as part of n-way joins. " + got,
                    hint="Put the foreign-key join into a table of its own first.",
                    position=join.at,
                )
            self._refuse_rekey(left, criterion)
        if not on_key:
            return self._foreign(left, right, criterion, left_key)
        self._check_partitions(source)
        name = self._key_name(index, preferred)
        schema = _joined_schema(left, right, Column(name, left.schema.key[0].type, Role.KEY))
        return TableTableJoin(schema, True, left.window, left, right, join.kind, (name,))

    def _refuse_rekey(self, left: Node, criterion: Criterion) -> None:
        raise BindError(
            "Cannot repartition a TABLE source. If this is a join, make sure that the criteria uses the TABLE's key column "
            f"{', '.join(c.name for c in left.schema.key)} instead of [{self.sources.plan_name(_as_name(criterion.left))}]",
            position=criterion.join.at,
        )

    def _foreign(self, left: Node, right: Node, criterion: Criterion, foreign: TypedExpr) -> Node:
        join = criterion.join
        if join.kind in ("RIGHT", "OUTER"):
            kind = "RIGHT" if join.kind == "RIGHT" else "FULL"
            raise BindError(f"{kind} OUTER JOIN on a foreign key is not supported", hint="Use JOIN or LEFT JOIN.", position=join.at)
        if left.window is not None or right.window is not None:
            raise BindError("Foreign-key table-table joins are not supported on windowed tables.", position=join.at)
        schema = _joined_schema(left, right, *left.schema.key)
        names = tuple(c.name for c in left.schema.key)
        return ForeignKeyJoin(schema, True, None, left, right, join.kind, foreign, names)

    def _keyed(self, node: Node, key: TypedExpr) -> Node:
        """The stream with ``key`` as its key: as it is when it has that key, else re-keyed."""
        if isinstance(key, ColumnRef) and [c.name for c in node.schema.key] == [key.name]:
            return node
        if node.window is not None:
            raise BindError(
                "Implicit repartitioning of windowed sources is not supported. See https://github.com/confluentinc/ksql/issues/4385.",
                hint="Join on the key of the windowed source.",
            )
        name = key.name if isinstance(key, ColumnRef) else HELPER_KEY
        rest = tuple(Column(c.name, c.type, Role.VALUE if c.role is Role.KEY else c.role) for c in node.schema if c.name != name)
        assert key.type is not None
        schema = Schema((Column(name, key.type, Role.KEY), *rest))
        return SelectKey(schema, False, None, node, ((name, key),), internal=True)

    def _key_name(self, index: int, preferred: tree.Name | None) -> str:
        """The column that equals the key of the join ``index``, or a name of its own where that column may be NULL beside a key."""
        criterion = self.criteria[index]
        if criterion.join.kind == "OUTER":
            return self.key.synthetic
        sides = [s for s in (criterion.left, criterion.right) if isinstance(s, tree.Name)]
        chosen = preferred or (sides[0] if sides else None)
        if chosen is None:
            return self.key.synthetic
        kinds = {c.join.kind for c in self.criteria[: index + 1]}
        always = kinds == {"INNER"} or (kinds <= {"INNER", "LEFT"} and chosen.source == self.sources.first.alias)
        return self.sources.plan_name(chosen) if always else HELPER_KEY

    def _binder(self, node: Node) -> ExpressionBinder:
        return binder_over(self.context, self.sources, node)

    def _check_kinds(self, left: Node, right: Node, index: int, criterion: Criterion) -> None:
        join = criterion.join
        shown = f"Got {self.sources.items[index].alias} {_SHOWN[join.kind]} {criterion.right_source.alias}."
        if left.is_table and not right.is_table:
            raise BindError(
                f"Invalid join order: table-stream joins are not supported; only stream-table joins. {shown}",
                hint="Put the stream first.",
                position=join.at,
            )
        if not left.is_table and not right.is_table and join.within is None:
            raise BindError(
                "Stream-Stream joins must have a WITHIN clause specified. None was provided.",
                hint="Add for example WITHIN 1 HOUR before ON: how far apart in time two records may be.",
                position=join.at,
            )
        if right.is_table and join.within is not None:
            kind = "Table-Table" if left.is_table else "Stream-Table"
            raise BindError(
                f"A window definition was provided for a {kind} join. These joins are not windowed. "
                "Please drop the window definition (ie. the WITHIN clause) and try to execute your join again.",
                position=join.at,
            )
        if right.is_table and not left.is_table and join.kind in ("RIGHT", "OUTER"):
            kind = "full-outer" if join.kind == "OUTER" else "right-outer"
            raise BindError(f"Invalid join type: {kind} join not supported for stream-table join. {shown}", position=join.at)

    @staticmethod
    def _check_windows(left: Node, right: Node, left_alias: str, source: Source) -> None:
        if left.window is None and right.window is None:
            return
        if left.window is None or right.window is None:
            raise BindError(
                "Can not join windowed source to non-windowed source.\n"
                f"`{left_alias}` is {_windowed(left.window)}\n`{source.alias}` is {_windowed(right.window)}"
            )
        if (left.window.kind == "SESSION") is not (right.window.kind == "SESSION"):
            raise BindError(
                f"Incompatible windowed sources.\nLeft source: {left.window.kind}\nRight source: {right.window.kind}\n"
                "Session windowed sources can only be joined to other session windowed sources, and may still not result in expected "
                "behaviour as session bounds must be an exact match for the join to work\n"
                "Hopping and tumbling windowed sources can only be joined to other hopping and tumbling windowed sources"
            )

    def _check_partitions(self, source: Source) -> None:
        left = self.sources.items[0]
        if left.relation.partitions != source.relation.partitions:
            raise BindError(
                f"Can't join `{left.alias}` with `{source.alias}` since the number of partitions don't match. "
                f"`{left.alias}` partitions = {left.relation.partitions}; `{source.alias}` partitions = {source.relation.partitions}. "
                "Please repartition either one so that the number of partitions match.",
                hint=f"CREATE ... WITH (PARTITIONS={left.relation.partitions}) AS SELECT * FROM {source.relation.name};",
                position=source.written.at,
            )


def _as_name(expr: tree.Expr) -> tree.Name:
    return expr if isinstance(expr, tree.Name) else tree.Name(show(expr))


def _windowed(window: WindowSpec | None) -> str:
    return f"{window.kind} windowed" if window is not None else "not windowed"


def _joined_schema(left: Node, right: Node, *keys: Column) -> Schema:
    """Key columns, then the other columns of both sides as values, in order. Helper keys are left out."""
    names = {k.name for k in keys}
    rest = [c for c in _columns(left, right) if c.name not in names and c.name != HELPER_KEY and not SYNTHETIC.match(c.name)]
    roles = {Role.KEY: Role.VALUE}
    return Schema((*keys, *(Column(c.name, c.type, roles.get(c.role, c.role)) for c in rest)))


def _columns(left: Node, right: Node) -> Iterable[Column]:
    yield from left.schema
    yield from right.schema
