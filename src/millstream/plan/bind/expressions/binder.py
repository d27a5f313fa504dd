"""The binder of expressions: one rule a node of the syntax tree, found in ``_RULES``.

Names arrive qualified (see ``bind.names``); the binder asks ``column`` for them. ``replace`` may give a typed expression for a whole
sub-tree before the binder looks at it: that is how group expressions and aggregates become columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from millstream.errors import BindError
from millstream.functions import FunctionRegistry
from millstream.plan.bind.expressions import access, calls, conditional, constructors, operators
from millstream.plan.bind.expressions.literals import literal
from millstream.plan.bind.text import show
from millstream.plan.expr import (
    TypedExpr,
)
from millstream.sql import tree
from millstream.types import BOOLEAN, SqlType

Replace = Callable[[tree.Expr], TypedExpr | None]
Columns = Callable[[tree.Name], TypedExpr]


class ExpressionBinder:
    """Types expressions against one input. Raises BindError, pointing at the innermost node that does not fit."""

    def __init__(self, functions: FunctionRegistry, types: Mapping[str, SqlType], column: Columns, replace: Replace | None = None) -> None:
        self.functions = functions
        self.types = types
        self.column = column
        self.replace = replace
        self.variables: dict[str, SqlType] = {}

    def inside(self, variables: Mapping[str, SqlType]) -> ExpressionBinder:
        """The same binder inside a lambda with these parameters."""
        inner = ExpressionBinder(self.functions, self.types, self.column, self.replace)
        inner.variables = {**self.variables, **variables}
        return inner

    def bind(self, expr: tree.Expr) -> TypedExpr:
        if self.replace is not None:
            replaced = self.replace(expr)
            if replaced is not None:
                return replaced
        constant = literal(expr)
        return constant if constant is not None else self._by_kind(expr)

    def condition(self, expr: tree.Expr, clause: str) -> TypedExpr:
        """WHERE or HAVING: must be BOOLEAN."""
        try:
            typed = self.bind(expr)
        except BindError as error:
            if error.message.startswith("Cannot compare"):
                error.message = f"Error in {clause} expression: {error.message}"
            raise
        if typed.type != BOOLEAN:
            raise BindError(
                f"Type error in {clause} expression: Should evaluate to boolean but is {show(expr)} ({typed.type or 'NULL'}) instead.",
                position=expr.at,
            )
        return typed

    def _by_kind(self, expr: tree.Expr) -> TypedExpr:
        rule = _RULES.get(type(expr))
        if rule is None:
            raise BindError(f"{show(expr)} cannot stand here.", position=expr.at)
        return rule(self, expr)


#: One rule a node of the syntax tree; literals are taken before.
_RULES: dict[type[tree.Expr], Callable[[ExpressionBinder, Any], TypedExpr]] = {
    tree.Name: access.name,
    tree.Deref: access.deref,
    tree.Subscript: access.subscript,
    tree.Unary: operators.unary,
    tree.Binary: operators.binary,
    tree.Chain: operators.chain,
    tree.IsNull: operators.is_null,
    tree.Between: operators.between,
    tree.InList: operators.in_list,
    tree.Like: operators.like,
    tree.Case: conditional.case,
    tree.Cast: conditional.cast,
    tree.Call: calls.bind_call,
    tree.MakeArray: constructors.make_array,
    tree.MakeMap: constructors.make_map,
    tree.MakeStruct: constructors.make_struct,
}
