"""Dispatch: one function a kind of node. Columns are looked up in the scope, constants go through the namespace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from millstream.engine.compile.expressions import arithmetic, calls, logic, structure
from millstream.engine.compile.expressions.code import NULL, Code
from millstream.engine.compile.expressions.failing import Report, attempt, never_failing, unreported
from millstream.engine.compile.source import Source
from millstream.functions import FunctionRegistry
from millstream.plan import expr as x


class Expressions:
    """Compiles expressions over one scope: column name -> the code that holds its value (always an atom).

    ``report`` makes what takes the failures of calls and casts inside an expression (None: nobody is told). ``fails_whole``: they fail the
    whole expression instead, as in a lambda. A failure of the whole expression is left to the code around it.
    """

    def __init__(
        self,
        source: Source,
        functions: FunctionRegistry,
        scope: Mapping[str, Code],
        report: Callable[[str], Report] | None = None,
        fails_whole: bool = False,
    ) -> None:
        self.source = source
        self.functions = functions
        self._scope = dict(scope)
        self._report = report or (lambda _what: unreported)
        self._fails_whole = fails_whole
        self._depth = 0
        self._so_far = NULL

    def compile(self, expr: x.TypedExpr) -> Code:
        """The code of an expression."""
        self._depth += 1
        code = _COMPILERS[type(expr)](self, expr)
        self._depth -= 1
        if self._depth and isinstance(expr, x.Call | x.Cast) and self.catches(expr):
            return self.caught(code, name_of(expr))
        return code

    def uncaught(self, expr: x.TypedExpr) -> Code:
        """The code of an expression in which no call catches its failure."""
        before, self._fails_whole = self._fails_whole, True
        code = self.compile(expr)
        self._fails_whole = before
        return code

    def catches(self, expr: x.Call | x.Cast) -> bool:
        """Whether a failure of this call or cast is NULL for it alone. In a lambda it fails the call that the lambda belongs to."""
        return not self._fails_whole and (isinstance(expr, x.Call) or expr.explicit)

    def safe(self, expr: x.Call | x.Cast, impl: Callable[..., Any], args: Sequence[Code]) -> Callable[..., Any] | None:
        """``impl`` as a function that gives NULL where it fails; None where that is not enough, or not wanted."""
        if self._depth < 2 or not self.catches(expr) or any(a.raises for a in args):
            return None
        return never_failing(impl, self._report(name_of(expr)))

    def caught(self, code: Code, what: str) -> Code:
        """``code``, NULL and reported where it fails."""
        if not code.raises or self._fails_whole:
            return code
        guard = self.source.bind("f", attempt)
        return Code(f"{guard}(lambda: {code.src}, {self.source.bind('e', self._report(what))})")

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
        scope = {**self._scope, **{f"\0{n}": c for n, c in params.items()}}
        return Expressions(self.source, self.functions, scope, self._report, fails_whole=True)

    def going_on(self, so_far: Code, step: x.TypedExpr) -> Code:
        """The code of a chain's step, behind those that ``so_far`` holds."""
        before, self._so_far = self._so_far, so_far
        code = self.compile(step)
        self._so_far = before
        return code

    def so_far(self, _: x.SoFar) -> Code:
        return self._so_far

    def column(self, expr: x.ColumnRef) -> Code:
        return self._scope[expr.name]

    def lambda_var(self, expr: x.LambdaVar) -> Code:
        return self._scope[f"\0{expr.name}"]

    def literal(self, expr: x.Literal) -> Code:
        if expr.value is None:
            return NULL
        return Code(self.source.constant(expr.value), nullable=False, atom=True)


def name_of(expr: x.Call | x.Cast) -> str:
    return f"function {expr.name}" if isinstance(expr, x.Call) else "CAST"


def null_condition() -> None:
    """Called by generated code where a condition is NULL."""
    raise TypeError("a condition is NULL")


_COMPILERS: dict[type, Callable[[Expressions, Any], Code]] = {
    x.ColumnRef: Expressions.column,
    x.LambdaVar: Expressions.lambda_var,
    x.Literal: Expressions.literal,
    x.Arithmetic: arithmetic.binary,
    x.Chain: arithmetic.chain,
    x.SoFar: Expressions.so_far,
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
