"""How a table is read: the query of each mode, and the offset that says where to go on.

| mode | query | sees | misses |
|---|---|---|---|
| bulk | all rows, each time | every row, again and again | deletions |
| incrementing | id > last, by id | new rows | changes, deletions, ids that commit late |
| timestamp | ts > last and ts < now - delay, by ts | new and changed rows | deletions, rows whose earlier ts commits late (see delay) |
| timestamp+incrementing | both, by ts and id | the same | the same |

Rows of one timestamp are always committed together, so a restart between two batches neither misses nor repeats any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from millstream.dataclass import dataclass
from millstream.worker.connectors.jdbc.columns import Mapped
from millstream.worker.connectors.jdbc.database import Column, Database

MODES = ("bulk", "timestamp", "incrementing", "timestamp+incrementing")


@dataclass(slots=True)
class Progress:
    """Where a table has been read to. None: from the start."""

    incrementing: int | None = None
    micros: int | None = None

    @classmethod
    def of(cls, offset: Mapping[str, Any] | None) -> Progress:
        """Of a stored offset, in Confluent's form: milliseconds, and the nanoseconds of the second."""
        if not offset:
            return cls()
        millis = offset.get("timestamp")
        micros = None
        if millis is not None:
            nanos = offset.get("timestamp_nanos")
            micros = int(millis) * 1000 if nanos is None else int(millis) // 1000 * 1_000_000 + int(nanos) // 1000
        incrementing = offset.get("incrementing")
        return cls(None if incrementing is None else int(incrementing), micros)

    def offset(self) -> dict[str, Any]:
        out: dict[str, Any] = {}
        if self.micros is not None:
            out["timestamp_nanos"] = self.micros % 1_000_000 * 1000
        if self.incrementing is not None:
            out["incrementing"] = self.incrementing
        if self.micros is not None:
            out["timestamp"] = self.micros // 1000
        return out


@dataclass(frozen=True, slots=True)
class Plan:
    """What to read of one table: its columns, and which of them say what is new. ``source``: the table, or the query in brackets."""

    source: str
    mapped: tuple[Mapped, ...]
    mode: str
    incrementing: Column | None
    stamps: tuple[Column, ...]
    timezone: str
    suffix: str = ""

    def sql(self, db: Database, progress: Progress, until: int | None) -> tuple[str, list[Any]]:
        """The query and its parameters. ``until``: rows older than this (microseconds) only."""
        columns = ", ".join(_selected(db, m.column, self.timezone) for m in self.mapped)
        conditions: list[str] = []
        parameters: list[Any] = []
        order: list[str] = []
        mark = db.placeholder
        if self.stamps:
            stamp = self._stamp(db)
            order.append(stamp)
            assert until is not None
            conditions.append(f"{stamp} < {mark}")
            parameters.append(self._time(db, until))
        if self.incrementing:
            order.append(db.quote(self.incrementing.name))
        if self.stamps and self.incrementing and progress.micros is not None and progress.incrementing is not None:
            column = db.quote(self.incrementing.name)
            conditions.append(f"(({stamp} = {mark} AND {column} > {mark}) OR {stamp} > {mark})")
            at = self._time(db, progress.micros)
            parameters += [at, progress.incrementing, at]
        elif self.stamps and progress.micros is not None:
            conditions.append(f"{stamp} > {mark}")
            parameters.append(self._time(db, progress.micros))
        elif self.incrementing and progress.incrementing is not None and not self.stamps:
            conditions.append(f"{db.quote(self.incrementing.name)} > {mark}")
            parameters.append(progress.incrementing)
        text = f"SELECT {columns} FROM {self.source if mark != '%s' else self.source.replace('%', '%%')}"
        if conditions:
            text += " WHERE " + " AND ".join(conditions)
        if order:
            text += " ORDER BY " + ", ".join(f"{o} ASC" for o in order)
        return (f"{text} {self.suffix}" if self.suffix else text), parameters

    def _stamp(self, db: Database) -> str:
        parts = [db.moment(c, self.timezone) for c in self.stamps]
        return parts[0] if len(parts) == 1 else f"COALESCE({', '.join(parts)})"

    def _time(self, db: Database, micros: int) -> Any:
        column = self.stamps[0]
        if column.kind == "timestamp" and db.expression(column, self.timezone) != db.quote(column.name):
            column = replace(column, kind="timestamptz")
        return db.time_parameter(micros, column)


def _selected(db: Database, column: Column, timezone: str) -> str:
    expression = db.expression(column, timezone)
    name = db.quote(column.name)
    return expression if expression == name else f"{expression} AS {name}"


def cut(stamps: Sequence[int], *, complete: bool) -> int:
    """How many of the rows may go: all of them when the result is complete, else those before the last timestamp's."""
    if complete or not stamps:
        return len(stamps)
    last = stamps[-1]
    end = len(stamps)
    while end and stamps[end - 1] == last:
        end -= 1
    return end
