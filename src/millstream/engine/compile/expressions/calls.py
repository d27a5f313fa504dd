"""Function calls, lambdas and casts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millstream.engine.compile.expressions.code import Code
from millstream.engine.values.casts import cast_source, caster
from millstream.errors import ExecutionError
from millstream.functions import Overload, ScalarFunction, TableFunction
from millstream.plan import expr as x

if TYPE_CHECKING:
    from millstream.engine.compile.expressions.compiler import Expressions


def overload_of(to: Expressions, expr: x.Call) -> Overload:
    """The overload that a call was bound to."""
    function = to.functions.find(expr.name)
    if not isinstance(function, ScalarFunction | TableFunction):
        raise ExecutionError(f"Function {expr.name} is not known here.", hint="The plan was made with other functions.")
    return function.overloads[expr.overload]


def call(to: Expressions, expr: x.Call) -> Code:
    overload = overload_of(to, expr)
    args = [to.compile(a) for a in expr.args]
    impl = overload.impl
    if overload.typed:
        impl = impl([a.type for a in expr.args], expr.type)
    safe = None if overload.inline is not None else to.safe(expr, impl, args)
    function = to.source.bind("f", safe or impl)
    raises = safe is None
    if not overload.strict:
        return Code(f"{function}({', '.join(a.src for a in args)})", raises=raises)
    tests, names = [], []
    for arg in args:
        if arg.nullable or overload.inline is not None:
            test, name = to.named(arg)
            names.append(name)
            if arg.nullable or not arg.atom:
                tests.append(f"{test} is None")
        else:
            names.append(arg.src)
    if overload.inline is not None:
        # A template cannot fail, its arguments can.
        inner, raises = "(" + overload.inline.format(*names) + ")", any(a.raises for a in args)
    else:
        inner = f"{function}({', '.join(names)})"
    if not tests:
        return Code(inner, raises=raises)
    return Code(f"(None if {' or '.join(tests)} else {inner})", raises=raises)


def lambda_expr(to: Expressions, expr: x.LambdaExpr) -> Code:
    names = {name: Code(to.source.fresh("v"), atom=True) for name, _ in expr.params}
    body = to.with_params(names).compile(expr.body)
    return Code(f"(lambda {', '.join(c.src for c in names.values())}: {body.src})", nullable=False)


def cast(to: Expressions, expr: x.Cast) -> Code:
    inner = to.compile(expr.operand)
    source = expr.operand.type
    if source is None or expr.type is None:
        return inner
    template = cast_source(source, expr.type)
    function = None if template is not None else caster(source, expr.type)
    if template == "{0}" or (template is None and function is None):
        return inner
    test, name = to.named(inner)
    safe = to.safe(expr, function, [inner]) if function is not None else None
    converted = template.format(name) if template is not None else f"{to.source.bind('f', safe or function)}({name})"
    raises = inner.raises or (template is None and safe is None)
    if not inner.nullable:
        # What is evaluated here goes in where the template needs it once; a name needs its assignment first.
        converted = converted.replace(name, test, 1) if not inner.atom else converted
        return Code(converted, nullable=template is None, raises=raises)
    return Code(f"({converted} if {test} is not None else None)", raises=raises)
