"""Where a record goes, with several partitions: what rows note about their keys holds through changes, deletions and restarts."""

from __future__ import annotations

import random
from typing import Any

import pytest

from millstream.catalog import WindowSpec
from millstream.log.memory import MemoryLog
from millstream.log.partitioner import Partitioner
from millstream.plan import nodes as n
from millstream.types import Column, Role, Schema
from tests.engine.compile.plans import Run, group, project, ref, scan

PARTITIONS = 4
STREAM = scan("s", "K STRING KEY, A INT, B STRING", partitions=PARTITIONS)
TABLE = scan("t", "K STRING KEY, C STRING, D DOUBLE", is_table=True, partitions=PARTITIONS, prefix="T_")
WHERE = Partitioner(PARTITIONS)


def join(kind: str, column: str) -> n.Project:
    """The stream with a column of the table: the text, by which rows are one object, or the number, by which they are not (0.0 is -0.0)."""
    columns = (Column("K", STREAM.schema.key[0].type, Role.KEY), *STREAM.schema.value, *TABLE.schema.value)
    joined = n.StreamTableJoin(Schema(columns), False, None, STREAM, TABLE, kind, ("K",))
    return project(joined, A=ref(joined, "A"), C=ref(joined, f"T_{column}"))


def everything(run: Run, window: int = 0) -> list[tuple[bytes, Any, int]]:
    """What was written, by time; each record in the partition of its key, without the ``window`` bytes at its end."""
    found = []
    for partition in range(PARTITIONS):
        for key, value, time in run.out(partition):
            raw = key if isinstance(key, bytes) else key.encode()
            assert WHERE.partition(raw[: len(raw) - window]) == partition
            found.append((raw, value, time))
    return sorted(found, key=lambda record: record[2])


@pytest.mark.parametrize("column", ["C", "D"], ids=["text", "number"])
@pytest.mark.parametrize("kind", ["INNER", "LEFT"])
def test_a_join_with_a_table_that_changes(kind: str, column: str) -> None:
    """Against a dictionary, with a restart in the middle; rows that are there, change, go, and were never there."""
    dice, log, table = random.Random(7), MemoryLog(), {}
    run, expected = Run(join(kind, column), ["s", "t"], PARTITIONS, log), []
    for time in range(600):
        key = f"user {dice.randrange(30)}"
        if time == 300:
            run = Run(join(kind, column), ["s", "t"], PARTITIONS, log)
        if dice.random() < 0.3:
            table[key] = None if dice.random() < 0.3 else {"C": dice.choice("xyz"), "D": dice.choice(["0.0", "-0.0"])}
            run.feed("t", key, table[key], time)
            continue
        run.feed("s", key, {"A": time, "B": "b"}, time)
        row = table.get(key)
        if row is not None or kind == "LEFT":
            expected.append((key.encode(), {"A": time, "C": None if row is None else row["C"] if column == "C" else float(row["D"])}, time))
    assert str(everything(run)) == str(expected)  # 0.0 is not -0.0


@pytest.mark.parametrize("column", ["A", "B"], ids=["number", "text"])
@pytest.mark.parametrize("window", [None, WindowSpec("TUMBLING", 10, 10, 1000)], ids=["table", "windows"])
def test_groups(column: str, window: WindowSpec | None) -> None:
    """Against a dictionary of counts, with a restart in the middle."""
    dice, log = random.Random(8), MemoryLog()
    plan = group(STREAM, column, [("N", "COUNT", None)], window)
    run, counts, expected = Run(plan, ["s"], PARTITIONS, log), dict[Any, int](), []
    for time in range(400):
        if time == 200:
            run = Run(plan, ["s"], PARTITIONS, log)
        record = {"A": dice.randrange(9), "B": f"text {dice.randrange(9)}"}
        run.feed("s", "k", record, time)
        key = record[column].to_bytes(4, "big") if column == "A" else record[column].encode()  # type: ignore[attr-defined]
        if window is not None:
            key += (time - time % 10).to_bytes(8, "big")
        counts[key] = counts.get(key, 0) + 1
        expected.append((key, {"N": counts[key]}, time))
    assert everything(run, 0 if window is None else 8) == expected


@pytest.mark.parametrize("kind", ["INNER", "LEFT"])
def test_a_count_by_what_the_table_says(kind: str) -> None:
    """The group is noted in the table's row: when the row changes, so does the group. Windows come and go as time does."""
    dice, log, table, counts, expected = random.Random(9), MemoryLog(), dict[str, Any](), dict[Any, int](), []
    plan = group(join(kind, "C"), "C", [("N", "COUNT", None)], WindowSpec("TUMBLING", 10, 10, 1000))
    run = Run(plan, ["s", "t"], PARTITIONS, log)
    for now in range(600):
        key, time = f"user {dice.randrange(30)}", max(0, now - dice.randrange(25))
        if now == 300:
            run = Run(plan, ["s", "t"], PARTITIONS, log)
        if dice.random() < 0.3:
            table[key] = None if dice.random() < 0.3 else {"C": dice.choice("xyz"), "D": 0.5}
            run.feed("t", key, table[key], now)
            continue
        run.feed("s", key, {"A": now, "B": "b"}, time)
        if (row := table.get(key)) is not None:
            where = row["C"].encode() + (time - time % 10).to_bytes(8, "big")
            counts[where] = counts.get(where, 0) + 1
            expected.append((where, {"N": counts[where]}))
    found = [(key, value) for key, value, _ in everything(run, 8)]
    assert sorted(found, key=str) == sorted(expected, key=str)
