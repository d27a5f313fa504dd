"""Aggregates and joins end to end: groups, undo, windows, lateness, look-ups, restart from the last commit."""

from __future__ import annotations

from millstream.catalog import WindowSpec
from millstream.plan import nodes as n
from millstream.types import STRING, Column, Role, Schema
from tests.engine.compile.plans import Run, group, project, ref, scan

S = scan("s", "K STRING KEY, A INT, B STRING")
T = scan("t", "K STRING KEY, A INT, B STRING", is_table=True)
TUMBLING = WindowSpec("TUMBLING", 10, 10, 5)
CALLS = [("C", "COUNT", None), ("S", "SUM", "A")]


def window_of(key: bytes) -> tuple[str, int]:
    return key[:-8].decode(), int.from_bytes(key[-8:], "big")


def test_every_record_updates_its_group() -> None:
    """The row's time is the highest seen; a NULL group is dropped."""
    run = Run(group(S, "B", CALLS), ["s"])
    run.feed("s", "k", {"A": 1, "B": "x"}, 5)
    run.feed("s", "k", {"A": 2, "B": "x"}, 3)
    run.feed("s", "k", {"A": 2, "B": None}, 4)
    assert run.out() == [("x", {"C": 1, "S": 1}, 5), ("x", {"C": 2, "S": 3}, 5)]


def test_a_table_undoes_the_old_group_first() -> None:
    """A row that changes its group leaves 0 behind; one that stays gives one result."""
    run = Run(group(T, "B", CALLS), ["t"])
    run.feed("t", "k", {"A": 1, "B": "x"})
    run.feed("t", "k", {"A": 2, "B": "x"})
    run.feed("t", "k", {"A": 2, "B": "y"})
    run.feed("t", "k", None)
    assert [(k, v["C"], v["S"]) for k, v, _ in run.out()] == [("x", 1, 1), ("x", 1, 2), ("x", 0, 0), ("y", 1, 2), ("y", 0, 0)]


def test_late_records_are_dropped_by_grace() -> None:
    """A window takes records until stream time passes its end and grace."""
    run = Run(group(S, "B", CALLS, TUMBLING), ["s"])
    for time in (1, 14, 9, 15, 9):
        run.feed("s", "k", {"A": 1, "B": "x"}, time)
    assert [(*window_of(k), v["C"]) for k, v, _ in run.out()] == [("x", 0, 1), ("x", 10, 1), ("x", 0, 2), ("x", 10, 2)]
    assert run.status.records_late == 1


def test_stream_time_is_kept_for_each_partition() -> None:
    """A record is late by the clock of the partition its new key would have."""
    run = Run(group(scan("s", "K STRING KEY, A INT, B STRING", partitions=4), "B", CALLS, TUMBLING), ["s"], partitions=4)
    run.feed("s", "k", {"A": 1, "B": "x"}, 1000)
    run.feed("s", "k", {"A": 1, "B": "y"}, 1)
    assert run.status.records_late == 0
    run.feed("s", "other", {"A": 1, "B": "x"}, 1)
    assert run.status.records_late == 1


def test_hopping_windows_each_give_a_row() -> None:
    """A record is in as many windows as overlap it."""
    run = Run(group(S, "B", CALLS, WindowSpec("HOPPING", 10, 5, 5)), ["s"])
    run.feed("s", "k", {"A": 1, "B": "x"}, 12)
    assert [window_of(k) for k, _, _ in run.out()] == [("x", 5), ("x", 10)]


def test_sessions_merge_and_delete_what_they_took_in() -> None:
    """A record between two sessions makes one of them; the two are deleted first."""
    run = Run(group(S, "B", CALLS, WindowSpec("SESSION", 5, 0, 100)), ["s"])
    for time in (0, 10, 5):
        run.feed("s", "k", {"A": 1, "B": "x"}, time)
    ends = [(int.from_bytes(k[-8:], "big"), int.from_bytes(k[-16:-8], "big"), v and v["C"]) for k, v, _ in run.out()]
    assert ends == [(0, 0, 1), (10, 10, 1), (0, 0, None), (10, 10, None), (0, 10, 3)]


def test_emit_final_gives_a_window_when_it_is_closed() -> None:
    """Nothing before stream time passes end and grace; then once, by window and key."""
    aggregate = group(S, "B", CALLS, TUMBLING)
    run = Run(n.Suppress(aggregate.schema, True, TUMBLING, aggregate), ["s"])
    for time, key in ((1, "y"), (2, "x"), (3, "x"), (14, "x")):
        run.feed("s", "k", {"A": 1, "B": key}, time)
    assert run.out() == []
    run.feed("s", "k", {"A": 1, "B": "x"}, 15)
    assert [(*window_of(k), v["C"], t) for k, v, t in run.out()] == [("x", 0, 2, 3), ("y", 0, 1, 1)]


def join(kind: str) -> n.Project:
    left, right = scan("s", "K STRING KEY, A INT", prefix="L_"), scan("t", "K STRING KEY, B STRING", is_table=True, prefix="R_")
    schema = Schema((Column("L_K", STRING, Role.KEY), *left.schema.value, Column("R_K", STRING), *right.schema.value))
    node = n.StreamTableJoin(schema, False, None, left, right, kind, ("L_K",))
    return project(node, A=ref(node, "L_A"), B=ref(node, "R_B"), RK=ref(node, "R_K"))


def test_a_stream_looks_up_the_table_as_it_is() -> None:
    """INNER drops what finds nothing; a deleted row is not found."""
    run = Run(join("INNER"), ["s", "t"])
    run.feed("s", "k", {"A": 1})
    run.feed("t", "k", {"B": "x"})
    run.feed("s", "k", {"A": 2})
    run.feed("t", "k", None)
    run.feed("s", "k", {"A": 3})
    assert [v for _, v, _ in run.out()] == [{"A": 2, "B": "x", "RK": "k"}]


def test_a_left_join_keeps_what_finds_nothing() -> None:
    """Also a record without a key."""
    run = Run(join("LEFT"), ["s", "t"])
    run.feed("s", "k", {"A": 1})
    run.feed("s", None, {"A": 2})
    assert run.out() == [("k", {"A": 1, "B": None, "RK": None}, 0), (None, {"A": 2, "B": None, "RK": None}, 0)]


def test_a_restart_goes_on_from_the_last_commit() -> None:
    """State, stream times and offsets are those of the commit: nothing is lost and nothing repeated."""
    root = group(S, "B", CALLS, TUMBLING)
    first = Run(root, ["s"])
    first.feed("s", "k", {"A": 1, "B": "x"}, 1)
    first.feed("s", "k", {"A": 1, "B": "x"}, 12)
    first.runtime.close()
    second = Run(root, ["s"], log=first.log)
    second.feed("s", "k", {"A": 5, "B": "x"}, 13)
    second.feed("s", "k", {"A": 5, "B": "x"}, 2)
    rows = [(*window_of(k), v["C"], v["S"]) for k, v, _ in second.out()]
    assert rows == [("x", 0, 1, 1), ("x", 10, 1, 1), ("x", 10, 2, 6), ("x", 0, 2, 6)]


def test_a_table_is_read_before_the_stream_by_timestamps() -> None:
    """What waits in both topics is taken in the order of timestamps, whichever was written first."""
    run = Run(join("INNER"), ["s", "t"])
    run.runtime.pause("CSAS_OUT_1")
    run.feed("s", "k", {"A": 1}, 5)
    run.feed("s", "k", {"A": 2}, 20)
    run.feed("t", "k", {"B": "x"}, 10)
    run.runtime.resume("CSAS_OUT_1")
    run.runtime.run_until_idle()
    assert [v["A"] for _, v, _ in run.out()] == [2]
