"""+ - * / % and negation: inlined where the type's operator has a source template, else a call.

NULL operands need no test: Python's TypeError is the failure that ksqlDB's NullPointerException is. ``+`` on STRINGs writes NULL as
``null`` instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from millstream.engine.compile.expressions.code import Code
from millstream.engine.values.arithmetic import negation, operator, source
from millstream.errors import ExecutionError
from millstream.plan import expr as x
from millstream.types import Base

if TYPE_CHECKING:
    from millstream.engine.compile.expressions.compiler import Expressions


def binary(to: Expressions, expr: x.Arithmetic) -> Code:
    left, right = to.compile(expr.left), to.compile(expr.right)
    left_type, right_type = expr.left.type, expr.right.type
    if left_type is None or right_type is None:
        raise ExecutionError(f"The operands of {expr.op} have no type.", hint="The plan was not made by the binder.")
    if left_type.base is Base.STRING:
        return Code(f"({_text(to, left)} + {_text(to, right)})", nullable=False, raises=left.raises or right.raises)
    template = source(expr.op, left_type, right_type)
    if template is None:
        function = to.source.bind("f", operator(expr.op, left_type, right_type))
        return Code(f"{function}({left.src}, {right.src})", nullable=False, raises=True)
    if template.count("{0}") == 1 and template.count("{1}") == 1:
        return Code(template.format(left.src, right.src, t=to.source.fresh("t")), nullable=False, raises=True)
    # A template that reads an operand twice wants names; they are made first, in order.
    return _named_operands(to, template, left, right)


def chain(to: Expressions, expr: x.Chain) -> Code:
    """The steps one after the other in one name; the last one's value is that of a tuple of them."""
    first = to.compile(expr.first)
    name = to.source.fresh("t")
    parts, raises = [f"({name} := {first.src})"], first.raises
    so_far = Code(name, nullable=first.nullable, atom=True)
    for step in expr.steps:
        code = to.going_on(so_far, step)
        parts.append(f"({name} := {code.src})")
        so_far = Code(name, nullable=code.nullable, atom=True)
        raises = raises or code.raises
    return Code(f"({', '.join(parts)})[-1]", nullable=so_far.nullable, raises=raises)


def _named_operands(to: Expressions, template: str, left: Code, right: Code) -> Code:
    tests, names = [], []
    for code in (left, right):
        test, name = to.named(code)
        names.append(name)
        if not code.atom:
            tests.append(f"{test} is None")
    inner = template.format(*names, t=to.source.fresh("t"))
    # An operand that is NULL is tested where it gets its name.
    fail = to.source.bind("f", null_operand)
    src = f"({fail}() if {' or '.join(tests)} else {inner})" if tests else inner
    return Code(src, nullable=False, raises=True)


def null_operand() -> None:
    """Called by generated code where an operand is NULL."""
    raise TypeError("an operand is NULL")


def negate(to: Expressions, expr: x.Negate) -> Code:
    inner = to.compile(expr.operand)
    if expr.operand.type is None:
        raise ExecutionError("The operand of - has no type.", hint="The plan was not made by the binder.")
    if expr.operand.type.base is Base.DOUBLE:
        return Code(f"(-{inner.src})", nullable=False, raises=True)
    return Code(f"{to.source.bind('f', negation(expr.operand.type))}({inner.src})", nullable=False, raises=True)


def _text(to: Expressions, code: Code) -> str:
    if not code.nullable:
        return code.src
    test, name = to.named(code)
    return f"({name} if {test} is not None else 'null')"
