"""Dispatch: one function a kind of node. Columns are looked up in the scope, constants go through the namespace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from millstream.engine.compile.expressions import arithmetic, calls, logic, structure
from millstream.engine.compile.expressions.code import NULL, Code
from millstream.engine.compile.source import Source
from millstream.functions import FunctionRegistry
from millstream.plan import expr as x


class Expressions:
    """Compiles expressions over one scope: column name -> the code that holds its value (always an atom)."""

    def __init__(self, source: Source, functions: FunctionRegistry, scope: Mapping[str, Code]) -> None:
        self.source = source
        self.functions = functions
        self._scope = dict(scope)

    def compile(self, expr: x.TypedExpr) -> Code:
        """The code of an expression."""
        return _COMPILERS[type(expr)](self, expr)

    def truth(self, expr: x.TypedExpr) -> Code:
        """A condition as a Python bool; one that is NULL fails, as unboxing it does in ksqlDB."""
        code = self.compile(expr)
        if not code.nullable:
            return code
        test, name = self.named(code)
        fail = self.source.bind("f", null_condition)
        return Code(f"({name} if {test} is not None else {fail}())", nullable=False, raises=True)

    def named(self, code: Code) -> tuple[str, str]:
        """(source that evaluates and names it, the name for later uses)."""
        if code.atom:
            return code.src, code.src
        name = self.source.fresh("t")
        return f"({name} := {code.src})", name

    def with_params(self, params: Mapping[str, Code]) -> Expressions:
        """The same scope with lambda parameters on top."""
        return Expressions(self.source, self.functions, {**self._scope, **{f"\0{n}": c for n, c in params.items()}})

    def column(self, expr: x.ColumnRef) -> Code:
        return self._scope[expr.name]

    def lambda_var(self, expr: x.LambdaVar) -> Code:
        return self._scope[f"\0{expr.name}"]

    def literal(self, expr: x.Literal) -> Code:
        if expr.value is None:
            return NULL
        return Code(self.source.constant(expr.value), nullable=False, atom=True)


def null_condition() -> None:
    """Called by generated code where a condition is NULL."""
    raise TypeError("a condition is NULL")


_COMPILERS: dict[type, Callable[[Expressions, Any], Code]] = {
    x.ColumnRef: Expressions.column,
    x.LambdaVar: Expressions.lambda_var,
    x.Literal: Expressions.literal,
    x.Arithmetic: arithmetic.binary,
    x.Negate: arithmetic.negate,
    x.Compare: logic.compare,
    x.Logical: logic.logical,
    x.Not: logic.negation,
    x.IsNull: logic.is_null,
    x.InList: logic.in_list,
    x.Between: logic.between,
    x.Like: logic.like,
    x.Case: logic.case,
    x.FieldOf: structure.field_of,
    x.ElementOf: structure.element_of,
    x.MakeArray: structure.make_array,
    x.MakeMap: structure.make_map,
    x.MakeStruct: structure.make_struct,
    x.Call: calls.call,
    x.LambdaExpr: calls.lambda_expr,
    x.Cast: calls.cast,
}
