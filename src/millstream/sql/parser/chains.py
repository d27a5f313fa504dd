"""``a OR b OR c ...``, ``a + b - c ...``: runs of operators of one precedence as trees. Short runs lean to the left, as they are read.

Long ones, which programs write, must not be as deep as they are long: everything that walks trees recurses. AND, OR and ``||`` do not
care how they are grouped (the order of evaluation stays), so a long run of them is a balanced tree; arithmetic does, so it is a ``Chain``.
"""

from __future__ import annotations

from collections.abc import Callable

from millstream.sql.parser.cursor import Cursor
from millstream.sql.tree import Binary, Call, Chain, Expr

#: Operands of a run that still leans to the left, and of the longest there may be.
SHORT, LONGEST = 16, 10_000
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "%": 2}


def unfolded(first: Expr, op: str) -> tuple[list[Expr], list[str]]:
    """Operands and operators of what stands left of ``op``: a run of the same precedence in brackets goes on without them."""
    operands: list[Expr] = []
    ops: list[str] = []
    while isinstance(first, Binary) and _same(first.op, op):
        operands.append(first.right)
        ops.append(first.op)
        first = first.left
    if isinstance(first, Chain) and _same(first.ops[0], op):
        return [*first.operands, *reversed(operands)], [*first.ops, *reversed(ops)]
    return [first, *reversed(operands)], list(reversed(ops))


def _same(left: str, right: str) -> bool:
    return left == right or (left in _PRECEDENCE and _PRECEDENCE[left] == _PRECEDENCE.get(right))


def logic(c: Cursor, op: str, operands: list[Expr]) -> Expr:
    return _grouped(c, operands, lambda left, right: Binary(op, left, right, at=left.at))


def concatenation(c: Cursor, operands: list[Expr]) -> Expr:
    return _grouped(c, operands, lambda left, right: Call("CONCAT", (left, right), at=left.at))


def arithmetic(c: Cursor, operands: list[Expr], ops: list[str]) -> Expr:
    _check(c, operands)
    if len(operands) > SHORT:
        return Chain(tuple(operands), tuple(ops), at=operands[0].at)
    left = operands[0]
    for op, right in zip(ops, operands[1:], strict=True):
        left = Binary(op, left, right, at=left.at)
    return left


def _grouped(c: Cursor, operands: list[Expr], join: Callable[[Expr, Expr], Expr]) -> Expr:
    _check(c, operands)
    if len(operands) > SHORT:
        return _balanced(operands, join)
    left = operands[0]
    for right in operands[1:]:
        left = join(left, right)
    return left


def _balanced(operands: list[Expr], join: Callable[[Expr, Expr], Expr]) -> Expr:
    if len(operands) == 1:
        return operands[0]
    middle = len(operands) // 2
    return join(_balanced(operands[:middle], join), _balanced(operands[middle:], join))


def _check(c: Cursor, operands: list[Expr]) -> None:
    if len(operands) > LONGEST:
        at = operands[LONGEST].at
        c.refuse(f"This has more than {LONGEST} operands in a row.", "Use IN (...) instead of many ORs, or split the statement in two", at)
