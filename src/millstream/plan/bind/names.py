"""Names in expressions: each becomes ``alias.column`` (in a join) or ``column``, or the query is refused. Aliases of SELECT items.

After this step two expressions mean the same when their trees are equal. What may not live here: types.
"""

from __future__ import annotations

import dataclasses

from millstream.errors import BindError
from millstream.plan.bind.context import near_column, near_miss
from millstream.plan.bind.sources import BOUND_NAMES, Sources
from millstream.plan.bind.walk import rewrite
from millstream.sql import tree


class Qualifier:
    """Qualifies names against the sources. ``loose``: names that may stay alone (a synthetic join key, window bounds)."""

    def __init__(self, sources: Sources, loose: frozenset[str] = frozenset()) -> None:
        self.sources = sources
        self.loose = loose

    def __call__(self, expr: tree.Expr, clause: str) -> tree.Expr:
        """The expression with every column qualified. ``clause`` is named in errors: SELECT, WHERE, JOIN ON, ..."""
        return self._inside(expr, clause, frozenset())

    def _inside(self, expr: tree.Expr, clause: str, variables: frozenset[str]) -> tree.Expr:
        def change(node: tree.Expr) -> tree.Expr | None:
            if isinstance(node, tree.Name):
                if node.source is None and node.name in variables:
                    return node
                return self.name(node, clause)
            if isinstance(node, tree.Lambda):
                self._check_parameters(node)
                body = self._inside(node.body, clause, variables | set(node.params))
                return dataclasses.replace(node, body=body)
            return None

        return rewrite(expr, change)

    def _check_parameters(self, node: tree.Lambda) -> None:
        for parameter in node.params:
            if self.sources.having(parameter):
                raise BindError(
                    f"Lambda function argument can't be a column name: {parameter}",
                    hint="Give the parameter another name.",
                    position=node.at,
                )

    def name(self, node: tree.Name, clause: str) -> tree.Name:
        """One name, qualified."""
        if node.source is not None:
            return self._of_source(node, clause)
        found = self.sources.having(node.name)
        if not found and node.name in self.loose:
            return node
        if not found:
            raise self.unresolved(node, node.name, clause)
        if len(found) > 1:
            choices = " or ".join(f"{s.alias}.{node.name}" for s in found)
            raise BindError(f"Column '{node.name}' is ambiguous. Could be {choices}.", position=node.at)
        return dataclasses.replace(node, source=found[0].qualifier)

    def _of_source(self, node: tree.Name, clause: str) -> tree.Name:
        assert node.source is not None
        source = self.sources.get(node.source)
        if source is None:
            raise self.unknown_source(node.source, node.at)
        if node.name not in source.columns:
            if node.name in self.loose and node.name in BOUND_NAMES:
                return dataclasses.replace(node, source=None)
            raise self.unresolved(node, f"{node.source}.{node.name}", clause)
        return node if node.source == source.qualifier else dataclasses.replace(node, source=source.qualifier)

    def unknown_source(self, alias: str, at: object) -> BindError:
        aliases = [s.alias for s in self.sources.items]
        hint = near_miss(alias, aliases) or f"Sources are {', '.join(aliases)}."
        return BindError(f"'{alias}' is not a valid stream/table name or alias.", hint=hint, position=at)  # type: ignore[arg-type]

    def unresolved(self, node: tree.Name, shown: str, clause: str) -> BindError:
        more = ""
        if clause == "PARTITION BY":
            more = f" '{node.name}' must be a column in the source schema since PARTITION BY is applied on the input."
        elif clause == "GROUP BY":
            more = f" '{node.name}' must be a column in the source schema since GROUP BY is applied on the input."
        return BindError(
            f"{clause} column '{shown}' cannot be resolved.{more}",
            hint=near_column(node.name, self.sources.all_names()),
            position=node.at,
        )


class Aliases:
    """Names for SELECT items that have none: ``KSQL_COL_0``, a struct field's name, unique among the sources' columns."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._used = set(sources.all_names())
        self._next = 0

    def of(self, expr: tree.Expr) -> str:
        """The name of an item that was written without AS. ``expr`` is qualified."""
        if isinstance(expr, tree.Name):
            if expr.source is not None and self._sources.joined and len(self._sources.having(expr.name)) > 1:
                return f"{expr.source}_{expr.name}"
            return expr.name
        if isinstance(expr, tree.Deref):
            return self.field(expr.field)
        return self.generated()

    def generated(self) -> str:
        name = f"KSQL_COL_{self._next}"
        while name in self._used:
            self._next += 1
            name = f"KSQL_COL_{self._next}"
        self._next += 1
        return name

    def field(self, name: str) -> str:
        """A struct field's name, with ``_1``, ``_2``, ... where it is taken."""
        found, index = name, 0
        while found in self._used:
            index += 1
            found = f"{name}_{index}"
        self._used.add(found)
        return found
