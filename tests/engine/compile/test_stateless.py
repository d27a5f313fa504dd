"""Filter, project and sink: NULL rules, failures record by record, keys and tombstones."""

from __future__ import annotations

from millstream.plan import expr as x
from millstream.plan import nodes as n
from millstream.types import BOOLEAN, INTEGER, STRING
from tests.engine.compile.plans import Run, number, project, ref, scan

S = scan("s", "K STRING KEY, A INT, B STRING")
T = scan("t", "K STRING KEY, A INT", is_table=True)


def greater(node: n.Node, than: int) -> x.TypedExpr:
    return x.Compare(BOOLEAN, ">", ref(node, "A"), number(than))


def test_a_failing_column_is_null_and_reported() -> None:
    """Division by zero, and arithmetic on NULL, give NULL in that column; the record goes on."""
    run = Run(project(S, Q=x.Arithmetic(INTEGER, "/", number(6), ref(S, "A")), B=ref(S, "B")), ["s"])
    run.feed("s", "k", {"A": 4, "B": "x"})
    run.feed("s", "k", {"A": 0, "B": "y"})
    run.feed("s", "k", {"A": None, "B": "z"})
    assert [v for _, v, _ in run.out()] == [{"Q": 1, "B": "x"}, {"Q": None, "B": "y"}, {"Q": None, "B": "z"}]
    assert [f.split(":")[0] for f in run.failures()] == ["Error computing column Q"] * 2


def test_integers_wrap_as_on_the_jvm() -> None:
    """INTEGER arithmetic keeps 32 bits."""
    run = Run(project(S, Q=x.Arithmetic(INTEGER, "+", ref(S, "A"), number(1))), ["s"])
    run.feed("s", "k", {"A": 2147483647})
    assert run.out() == [("k", {"Q": -2147483648}, 0)]


def test_where_drops_what_is_not_true() -> None:
    """A comparison with NULL is FALSE, and its negation TRUE; records without a value match nothing."""
    run = Run(n.Filter(S.schema, False, None, S, x.Not(BOOLEAN, greater(S, 3))), ["s"])
    for value in ({"A": 5}, {"A": 1}, {"A": None}, None):
        run.feed("s", "k", value)
    assert [v["A"] for _, v, _ in run.out()] == [1, None]


def test_a_record_that_cannot_be_decoded_is_skipped() -> None:
    """The next one is not touched by it, and the processing log has a row."""
    run = Run(project(S, A=ref(S, "A")), ["s"])
    run.feed("s", "k", b"{not json")
    run.feed("s", "k", {"A": True})
    run.feed("s", "k", {"a": "7"})
    assert [v for _, v, _ in run.out()] == [{"A": 7}]
    assert run.status.records_failed == 2
    assert len(run.failures()) == 2


def test_a_value_less_record_of_a_stream_passes_a_projection() -> None:
    """SELECT keeps it as it is."""
    run = Run(project(S, A=ref(S, "A")), ["s"])
    run.feed("s", "k", None, 7)
    run.feed("s", None, {"A": 1}, 8)
    assert run.out() == [("k", None, 7), (None, {"A": 1}, 8)]


def test_a_new_key_routes_by_its_own_bytes() -> None:
    """PARTITION BY a column: the column is the key, the old key a value."""
    select = n.SelectKey(scan("s", "B STRING KEY, K STRING, A INT").schema, False, None, S, (("B", ref(S, "B")),))
    run = Run(project(select, K=ref(select, "K"), A=ref(select, "A")), ["s"])
    run.feed("s", "k", {"A": 1, "B": "x"})
    run.feed("s", "k", {"A": 2, "B": None})
    assert run.out() == [("x", {"K": "k", "A": 1}, 0), (None, {"K": "k", "A": 2}, 0)]


def test_without_a_value_only_what_the_old_key_gives_is_in_the_new_key() -> None:
    """A key part that reads a value column is NULL, whatever it would make of NULL."""
    known, asked = x.Cast(STRING, ref(S, "K")), x.IsNull(BOOLEAN, ref(S, "A"))
    for name, expr, key in (("P", known, "k"), ("P", x.Cast(STRING, asked), None)):
        select = n.SelectKey(scan("s", "P STRING KEY, K STRING, A INT").schema, False, None, S, ((name, expr),))
        run = Run(project(select, A=ref(select, "A")), ["s"])
        run.feed("s", "k", None)
        assert run.out() == [(key, None, 0)]


def test_a_tables_row_that_stops_to_match_is_deleted_once() -> None:
    """Rows that never matched leave no tombstones."""
    run = Run(n.Filter(T.schema, True, None, T, greater(T, 3)), ["t"])
    for value in ({"A": 1}, {"A": 5}, {"A": 6}, {"A": 2}, {"A": 1}, None, {"A": 9}, None):
        run.feed("t", "k", value)
    assert [v and v["A"] for _, v, _ in run.out()] == [5, 6, None, 9, None]


def test_a_table_without_a_condition_passes_every_tombstone() -> None:
    """A plain copy repeats its source; records without a key are dropped."""
    run = Run(project(T, A=ref(T, "A")), ["t"])
    run.feed("t", "k", None)
    run.feed("t", None, {"A": 1})
    run.feed("t", "k", {"A": 1})
    assert [v for _, v, _ in run.out()] == [None, {"A": 1}]


def test_no_text_of_the_user_is_in_the_source() -> None:
    """Names and constants come through the namespace."""
    evil = "__import__('os')"
    node = project(scan("s", f"K STRING KEY, {evil.replace(' ', '')} STRING"), **{evil: x.Literal(STRING, evil)})
    text = Run(node, ["s"]).runtime.tasks["CSAS_OUT_1"].program.text
    assert "import" not in text
