"""Stores against plain models: uncommitted changes are seen, commits kept, aborts forgotten, caches bounded; on each log."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from millstream.log.embedded import EmbeddedLog
from millstream.log.memory import MemoryLog
from millstream.state import MISSING, BytesKeys, JoinBuffer, KeyCodec, KeyedStore, RowCodec, Session, SessionStore, WindowStore
from millstream.types import BIGINT, STRING

KEYS = KeyCodec([STRING], scalar=True)
ROWS = RowCodec([BIGINT])


@pytest.fixture(params=["memory", "embedded"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    made = MemoryLog() if request.param == "memory" else EmbeddedLog(tmp_path, fsync=False)
    yield made
    made.close()


def commit(log: Any, *stores: Any) -> None:
    with log.begin("task") as transaction:
        for store in stores:
            store.flush(transaction)
    for store in stores:
        store.committed()


def test_keyed_store_behaves_as_a_dictionary(log: Any) -> None:
    """Through commits, aborts, eviction and starting again."""
    dice = random.Random(1)
    committed: dict[str, tuple[int]] = {}
    store = KeyedStore(log, "q/s", 0, KEYS, ROWS, limit_rows=20)
    current = dict(committed)
    for _ in range(300):
        for _ in range(dice.randrange(8)):
            key = f"k{dice.randrange(60)}"
            row = None if dice.random() < 0.3 else (dice.randrange(100),)
            store.put(key, row)
            current.pop(key, None)
            if row is not None:
                current[key] = row
        asked = [f"k{dice.randrange(60)}" for _ in range(5)]
        assert [store.peek(key) for key in asked] == [current.get(key) for key in asked]
        if dice.random() < 0.5:
            store.settle()
        assert [store.get(key) for key in asked] == [current.get(key) for key in asked]
        assert list(store.scan()) == sorted(current.items())
        low, high = KEYS.encode("k2"), KEYS.encode("k5")
        assert list(store.scan(low, high)) == [(k, v) for k, v in sorted(current.items()) if "k2" <= k < "k5"]
        if dice.random() < 0.2:
            store.rollback()
            current = dict(committed)
        elif dice.random() < 0.5:
            commit(log, store)
            committed = dict(current)
            assert len(store.cache) <= 20
        elif dice.random() < 0.1:
            store = KeyedStore(log, "q/s", 0, KEYS, ROWS, limit_rows=20)
            current = dict(committed)


def test_a_row_is_staged_once_however_often_it_changed(log: Any) -> None:
    """And what generated code does directly is the same as put."""
    store = KeyedStore(log, "q/s", 0, KEYS, ROWS)
    for number in range(10):
        row = store.cache.get("a", MISSING)
        assert (store.load("a") if row is MISSING else row) == ((number - 1,) if number else None)
        store.cache["a"] = (number,)
        store.dirty.add("a")
    with log.begin("task") as transaction:
        store.flush(transaction)
        assert [len(items) for items in transaction.puts.values()] == [1]
    store.committed()
    assert log.get("q/s", 0, KEYS.encode("a")) == ROWS.encode((9,))


def test_what_a_row_notes_is_not_stored(log: Any) -> None:
    """It is there for who uses the cache, None after a load, and nobody else sees it."""
    store = KeyedStore(log, "q/s", 0, KEYS, ROWS)
    store.noted = True
    store.put("a", (1, "noted"))
    store.put("b", None)
    assert store.peek("a") == (1,)
    commit(log, store)
    assert (store.get("a"), store.peek("a"), store.get("b")) == ((1, "noted"), (1,), None)
    store.put("a", (2, "noted"))
    assert dict(store.scan()) == {"a": (2,)}
    store.rollback()
    assert (store.get("a"), store.peek("a"), dict(store.scan())) == ((1, None), (1,), {"a": (1,)})


def test_windows_are_fetched_by_key_and_time_and_expire(log: Any) -> None:
    """Expiry takes committed windows, oldest first and so many at a time; an abort brings them back."""
    store = WindowStore(log, "q/w", 0, KEYS, ROWS, limit_rows=5)
    for key in ("a", "ab", "b"):
        for start in (-10, 0, 10, 20):
            store.put((key, start), (start,))
    assert store.fetch("a", 0, 10) == [(0, (0,)), (10, (10,))]
    commit(log, store)
    store.put(("a", 10), (99,))
    store.put(("a", 0), None)
    assert store.fetch("a", -100, 100) == [(-10, (-10,)), (10, (99,)), (20, (20,))]
    assert [key for key, _ in store.scan() if key[1] == 20] == [("a", 20), ("ab", 20), ("b", 20)]
    commit(log, store)
    assert set(store.expire(1)) == {(key, start) for key in ("a", "ab", "b") for start in (-10, 0)}
    assert [start for start, _ in store.fetch("b", -100, 100)] == [10, 20]
    store.rollback()
    assert [start for start, _ in store.fetch("b", -100, 100)] == [-10, 0, 10, 20]
    assert len(store.expire(11, limit=4)) == 4
    commit(log, store)
    store = WindowStore(log, "q/w", 0, KEYS, ROWS)
    store.expire(11)
    commit(log, store)
    assert [key for key, _ in store.scan()] == [("a", 20), ("ab", 20), ("b", 20)]
    assert store.expire(11) == []


def test_windows_of_keys_that_are_bytes(log: Any) -> None:
    """One key may begin another."""
    store = WindowStore(log, "q/w", 0, BytesKeys(), ROWS)
    for key in (b"", b"a", b"a\x80\0\0\0\0\0\0\0", b"b"):
        store.put((key, 0), (len(key),))
    commit(log, store)
    assert [store.fetch(key, 0, 9) for key in (b"", b"a", b"b")] == [[(0, (0,))], [(0, (1,))], [(0, (1,))]]


def test_sessions_are_found_merged_and_expire(log: Any) -> None:
    """Overlap counts the ends; a key may have several; the rest of a key outlives its expired sessions."""
    store = SessionStore(log, "q/s", 0, KEYS, ROWS)
    store.replace("a", [], Session(0, 5, (1,)))
    store.replace("a", [], Session(20, 25, (2,)))
    store.replace("b", [], Session(0, 0, (3,)))
    assert store.overlapping("a", 5, 19) == [Session(0, 5, (1,))]
    assert store.overlapping("a", 6, 20) == [Session(20, 25, (2,))]
    assert store.overlapping("a", 6, 19) == []
    commit(log, store)
    store.replace("a", store.overlapping("a", 0, 30), Session(0, 25, (3,)))
    assert list(store.scan()) == [("a", Session(0, 25, (3,))), ("b", Session(0, 0, (3,)))]
    store.rollback()
    assert store.of("a") == [Session(0, 5, (1,)), Session(20, 25, (2,))]
    assert store.expire(10) == [("b", Session(0, 0, (3,))), ("a", Session(0, 5, (1,)))]
    commit(log, store)
    store = SessionStore(log, "q/s", 0, KEYS, ROWS)
    assert list(store.scan()) == [("a", Session(20, 25, (2,)))]
    assert store.expire(100) == [("a", Session(20, 25, (2,)))]
    commit(log, store)
    assert list(store.scan()) == list(log.scan("q/s.time", 0)) == []


def test_join_buffer_behaves_as_a_sorted_list(log: Any) -> None:
    """Through commits, aborts, a small cache and starting again; expiry leaves nothing old and no timers.

    Sequences begin again now and then, as after a restart: rows of one key and time stay all the same, in the order they came.
    """
    dice = random.Random(2)
    committed: set[tuple[str, int, int]] = set()  # (key, time, number)
    current = set(committed)
    buffer = JoinBuffer(log, "q/b", 0, KEYS, ROWS, limit_rows=15)
    for number in range(400):
        key, time = f"k{dice.randrange(6)}", dice.randrange(number // 4, number // 4 + 20)
        if dice.random() < 0.85:
            buffer.put(key, time, number % 10, (number,))
            current.add((key, time, number))
        else:
            for at, sequence, (one,) in buffer.fetch(key, time, time + 3)[:1]:
                buffer.remove(key, at, sequence)
                current.remove((key, at, one))
        found = buffer.fetch(key, time - 5, time + 5)
        assert [(t, r) for t, _, (r,) in found] == sorted((t, r) for k, t, r in current if k == key and abs(t - time) <= 5)
        if dice.random() < 0.1:
            buffer.rollback()
            current = set(committed)
        elif dice.random() < 0.3:
            commit(log, buffer)
            committed = set(current)
            if dice.random() < 0.5:
                before = number // 4
                gone = list(buffer.expire(before))
                assert {(k, t, r) for k, (t, _, (r,)) in gone} == {place for place in current if place[1] < before}
                current = {place for place in current if place[1] >= before}
        elif dice.random() < 0.05:
            buffer = JoinBuffer(log, "q/b", 0, KEYS, ROWS, limit_rows=15)
            current = set(committed)
    list(buffer.expire(1 << 40))
    commit(log, buffer)
    list(buffer.expire(1 << 40))
    commit(log, buffer)
    assert list(log.scan("q/b", 0)) == list(log.scan("q/b.time", 0)) == []
