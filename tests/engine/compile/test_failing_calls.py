"""Failures inside expressions: what catches them, and that each is reported once."""

from __future__ import annotations

from millstream.engine.functions.registry import default_registry
from millstream.functions import ScalarFunction
from millstream.plan import expr as x
from millstream.types import INTEGER, STRING, SqlType
from tests.engine.compile.plans import Run, number, project, ref, scan

S = scan("s", "K STRING KEY, A INT, B STRING")


def call(name: str, kind: SqlType, *args: x.TypedExpr) -> x.Call:
    found = default_registry().find(name)
    assert isinstance(found, ScalarFunction)
    chosen = default_registry().resolve(name, [a.type for a in args]).overload
    return x.Call(kind, name, next(i for i, o in enumerate(found.overloads) if o is chosen), args)


def failing_cast() -> x.Cast:
    return x.Cast(INTEGER, ref(S, "B"), explicit=True)


def test_a_cast_inside_a_call_fails_alone() -> None:
    """COALESCE sees NULL; the processing log has one row, which names the CAST."""
    run = Run(project(S, Q=call("COALESCE", INTEGER, failing_cast(), number(-1))), ["s"])
    run.feed("s", "k", {"B": "x"})
    assert [v for _, v, _ in run.out()] == [{"Q": -1}]
    assert [f.split(":")[0] for f in run.failures()] == ["Error computing CAST"]


def test_a_call_catches_the_failure_of_its_arguments() -> None:
    """ABS(A + 1) of a NULL is NULL for COALESCE, though no call failed but the sum."""
    total = x.Arithmetic(INTEGER, "+", ref(S, "A"), number(1))
    run = Run(project(S, Q=call("COALESCE", INTEGER, call("ABS", INTEGER, total), number(-1))), ["s"])
    run.feed("s", "k", {"A": None})
    run.feed("s", "k", {"A": -5})
    assert [v for _, v, _ in run.out()] == [{"Q": -1}, {"Q": 4}]
    assert [f.split(":")[0] for f in run.failures()] == ["Error computing function ABS"]


def test_an_implicit_cast_fails_the_whole_column() -> None:
    """What the planner casts by itself catches nothing."""
    implicit = x.Cast(INTEGER, ref(S, "B"))
    run = Run(project(S, Q=x.IsNull(INTEGER, implicit)), ["s"])
    run.feed("s", "k", {"B": "x"})
    assert [v for _, v, _ in run.out()] == [{"Q": None}]
    assert [f.split(":")[0] for f in run.failures()] == ["Error computing column Q"]


def test_calls_that_cannot_fail_are_inlined_without_a_handler() -> None:
    """UCASE(LCASE(B)) stays one expression: no guard, no try."""
    run = Run(project(S, Q=call("UCASE", STRING, call("LCASE", STRING, ref(S, "B")))), ["s"])
    text = run.runtime.tasks["CSAS_OUT_1"].program.text
    line = next(i for i in text.splitlines() if ".upper()" in i)
    assert "lambda" not in line
    assert ".lower()" in line


def test_ksqls_old_rule_fails_the_whole_column() -> None:
    """With ksql.nested.error.set.null=false no call catches anything."""
    node = project(S, Q=call("COALESCE", INTEGER, failing_cast(), number(-1)))
    run = Run(node, ["s"], properties={"ksql.nested.error.set.null": "false"})
    run.feed("s", "k", {"B": "x"})
    assert [v for _, v, _ in run.out()] == [{"Q": None}]
