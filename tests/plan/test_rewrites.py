"""Rewrites keep the rows: what they do, and what they leave alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from millstream.plan.explain import explain
from millstream.plan.expr import Arithmetic, Literal
from millstream.plan.nodes import Filter, Node, QueryPlan, Scan, StreamStreamJoin, StreamTableJoin
from millstream.plan.rewrites import optimize
from millstream.plan.rewrites.fold import fold
from millstream.plan.rewrites.traverse import every_node
from millstream.types import INTEGER
from tests.plan.conftest import Binder


def optimized(sql: Binder, text: str) -> Node:
    plan = sql.plan(text)
    assert isinstance(plan, QueryPlan)
    return optimize(plan).root


def scans(root: Node) -> list[Scan]:
    return [n for n in every_node(root) if isinstance(n, Scan)]


def test_scans_read_what_is_used(sql: Binder) -> None:
    """Key columns always, others only where an expression above needs them."""
    (scan,) = scans(optimized(sql, "CREATE STREAM O AS SELECT K, A FROM S WHERE X > 1;"))
    assert scan.columns == ("K", "A", "X")


def test_tables_that_are_looked_into_keep_their_rows(sql: Binder) -> None:
    """Joins and aggregations over tables need a store, a plain copy does not."""
    left, right = scans(optimized(sql, "CREATE STREAM O AS SELECT S2.K, B FROM S2 JOIN T ON S2.K = T.K;"))
    assert (left.materialize, right.materialize) == (False, True)
    (counted,) = scans(optimized(sql, "CREATE TABLE O AS SELECT A, COUNT(*) FROM T WHERE A > 1 GROUP BY A;"))
    assert counted.materialize
    (copied,) = scans(optimized(sql, "CREATE TABLE O AS SELECT * FROM T;"))
    assert not copied.materialize


def test_a_filter_on_the_stream_goes_below_its_table_join(sql: Binder) -> None:
    """But not when it may fail, reads the table, or when the join has a clock."""

    def filter_below(text: str, kind: type[Node]) -> bool:
        join = next(n for n in every_node(optimized(sql, text)) if isinstance(n, kind))
        return any(isinstance(n, Filter) for n in every_node(join))

    query = "CREATE STREAM O AS SELECT S.K, S.A FROM S LEFT JOIN T ON S.K = T.K WHERE {};"
    assert filter_below(query.format("S.A > 1 AND S.K <> 'x'"), StreamTableJoin)
    assert not filter_below(query.format("S.A / 2 > 1"), StreamTableJoin)
    assert not filter_below(query.format("T.A > 1"), StreamTableJoin)
    streams = "CREATE STREAM O AS SELECT S.K, S.A FROM S JOIN S2 WITHIN 1 DAY ON S.K = S2.K WHERE S.A > 1;"
    assert not filter_below(streams, StreamStreamJoin)


def test_constants_are_computed_once(sql: Binder) -> None:
    """Whole numbers wrap as they do record by record; divisions are left to the record that fails."""
    plan = sql.plan("CREATE STREAM O AS SELECT K, A + (1 + 2) AS X, 1 / 0 AS Y FROM S;")
    assert isinstance(plan, QueryPlan)
    assert "(A + 3)" in explain(optimize(plan))
    assert "(1 / 0)" in explain(optimize(plan))


@given(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1), st.sampled_from("+-*"))
def test_folding_wraps_like_a_32_bit_machine(left: int, right: int, op: str) -> None:
    """The result is the machine's, for any two INTEGERs."""
    found = fold(Arithmetic(INTEGER, op, Literal(INTEGER, left), Literal(INTEGER, right)))
    exact = {"+": left + right, "-": left - right, "*": left * right}[op]
    assert found is not None
    assert -(2**31) <= found.value < 2**31
    assert (found.value - exact) % 2**32 == 0
