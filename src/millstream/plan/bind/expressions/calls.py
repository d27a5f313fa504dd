"""Function calls: arguments typed, the overload found, arguments cast, lambdas bound to the types the overload gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from millstream.errors import BindError
from millstream.functions import AggregateFunction, AggregateOverload, ArgType, FunctionRegistry, LambdaArg, Resolved, TableFunction
from millstream.plan.bind.expressions.coerce import cast_to
from millstream.plan.bind.expressions.literals import literal
from millstream.plan.bind.text import show
from millstream.plan.expr import Call, LambdaExpr, Literal, TypedExpr
from millstream.plan.nodes import AggregateCall
from millstream.sql import tree
from millstream.types import STRING, Column, SqlType

if TYPE_CHECKING:
    from millstream.plan.bind.expressions.binder import ExpressionBinder


def is_aggregate(functions: FunctionRegistry, name: str) -> bool:
    return isinstance(functions.find(name), AggregateFunction)


def is_table_function(functions: FunctionRegistry, name: str) -> bool:
    return isinstance(functions.find(name), TableFunction)


def bind_call(binder: ExpressionBinder, expr: tree.Call) -> TypedExpr:
    """A scalar call. Aggregates and table functions are refused here: where they are allowed, their binders take them first."""
    found = binder.functions.find(expr.name)
    if isinstance(found, AggregateFunction | TableFunction):
        kind = "aggregate" if isinstance(found, AggregateFunction) else "table"
        raise BindError(
            f"Can't find any functions with the name '{expr.name}' that can be used here.",
            hint=f"{expr.name} is an {kind} function: it may only stand in the SELECT list"
            + (" or HAVING of a query with GROUP BY." if kind == "aggregate" else "."),
            position=expr.at,
        )
    resolved, args = resolve(binder, expr)
    return Call(resolved.returns, expr.name, _index(binder.functions, expr.name, resolved), tuple(args))


def bind_table_call(binder: ExpressionBinder, expr: tree.Call) -> Call:
    """A call of a table function; its type is the type of one element."""
    for written in expr.args:
        if isinstance(written, tree.Null):
            raise BindError(
                f"{expr.name} cannot tell its type from NULL.",
                hint="Cast it, e.g. CAST(NULL AS ARRAY<INT>).",
                position=written.at or expr.at,
            )
    resolved, args = resolve(binder, expr)
    return Call(resolved.returns, expr.name, _index(binder.functions, expr.name, resolved), tuple(args))


def bind_aggregate(binder: ExpressionBinder, expr: tree.Call, name: str, *, over_table: bool) -> AggregateCall:
    """A call of an aggregate function as a plan's aggregate named ``name``."""
    if expr.name == "COUNT" and not expr.args:
        expr = tree.Call("COUNT", (tree.Integer(1),), at=expr.at)
    resolved, args = resolve(binder, expr)
    overload = resolved.overload
    assert isinstance(overload, AggregateOverload)
    count = len(args) - len(overload.constants)
    for position, (arg, written) in enumerate(zip(args[count:], expr.args[count:], strict=True), start=count + 1):
        if not isinstance(arg, Literal):
            raise BindError(
                f"Parameter {position} passed to function {expr.name} must be a literal constant, but was expression: '{show(written)}'",
                position=written.at,
            )
        if arg.value is None:
            raise BindError(f"Parameter {position} passed to function {expr.name} must not be NULL.", position=written.at)
    for position, arg in enumerate(args[:count], start=1):
        if arg.type is None:
            raise BindError(
                f"Parameter {position} passed to function {expr.name} is NULL and has no type.",
                hint="CAST it, e.g. CAST(NULL AS INT).",
                position=expr.at,
            )
    if over_table and not overload.undo:
        raise BindError(
            f"The aggregation function {expr.name} cannot be applied to a table source, only to a stream source.",
            hint="It cannot take back the old row when a row of the table changes.",
            position=expr.at,
        )
    constants = tuple(a.value for a in args[count:] if isinstance(a, Literal))
    _check_constants(overload, args[:count], constants, expr)
    index = _index(binder.functions, expr.name, resolved)
    return AggregateCall(Column(name, resolved.returns), expr.name, index, tuple(args[:count]), constants)


def _check_constants(overload: AggregateOverload, args: Sequence[TypedExpr], constants: tuple[object, ...], expr: tree.Call) -> None:
    """The function itself knows which constants it takes: what it says now is not said when the query starts."""
    try:
        overload.make([a.type for a in args if a.type is not None], constants, {})
    except BindError as error:
        error.position = error.position or expr.at
        raise


def resolve(binder: ExpressionBinder, expr: tree.Call) -> tuple[Resolved, list[TypedExpr]]:
    """The overload of a call and its arguments, cast to what it takes."""
    plain = [_plain(binder, a) for a in expr.args]
    kinds: list[ArgType] = [_kind(binder, a, t) for a, t in zip(expr.args, plain, strict=True)]
    values = [found.value if (found := literal(a)) else None for a in expr.args]
    try:
        resolved = binder.functions.resolve(expr.name, kinds, values)
    except BindError as error:
        if error.position is None:
            error.position = expr.at
        raise
    return resolved, _cast_args(binder, expr.args, plain, resolved)


def _plain(binder: ExpressionBinder, arg: tree.Expr) -> TypedExpr | None:
    if isinstance(arg, tree.Lambda):
        return None
    if isinstance(arg, tree.IntervalUnit):
        unit = arg.unit.upper()
        return Literal(STRING, unit if unit.endswith("S") else unit + "S")
    return binder.bind(arg)


def _kind(binder: ExpressionBinder, arg: tree.Expr, typed: TypedExpr | None) -> ArgType:
    if isinstance(arg, tree.IntervalUnit):
        return "INTERVALUNIT"
    if isinstance(arg, tree.Lambda):
        return LambdaArg(len(arg.params), lambda types, a=arg: _body_type(binder, a, types))  # type: ignore[misc]
    assert typed is not None
    return typed.type


def _body_type(binder: ExpressionBinder, arg: tree.Lambda, types: Sequence[SqlType]) -> SqlType:
    body = bind_lambda(binder, arg, types).body
    if body.type is None:
        raise BindError(
            "Can't infer the type of a lambda whose body is NULL.", hint="CAST the NULL, e.g. CAST(null AS VARCHAR).", position=arg.at
        )
    return body.type


def bind_lambda(binder: ExpressionBinder, arg: tree.Lambda, types: Sequence[SqlType]) -> LambdaExpr:
    """A lambda whose parameters have these types."""
    body = binder.inside(dict(zip(arg.params, types, strict=True))).bind(arg.body)
    return LambdaExpr(body.type, tuple(zip(arg.params, types, strict=True)), body)


def _cast_args(
    binder: ExpressionBinder, written: Sequence[tree.Expr], plain: Sequence[TypedExpr | None], resolved: Resolved
) -> list[TypedExpr]:
    args: list[TypedExpr] = []
    for index, (source, typed) in enumerate(zip(written, plain, strict=True)):
        if isinstance(source, tree.Lambda):
            args.append(bind_lambda(binder, source, resolved.lambda_types[index]))
            continue
        assert typed is not None
        wanted = resolved.arg_types[index] if index < len(resolved.arg_types) else None
        args.append(typed if wanted is None or isinstance(source, tree.IntervalUnit) else cast_to(typed, wanted))
    return args


def _index(functions: FunctionRegistry, name: str, resolved: Resolved) -> int:
    found = functions.find(name)
    assert found is not None
    return next(i for i, o in enumerate(found.overloads) if o is resolved.overload)
