"""Expressions as SQL, with brackets only where the tree needs them. One small writer a node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millstream.sql.printer.names import text
from millstream.sql.printer.types import type_name
from millstream.sql.tree import (
    Between,
    Binary,
    Bool,
    Call,
    Case,
    Cast,
    Chain,
    DecimalNumber,
    Deref,
    Double,
    Expr,
    InList,
    Integer,
    IntervalUnit,
    IsNull,
    Lambda,
    Like,
    MakeArray,
    MakeMap,
    MakeStruct,
    Name,
    Null,
    String,
    Subscript,
    Unary,
)
from millstream.sql.words import write_name

#: How tightly things bind. An operand that binds less than its place asks for is put in brackets.
OR, AND, NOT, PREDICATE, VALUE, SUM, PRODUCT, SIGN, POSTFIX, ATOM = range(1, 11)

_LEVELS = {"OR": OR, "AND": AND, "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "%": PRODUCT}


def expression(node: Expr, level: int = OR) -> str:
    """The expression for a place that takes ``level`` or tighter."""
    own, write = _WRITERS[type(node)]
    if isinstance(node, Binary):
        own = _LEVELS.get(node.op, PREDICATE)
    elif isinstance(node, Chain):
        own = _LEVELS[node.ops[0]]
    elif isinstance(node, Unary) and node.op == "NOT":
        own = NOT
    written = write(node)
    return f"({written})" if own < level else written


def listed(nodes: tuple[Expr, ...]) -> str:
    return ", ".join(map(expression, nodes))


def _decimal(node: DecimalNumber) -> str:
    written = f"{node.value:f}"
    return written if "." in written else written + "."


def _double(node: Double) -> str:
    written = repr(node.value).upper()
    return written if "E" in written else written + "E0"


def _name(node: Name) -> str:
    return f"{write_name(node.source)}.{write_name(node.name)}" if node.source is not None else write_name(node.name)


def _base(node: Expr) -> str:
    """What stands before ``[`` or ``->``. A column called ARRAY would read as the constructor."""
    return "`ARRAY`" if node == Name("ARRAY") else expression(node, POSTFIX)


def _binary(node: Binary) -> str:
    level = _LEVELS.get(node.op, PREDICATE)
    left, right = (VALUE, VALUE) if level == PREDICATE else (level, level + 1)
    return f"{expression(node.left, left)} {node.op} {expression(node.right, right)}"


def _chain(node: Chain) -> str:
    level = _LEVELS[node.ops[0]] + 1
    rest = "".join(f" {op} {expression(operand, level)}" for op, operand in zip(node.ops, node.operands[1:], strict=True))
    return expression(node.operands[0], level) + rest


def _unary(node: Unary) -> str:
    if node.op == "NOT":
        return f"NOT {expression(node.operand, NOT)}"
    operand = expression(node.operand, SIGN)
    return f"{node.op} {operand}" if operand[0] in "+-" else node.op + operand


def _not(negated: bool) -> str:
    return "NOT " if negated else ""


def _between(node: Between) -> str:
    low, high = expression(node.low, VALUE), expression(node.high, VALUE)
    return f"{expression(node.operand, VALUE)} {_not(node.negated)}BETWEEN {low} AND {high}"


def _in(node: InList) -> str:
    return f"{expression(node.operand, VALUE)} {_not(node.negated)}IN ({listed(node.items)})"


def _like(node: Like) -> str:
    escape = "" if node.escape is None else f" ESCAPE {text(node.escape)}"
    return f"{expression(node.operand, VALUE)} {_not(node.negated)}LIKE {expression(node.pattern, VALUE)}{escape}"


def _case(node: Case) -> str:
    operand = "" if node.operand is None else " " + expression(node.operand, VALUE)
    whens = "".join(f" WHEN {expression(w.condition)} THEN {expression(w.result)}" for w in node.whens)
    default = "" if node.default is None else f" ELSE {expression(node.default)}"
    return f"CASE{operand}{whens}{default} END"


def _call(node: Call) -> str:
    constructor = node.name in ("MAP", "STRUCT") and not node.args and not node.star
    name = f"`{node.name}`" if constructor else write_name(node.name)
    return f"{name}({'*' if node.star else listed(node.args)})"


def _lambda(node: Lambda) -> str:
    params = ", ".join(map(write_name, node.params))
    return f"({params}) => {expression(node.body)}" if len(node.params) != 1 else f"{params} => {expression(node.body)}"


def _map(node: MakeMap) -> str:
    return "MAP(" + ", ".join(f"{expression(k)} := {expression(v)}" for k, v in node.entries) + ")"


def _struct(node: MakeStruct) -> str:
    return "STRUCT(" + ", ".join(f"{write_name(n)} := {expression(v)}" for n, v in node.fields) + ")"


_WRITERS: dict[type[Expr], tuple[int, Callable[[Any], str]]] = {
    Null: (ATOM, lambda _: "NULL"),
    Bool: (ATOM, lambda n: "TRUE" if n.value else "FALSE"),
    Integer: (ATOM, lambda n: str(n.value)),
    DecimalNumber: (ATOM, _decimal),
    Double: (ATOM, _double),
    String: (ATOM, lambda n: text(n.value)),
    Name: (ATOM, _name),
    Deref: (POSTFIX, lambda n: f"{_base(n.base)}->{write_name(n.field)}"),
    Subscript: (POSTFIX, lambda n: f"{_base(n.base)}[{expression(n.index, VALUE)}]"),
    Unary: (SIGN, _unary),
    Binary: (PREDICATE, _binary),
    Chain: (SUM, _chain),
    IsNull: (PREDICATE, lambda n: f"{expression(n.operand, VALUE)} IS {_not(n.negated)}NULL"),
    Between: (PREDICATE, _between),
    InList: (PREDICATE, _in),
    Like: (PREDICATE, _like),
    Case: (ATOM, _case),
    Cast: (ATOM, lambda n: f"CAST({expression(n.operand)} AS {type_name(n.type)})"),
    Call: (ATOM, _call),
    Lambda: (OR, _lambda),
    IntervalUnit: (ATOM, lambda n: n.unit),
    MakeArray: (ATOM, lambda n: f"ARRAY[{listed(n.items)}]"),
    MakeMap: (ATOM, _map),
    MakeStruct: (ATOM, _struct),
}
