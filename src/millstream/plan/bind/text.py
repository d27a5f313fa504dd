"""Expressions as error messages show them: ksqlDB's own spelling, names bare, operators in parentheses.

This is for people, not for the parser: ``sql.printer`` prints SQL that parses again.
"""

from __future__ import annotations

from functools import singledispatch

from millstream.sql import tree


def show(expr: tree.Expr) -> str:
    """``(A + 1)``, ``COUNT(*)``, ``T.ID``."""
    return _show(expr)


@singledispatch
def _show(expr: tree.Expr) -> str:
    return type(expr).__name__


@_show.register
def _(_: tree.Null) -> str:
    return "null"


@_show.register
def _(expr: tree.Bool) -> str:
    return str(expr.value).lower()


@_show.register(tree.Integer)
@_show.register(tree.DecimalNumber)
def _number(expr: tree.Integer | tree.DecimalNumber) -> str:
    return f"{expr.value:f}" if isinstance(expr, tree.DecimalNumber) else str(expr.value)


@_show.register
def _(expr: tree.Double) -> str:
    return repr(expr.value).replace("e+", "E").replace("e", "E")


@_show.register
def _(expr: tree.String) -> str:
    return "'" + expr.value.replace("'", "''") + "'"


@_show.register
def _(expr: tree.Name) -> str:
    return f"{expr.source}.{expr.name}" if expr.source else expr.name


@_show.register
def _(expr: tree.Deref) -> str:
    return f"{show(expr.base)}->{expr.field}"


@_show.register
def _(expr: tree.Subscript) -> str:
    return f"{show(expr.base)}[{show(expr.index)}]"


@_show.register
def _(expr: tree.Unary) -> str:
    return f"(NOT {show(expr.operand)})" if expr.op == "NOT" else f"{expr.op}{show(expr.operand)}"


@_show.register
def _(expr: tree.Binary) -> str:
    return f"({show(expr.left)} {expr.op} {show(expr.right)})"


@_show.register
def _(expr: tree.Chain) -> str:
    rest = "".join(f" {op} {show(operand)}" for op, operand in zip(expr.ops, expr.operands[1:], strict=True))
    return f"({show(expr.operands[0])}{rest})"


@_show.register
def _(expr: tree.IsNull) -> str:
    return f"({show(expr.operand)} IS {'NOT ' if expr.negated else ''}NULL)"


@_show.register
def _(expr: tree.Between) -> str:
    return f"({show(expr.operand)} {'NOT ' if expr.negated else ''}BETWEEN {show(expr.low)} AND {show(expr.high)})"


@_show.register
def _(expr: tree.InList) -> str:
    return f"({show(expr.operand)} {'NOT ' if expr.negated else ''}IN ({', '.join(map(show, expr.items))}))"


@_show.register
def _(expr: tree.Like) -> str:
    escape = f" ESCAPE '{expr.escape}'" if expr.escape else ""
    return f"({show(expr.operand)} {'NOT ' if expr.negated else ''}LIKE {show(expr.pattern)}{escape})"


@_show.register
def _(expr: tree.Case) -> str:
    operand = f" {show(expr.operand)}" if expr.operand else ""
    whens = "".join(f" WHEN {show(w.condition)} THEN {show(w.result)}" for w in expr.whens)
    default = f" ELSE {show(expr.default)}" if expr.default else ""
    return f"(CASE{operand}{whens}{default} END)"


@_show.register
def _(expr: tree.Cast) -> str:
    return f"CAST({show(expr.operand)} AS {show_type(expr.type)})"


@_show.register
def _(expr: tree.Call) -> str:
    return f"{expr.name}({'*' if expr.star else ', '.join(map(show, expr.args))})"


@_show.register
def _(expr: tree.Lambda) -> str:
    params = expr.params[0] if len(expr.params) == 1 else f"({', '.join(expr.params)})"
    return f"{params} => {show(expr.body)}"


@_show.register
def _(expr: tree.IntervalUnit) -> str:
    return expr.unit


@_show.register
def _(expr: tree.MakeArray) -> str:
    return f"ARRAY[{', '.join(map(show, expr.items))}]"


@_show.register
def _(expr: tree.MakeMap) -> str:
    return f"MAP({', '.join(f'{show(k)}:={show(v)}' for k, v in expr.entries)})"


@_show.register
def _(expr: tree.MakeStruct) -> str:
    return f"STRUCT({', '.join(f'{n}:={show(v)}' for n, v in expr.fields)})"


def show_type(kind: tree.TypeName) -> str:
    """A type as it was written."""
    if kind.type is not None:
        return str(kind.type)
    if kind.custom is not None:
        return kind.custom
    if kind.array_of is not None:
        return f"ARRAY<{show_type(kind.array_of)}>"
    if kind.map_of is not None:
        return f"MAP<{show_type(kind.map_of[0])}, {show_type(kind.map_of[1])}>"
    return f"STRUCT<{', '.join(f'{n} {show_type(t)}' for n, t in kind.fields or ())}>"
