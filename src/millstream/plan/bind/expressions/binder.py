"""The binder of expressions: one method a node of the syntax tree.

Names arrive qualified (see ``bind.names``); the binder asks ``column`` for them. ``replace`` may give a typed expression for a whole
sub-tree before the binder looks at it: that is how group expressions and aggregates become columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import singledispatchmethod

from millstream import decimals
from millstream.errors import BindError
from millstream.functions import FunctionRegistry
from millstream.plan.bind.expressions import calls
from millstream.plan.bind.expressions.casts import can_cast, resolve_type
from millstream.plan.bind.expressions.coerce import cast_to
from millstream.plan.bind.expressions.compare import EQUALITY, compare
from millstream.plan.bind.expressions.lists import coerce_list
from millstream.plan.bind.expressions.literals import literal
from millstream.plan.bind.text import show
from millstream.plan.bind.walk import every
from millstream.plan.expr import (
    Arithmetic,
    Between,
    Case,
    Cast,
    ElementOf,
    FieldOf,
    InList,
    IsNull,
    LambdaVar,
    Like,
    Literal,
    Logical,
    MakeArray,
    MakeMap,
    MakeStruct,
    Negate,
    Not,
    TypedExpr,
)
from millstream.sql import tree
from millstream.types import BOOLEAN, STRING, ArrayType, Base, MapType, SqlType, StructType, array, map_of, struct

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
        return constant if constant is not None else self._bind(expr)

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

    @singledispatchmethod
    def _bind(self, expr: tree.Expr) -> TypedExpr:
        raise BindError(f"{show(expr)} cannot stand here.", position=expr.at)

    @_bind.register
    def _name(self, expr: tree.Name) -> TypedExpr:
        if expr.source is None and expr.name in self.variables:
            return LambdaVar(self.variables[expr.name], expr.name)
        return self.column(expr)

    @_bind.register
    def _deref(self, expr: tree.Deref) -> TypedExpr:
        base = self.bind(expr.base)
        if not isinstance(base.type, StructType):
            raise BindError(
                f"Expected STRUCT type for '{show(expr.base)}', got {base.type}.", hint="-> takes a field of a STRUCT.", position=expr.at
            )
        field = base.type.field(expr.field)
        if field is None:
            raise BindError(
                f"Could not find field '{expr.field}' in '{show(expr.base)}'.",
                hint=f"Its fields are {', '.join(f.name for f in base.type.fields)}.",
                position=expr.at,
            )
        return FieldOf(field.type, base, expr.field)

    @_bind.register
    def _subscript(self, expr: tree.Subscript) -> TypedExpr:
        base, index = self.bind(expr.base), self.bind(expr.index)
        if isinstance(base.type, ArrayType):
            if index.type is None or index.type.base not in (Base.INTEGER, Base.BIGINT):
                raise BindError(
                    f"Cannot take element {show(expr.index)} of {show(expr.base)}: "
                    f"the index of an ARRAY is an INTEGER, got {index.type or 'NULL'}.",
                    position=expr.index.at or expr.at,
                )
            return ElementOf(base.type.element, base, index)
        if isinstance(base.type, MapType):
            numbers = index.type is not None and index.type.is_numeric and base.type.key.is_numeric
            # A key of another type is not refused: it is just not in the map.
            return ElementOf(base.type.value, base, cast_to(index, base.type.key) if numbers or index.type is None else index)
        raise BindError(
            f"Subscript is not supported on {show(expr.base)}, which is {base.type or 'NULL'}.",
            hint="Only an ARRAY or a MAP has elements.",
            position=expr.at,
        )

    @_bind.register
    def _unary(self, expr: tree.Unary) -> TypedExpr:
        operand = self.bind(expr.operand)
        if expr.op == "NOT":
            return Not(BOOLEAN, self._boolean(operand, expr.operand))
        if operand.type is None or not operand.type.is_numeric:
            raise BindError(f"Arithmetic on types {operand.type or 'null'} is not supported: {show(expr)}.", position=expr.at)
        return operand if expr.op == "+" else Negate(operand.type, operand)

    def _boolean(self, typed: TypedExpr, written: tree.Expr) -> TypedExpr:
        if typed.type is None:
            raise BindError(
                "Can't infer a type of null. Please explicitly cast it to a required type, e.g. CAST(null AS VARCHAR).",
                position=written.at,
            )
        if typed.type != BOOLEAN:
            raise BindError(f"Not a boolean expression: {show(written)} is {typed.type}.", position=written.at)
        return typed

    @_bind.register
    def _binary(self, expr: tree.Binary) -> TypedExpr:
        left, right = self.bind(expr.left), self.bind(expr.right)
        if expr.op in ("AND", "OR"):
            return Logical(BOOLEAN, expr.op, self._boolean(left, expr.left), self._boolean(right, expr.right))
        if expr.op in EQUALITY or expr.op in ("<", "<=", ">", ">="):
            return compare(expr.op, left, right, (expr.left, expr.right))
        return self._arithmetic(expr, left, right)

    def _arithmetic(self, expr: tree.Binary, left: TypedExpr, right: TypedExpr) -> TypedExpr:
        if expr.op == "+" and left.type == STRING and right.type == STRING:
            return Arithmetic(STRING, "+", left, right)
        if left.type is None or right.type is None or not (left.type.is_numeric and right.type.is_numeric):
            raise BindError(
                f"Error processing expression: {show(expr)}. "
                f"Arithmetic on types {left.type or 'null'} and {right.type or 'null'} are not supported.",
                hint="CAST both sides to numbers" + (", or both to STRING to join them." if expr.op == "+" else "."),
                position=expr.at,
            )
        kind = decimals.arithmetic_type(expr.op, left.type, right.type)
        if kind.base is Base.DECIMAL:
            left = cast_to(left, decimals.decimal_for(left.type))
            right = cast_to(right, decimals.decimal_for(right.type))
        else:
            left, right = cast_to(left, kind), cast_to(right, kind)
        return Arithmetic(kind, expr.op, left, right)

    @_bind.register
    def _is_null(self, expr: tree.IsNull) -> TypedExpr:
        operand = self.bind(expr.operand)
        if (
            isinstance(operand, Literal)
            and operand.type is not None
            and operand.type.base
            in (
                Base.BOOLEAN,
                Base.INTEGER,
                Base.BIGINT,
                Base.DOUBLE,
            )
        ):
            raise BindError(f"{show(expr.operand)} is a constant: comparing it with NULL is not supported.", position=expr.at)
        return IsNull(BOOLEAN, operand, expr.negated)

    @_bind.register
    def _between(self, expr: tree.Between) -> TypedExpr:
        operand, low, high = self.bind(expr.operand), self.bind(expr.low), self.bind(expr.high)
        if any(isinstance(e, tree.Call) for e in every(expr.operand)):
            raise BindError(
                f"BETWEEN does not take a function call on its left: {show(expr.operand)}.",
                hint="Write x >= low AND x <= high instead.",
                position=expr.at,
            )
        least = compare(">=", operand, low, (expr.operand, expr.low))
        most = compare("<=", operand, high, (expr.operand, expr.high))
        if least.left == most.left:
            return Between(BOOLEAN, least.left, least.right, most.right, expr.negated)
        both = Logical(BOOLEAN, "AND", least, most)
        return Not(BOOLEAN, both) if expr.negated else both

    @_bind.register
    def _in_list(self, expr: tree.InList) -> TypedExpr:
        written = [expr.operand, *expr.items]
        kind, typed = coerce_list([self.bind(e) for e in written], written)
        if kind is not None and kind.base in (Base.DATE, Base.TIME, Base.TIMESTAMP) and any(isinstance(e, tree.String) for e in written):
            raise BindError(f"IN does not turn text into {kind}.", hint=f"CAST the items: CAST('...' AS {kind}).", position=expr.at)
        return InList(BOOLEAN, typed[0], tuple(typed[1:]), expr.negated)

    @_bind.register
    def _like(self, expr: tree.Like) -> TypedExpr:
        operand, pattern = self.bind(expr.operand), self.bind(expr.pattern)
        for typed, written in ((operand, expr.operand), (pattern, expr.pattern)):
            if typed.type != STRING:
                raise BindError(f"LIKE works on STRINGs, but {show(written)} is {typed.type or 'NULL'}.", position=written.at)
        if expr.escape == "\\":
            raise BindError("A backslash cannot be the ESCAPE character.", hint="Take another one, e.g. ESCAPE '!'.", position=expr.at)
        return Like(BOOLEAN, operand, pattern, expr.escape, expr.negated)

    @_bind.register
    def _case(self, expr: tree.Case) -> TypedExpr:
        if expr.operand is not None:
            raise BindError(
                "CASE with an operand is not supported: " + show(expr),
                hint=f"Write CASE WHEN {show(expr.operand)} = ... THEN ... END.",
                position=expr.at,
            )
        whens = [(self._when(w.condition), self.bind(w.result)) for w in expr.whens]
        default = self.bind(expr.default) if expr.default is not None else None
        kind: SqlType | None = None
        for _, result in whens:
            if result.type is not None and kind is not None and result.type != kind:
                raise BindError(
                    "Invalid Case expression. Type for all 'THEN' clauses should be the same."
                    f"\nTHEN expression types: {', '.join(str(r.type) for _, r in whens)}.",
                    position=expr.at,
                )
            kind = kind or result.type
        if default is not None and default.type is not None and kind is not None and default.type != kind:
            raise BindError(
                "Invalid Case expression. Type for the default clause should be the same as for 'THEN' clauses."
                f"\nTHEN type: {kind}.\nDEFAULT type: {default.type}.",
                hint="CAST the branches to one type.",
                position=expr.at,
            )
        kind = kind or (default.type if default is not None else None)
        if kind is None:
            raise BindError("Invalid Case expression. All case branches have NULL type", position=expr.at)
        return Case(kind, tuple((c, cast_to(r, kind)) for c, r in whens), cast_to(default, kind) if default is not None else None)

    def _when(self, written: tree.Expr) -> TypedExpr:
        typed = self.bind(written)
        if typed.type != BOOLEAN:
            raise BindError(
                f"WHEN operand type should be boolean.\nType for '{show(written)}' is {typed.type or 'NULL'}", position=written.at
            )
        return typed

    @_bind.register
    def _cast(self, expr: tree.Cast) -> TypedExpr:
        operand, kind = self.bind(expr.operand), resolve_type(expr.type, self.types)
        if operand.type is None:
            return Literal(kind, None)
        if not can_cast(operand.type, kind):
            raise BindError(f"Cast of {operand.type} to {kind} is not supported", position=expr.at)
        return operand if operand.type == kind else Cast(kind, operand)

    @_bind.register
    def _call(self, expr: tree.Call) -> TypedExpr:
        return calls.bind_call(self, expr)

    @_bind.register
    def _array(self, expr: tree.MakeArray) -> TypedExpr:
        if not expr.items:
            raise BindError("Array constructor cannot be empty. Please supply at least one element.", position=expr.at)
        kind, items = coerce_list([self.bind(i) for i in expr.items], expr.items)
        if kind is None:
            raise BindError(
                "Cannot construct an array with all NULL elements.",
                hint="As a workaround, you may cast a NULL value to the desired type.",
                position=expr.at,
            )
        return MakeArray(array(kind), tuple(items))

    @_bind.register
    def _map(self, expr: tree.MakeMap) -> TypedExpr:
        if not expr.entries:
            raise BindError("Map constructor cannot be empty. Please supply at least one key value pair.", position=expr.at)
        for index, (key, _) in enumerate(expr.entries):
            if any(key == earlier for earlier, _ in expr.entries[:index]):
                raise BindError(f"Multiple entries with same key: {show(key)}", position=key.at or expr.at)
        key_kind, keys = coerce_list([self.bind(k) for k, _ in expr.entries], [k for k, _ in expr.entries])
        value_kind, values = coerce_list([self.bind(v) for _, v in expr.entries], [v for _, v in expr.entries])
        if key_kind is None or value_kind is None:
            raise BindError(
                f"Cannot construct a map with all NULL {'keys' if key_kind is None else 'values'}.",
                hint="As a workaround, you may cast a NULL value to the desired type.",
                position=expr.at,
            )
        return MakeMap(map_of(key_kind, value_kind), tuple(zip(keys, values, strict=True)))

    @_bind.register
    def _struct(self, expr: tree.MakeStruct) -> TypedExpr:
        fields: list[tuple[str, TypedExpr]] = []
        for name, written in expr.fields:
            typed = self.bind(written)
            if typed.type is None:
                raise BindError(
                    f"The field {name} of the STRUCT is NULL and has no type.",
                    hint="CAST it, e.g. CAST(null AS VARCHAR).",
                    position=expr.at,
                )
            if any(n == name for n, _ in fields):
                raise BindError(
                    f"Duplicate field names found in STRUCT: '`{name}` {dict(fields)[name].type}' and '`{name}` {typed.type}'",
                    position=expr.at,
                )
            fields.append((name, typed))
        kind = struct((n, t.type) for n, t in fields if t.type is not None)
        return MakeStruct(kind, tuple(fields))
