"""Aggregates: results, undoing, merging of sessions, and states that can be stored."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millstream.engine.functions import default_registry
from millstream.errors import BindError
from millstream.functions import AggregateOverload
from millstream.types import BIGINT, BOOLEAN, DOUBLE, INTEGER, STRING, SqlType, array, decimal


def make(name: str, types: list[SqlType], constants: list[Any] | None = None) -> Any:
    """The aggregator for these argument types and constants."""
    kinds = [BOOLEAN if isinstance(c, bool) else INTEGER for c in constants or []]
    overload = default_registry().resolve(name, [*types, *kinds]).overload
    assert isinstance(overload, AggregateOverload)
    return overload.make(types, constants or [], {})


def fold(aggregator: Any, rows: list[Any]) -> Any:
    """The state after these rows, stored and read back after each, as the state store may do at any time."""
    state = aggregator.init()
    for row in rows:
        state = aggregator.add(state, *(row if isinstance(row, tuple) else (row,)))
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(state))
    return state


CASES: list[tuple[str, list[SqlType], list[Any], list[Any], Any]] = [
    ("COUNT", [STRING], [], ["a", None, "b"], 2),
    ("SUM", [INTEGER], [], [2**31 - 1, None, 1], -(2**31)),
    ("SUM", [BIGINT], [], [2**63 - 1, 1], -(2**63)),
    ("SUM", [decimal(4, 2)], [], [Decimal("1.10"), Decimal("2.20")], Decimal("3.30")),
    ("SUM", [DOUBLE], [], [], 0.0),
    ("AVG", [INTEGER], [], [2**31 - 1, 1], -(2**30)),
    ("AVG", [DOUBLE], [], [], 0.0),
    ("MIN", [STRING], [], ["b", None, "a"], "a"),
    ("MAX", [decimal(4, 2)], [], [Decimal("1.10"), Decimal("-2.00")], Decimal("1.10")),
    ("MAX", [INTEGER], [], [None], None),
    ("SUM_LIST", [array(INTEGER)], [], [[1, None, 2], None, [3]], 6),
    ("COLLECT_LIST", [decimal(3, 1)], [], [Decimal("1.0"), None], [Decimal("1.0"), None]),
    ("COLLECT_SET", [array(INTEGER)], [], [[1], [2], [1]], [[1], [2]]),
    ("COUNT_DISTINCT", [STRING], [], ["a", "b", "a", None], 2),
    ("HISTOGRAM", [STRING], [], ["a", None, "a", None], {"a": 2, "null": 1}),
    ("HISTOGRAM", [STRING], [], ["null", None, "null"], {"null": 2}),
    ("ATTR", [INTEGER], [], [1, 1], 1),
    ("ATTR", [INTEGER], [], [1, None], None),
    ("TOPK", [INTEGER], [2], [1, 3, None, 3, 2], [3, 3]),
    ("TOPKDISTINCT", [STRING], [2], ["a", "c", "c", "b"], ["c", "b"]),
    ("TOPK", [INTEGER, STRING], [1], [(1, "x"), (2, None), (2, "y")], [{"sort_col": 2, "col0": None}]),
    ("EARLIEST_BY_OFFSET", [STRING], [], [None, "a", "b"], "a"),
    ("EARLIEST_BY_OFFSET", [STRING], [False], [None, "a"], None),
    ("LATEST_BY_OFFSET", [STRING], [2, False], ["a", "b", None], ["b", None]),
    ("STDDEV_SAMP", [INTEGER], [], [1, 3], 2.0),
    ("STDDEV_SAMPLE", [DOUBLE], [], [1.0, 3.0], math.sqrt(2.0)),
    ("CORRELATION", [INTEGER, INTEGER], [], [(1, 2), (2, 4), (3, None)], 1.0),
]


@pytest.mark.parametrize(("name", "types", "constants", "rows", "answer"), CASES)
def test_results(name: str, types: list[SqlType], constants: list[Any], rows: list[Any], answer: Any) -> None:
    """The result after a number of rows."""
    aggregator = make(name, types, constants)
    assert aggregator.result(fold(aggregator, rows)) == answer


@pytest.mark.parametrize("name", ["COUNT", "SUM", "AVG", "COLLECT_LIST", "ATTR", "STDDEV_SAMP"])
@given(rows=st.lists(st.none() | st.integers(-1000, 1000), max_size=8), extra=st.none() | st.integers(-1000, 1000))
@settings(max_examples=60, deadline=None)
def test_undo_takes_back_what_add_did(name: str, rows: list[int | None], extra: int | None) -> None:
    """A row that is added and undone leaves the result as it was."""
    aggregator = make(name, [INTEGER])
    before = aggregator.result(fold(aggregator, rows))
    state = aggregator.undo(aggregator.add(fold(aggregator, rows), extra), extra)
    assert aggregator.result(state) == pytest.approx(before) if name == "STDDEV_SAMP" else aggregator.result(state) == before


@pytest.mark.parametrize(("name", "constants"), [("SUM", []), ("MIN", []), ("COLLECT_SET", []), ("TOPK", [3]), ("COUNT_DISTINCT", [])])
@given(left=st.lists(st.none() | st.integers(-50, 50), max_size=8), right=st.lists(st.none() | st.integers(-50, 50), max_size=8))
@settings(max_examples=60, deadline=None)
def test_merging_two_sessions_is_as_if_they_had_been_one(
    name: str, constants: list[Any], left: list[int | None], right: list[int | None]
) -> None:
    """Merging states and folding all rows give the same result."""
    aggregator = make(name, [INTEGER], constants)
    merged = aggregator.merge(fold(aggregator, left), fold(aggregator, right))
    assert aggregator.result(merged) == aggregator.result(fold(aggregator, left + right))


def test_merged_sessions_know_which_value_came_first() -> None:
    """Whatever the order of the two states."""
    aggregator = make("EARLIEST_BY_OFFSET", [STRING])
    first, second = fold(aggregator, ["a"]), fold(aggregator, ["b"])
    assert aggregator.result(aggregator.merge(second, first)) == "a"


def test_count_distinct_estimates_what_is_too_many_to_keep() -> None:
    """Beyond the bound the state stops growing and the error stays small."""
    aggregator = make("COUNT_DISTINCT", [BIGINT])
    state = aggregator.init()
    for value in range(20_000):
        state = aggregator.add(state, value)
    assert isinstance(state, bytes)
    assert aggregator.result(state) == pytest.approx(20_000, rel=0.08)


def test_results_are_copies_of_the_state() -> None:
    """A function that changes its argument must not change the state."""
    for name, value in (("COLLECT_LIST", 1), ("TOPK", 1)):
        aggregator = make(name, [INTEGER], [2] if name == "TOPK" else [])
        state = aggregator.add(aggregator.init(), value)
        aggregator.result(state).clear()
        assert aggregator.result(state) == [value]


def test_inlined_aggregates_do_the_same_as_their_objects() -> None:
    """``source`` is what the compiler writes instead of calls."""
    for name, kind in (("COUNT", INTEGER), ("SUM", INTEGER), ("SUM", BIGINT), ("MIN", INTEGER), ("MAX", BIGINT)):
        overload = default_registry().resolve(name, [kind]).overload
        assert isinstance(overload, AggregateOverload)
        assert overload.source is not None
        aggregator = overload.make([kind], [], {})
        state, inlined = aggregator.init(), eval(overload.source["init"])
        for value in (3, None, 2**31 - 1, -7, 2**31 - 1):
            state = aggregator.add(state, value)
            inlined = eval(overload.source["add"].format("v", state="s"), {}, {"v": value, "s": inlined})
            assert inlined == state


def test_impossible_constants_are_refused() -> None:
    """When the query is compiled, not record by record."""
    with pytest.raises(BindError, match="at least 1"):
        make("TOPK", [INTEGER], [0])
    with pytest.raises(BindError, match="greater than zero"):
        make("LATEST_BY_OFFSET", [INTEGER], [-1])
