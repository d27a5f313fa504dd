"""The join operators by themselves: which changes give which results."""

from __future__ import annotations

import pytest

from millstream.engine.operators.foreign_key import ForeignKeyJoin, Result
from millstream.engine.operators.stream_stream import Bounds, Pair, StreamStreamJoin
from millstream.engine.operators.table_table import TableTableJoin
from millstream.log.memory import MemoryLog
from millstream.state import BytesKeys, JoinBuffer, KeyedStore, RowCodec


def store(name: str) -> KeyedStore:
    return KeyedStore(MemoryLog(), f"q/{name}", 0, BytesKeys(), RowCodec([int, str | None]))


def table_join(kind: str) -> TableTableJoin:
    return TableTableJoin(kind, store("left"), store("right"))


def stream_join(kind: str, grace: int | None, before: int = 5, after: int = 5) -> StreamStreamJoin:
    log, codec = MemoryLog(), RowCodec([str])
    buffers = tuple(JoinBuffer(log, f"q/{n}", 0, BytesKeys(), codec) for n in ("left", "right"))
    waiting = KeyedStore(log, "q/waiting", 0, BytesKeys(), RowCodec([list[bytes]]))
    bounds, times = Bounds(kind, before, after, grace), [-1] * 3
    return StreamStreamJoin(bounds, (buffers[0], buffers[1]), waiting, (codec, codec), times)


@pytest.mark.parametrize(
    ("kind", "alone_left", "alone_right"), [("INNER", False, False), ("LEFT", True, False), ("RIGHT", False, True), ("OUTER", True, True)]
)
def test_a_row_alone_gives_a_result_on_the_preserved_side(kind: str, alone_left: bool, alone_right: bool) -> None:
    """LEFT keeps left rows, RIGHT right rows, OUTER both."""
    assert (table_join(kind).change(0, b"k", 1, (1, "l")) is not None) is alone_left
    assert (table_join(kind).change(1, b"k", 1, (1, "r")) is not None) is alone_right


def test_a_joined_row_has_the_later_time_and_the_row_before() -> None:
    """The result's time is the maximum of both rows'; old rows travel along for aggregates."""
    join = table_join("INNER")
    join.change(0, b"k", 5, (5, "l"))
    first = join.change(1, b"k", 3, (3, "r"))
    assert first is not None
    assert (first.left, first.right, first.live, first.had, first.timestamp) == ((5, "l"), (3, "r"), True, False, 5)
    gone = join.change(0, b"k", 7, None)
    assert gone is not None
    assert (gone.live, gone.had, gone.old_left, gone.timestamp) == (False, True, (5, "l"), 7)


def test_nothing_that_becomes_nothing_is_no_change_of_an_outer_join() -> None:
    """A deletion of what never was is silent where the other side has no row."""
    assert table_join("OUTER").change(0, b"k", 1, None) is None


def foreign(kind: str) -> ForeignKeyJoin:
    references = KeyedStore(MemoryLog(), "q/ref", 0, BytesKeys(), RowCodec([list[bytes]]))
    return ForeignKeyJoin(kind, store("left"), store("right"), references)


def test_a_right_row_reaches_all_left_rows_that_name_it() -> None:
    """In the order of left keys, at the right row's time."""
    join = foreign("INNER")
    assert list(join.left(b"b", 1, (1, b"f"))) == []
    assert list(join.left(b"a", 9, (9, b"f"))) == []
    assert list(join.right(b"f", 3, (3, "r"))) == [Result(b"a", (9, b"f"), (3, "r"), 3), Result(b"b", (1, b"f"), (3, "r"), 3)]
    assert [r.left for r in join.right(b"f", 4, None)] == [None, None]


def test_another_foreign_key_without_a_match_deletes_the_result() -> None:
    """INNER deletes, LEFT gives the row alone."""
    inner, left = foreign("INNER"), foreign("LEFT")
    for join in (inner, left):
        list(join.left(b"k", 1, (1, b"f")))
    assert list(inner.left(b"k", 2, (2, b"g"))) == [Result(b"k", None, None, 2)]
    assert list(left.left(b"k", 2, (2, b"g"))) == [Result(b"k", (2, b"g"), None, 2)]
    assert list(inner.right(b"f", 3, (3, "r"))) == []


def test_records_within_the_window_meet() -> None:
    """Both ends of the window count; the pair has the later time."""
    join = stream_join("INNER", 100)
    for time in (0, 5, 10, 11):
        list(join.record(0, b"k", time, (f"l{time}",)))
    pairs = list(join.record(1, b"k", 5, ("r",)))
    assert pairs == [Pair(b"k", (f"l{t}",), ("r",), max(t, 5)) for t in (0, 5, 10)]


def test_without_grace_an_outer_result_comes_at_once() -> None:
    """ksqlDB's old semantics: spurious when a partner comes later."""
    join = stream_join("LEFT", None)
    assert list(join.record(0, b"k", 1, ("l",))) == [Pair(b"k", ("l",), None, 1)]
    assert list(join.record(1, b"k", 2, ("r",))) == [Pair(b"k", ("l",), ("r",), 2)]


def test_with_grace_an_outer_result_waits_for_the_window_to_close() -> None:
    """It comes with the first record behind the window's end and grace, at its own time, unless a partner came."""
    join = stream_join("LEFT", 2)
    assert list(join.record(0, b"a", 1, ("la",))) == []
    assert list(join.record(0, b"b", 2, ("lb",))) == []
    assert list(join.record(1, b"b", 3, ("rb",))) == [Pair(b"b", ("lb",), ("rb",), 3)]
    assert list(join.record(0, b"c", 8, ("lc",))) == []
    assert list(join.record(0, b"c", 9, ("lc",))) == [Pair(b"a", ("la",), None, 1)]


def test_a_record_without_a_key_counts_on_the_preserved_side() -> None:
    """It meets nobody; INNER drops it."""
    assert list(stream_join("LEFT", 0).record(0, None, 1, ("l",))) == [Pair(None, ("l",), None, 1)]
    assert list(stream_join("LEFT", 0).record(1, None, 1, ("r",))) == []


def test_records_without_a_time_wait_before_all_others() -> None:
    """Producers that give none give -1; their records come out when their windows close, the oldest first."""
    join = stream_join("LEFT", grace=0)
    for time in (3, -1, 0):
        assert list(join.record(0, b"k%d" % time, time, (str(time),))) == []
    assert [pair.timestamp for pair in join.record(0, b"later", 100, ("100",))] == [-1, 0, 3]
