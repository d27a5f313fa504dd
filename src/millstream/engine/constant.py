"""The value of one expression that reads no column, computed as a query would: for INSERT INTO ... VALUES.

What may not live here: anything that reads rows.
"""

from __future__ import annotations

from typing import Any

from millstream.engine.compile.expressions.compiler import Expressions
from millstream.engine.compile.source import Source
from millstream.errors import BindError, MillstreamError
from millstream.functions import FunctionRegistry
from millstream.plan.expr import TypedExpr


def evaluate(functions: FunctionRegistry, expr: TypedExpr) -> Any:
    """The Python value. Raises BindError when it, or a call inside it, fails: nothing becomes NULL unseen."""
    source = Source()
    code = Expressions(source, functions, {}, fails_whole=True).compile(expr)
    with source.block("def value():"):
        source.line(f"return {code.src}")
    exec(compile(source.text, "<constant>", "exec"), source.namespace)
    try:
        return source.namespace["value"]()
    except MillstreamError as error:
        raise BindError(error.message, hint=error.hint) from error
    except Exception as error:
        raise BindError(f"The value cannot be computed: {error}") from error
