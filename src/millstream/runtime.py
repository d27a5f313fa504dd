"""The contract of whatever runs plans: our engine, or Flink. Synchronous and thread-safe; push rows arrive by callback.

Nothing above this line knows which runtime it talks to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, Protocol

from millstream.dataclass import dataclass

if TYPE_CHECKING:
    from millstream.plan.nodes import PullPlan, QueryPlan


@dataclass(frozen=True, slots=True)
class Row:
    """A row for a client: values in the order of the plan's schema (JSON-able only after ``server`` shaped them).

    ``tombstone``: the key was deleted (push on tables); values other than key columns are None then.
    """

    values: Sequence[Any]
    tombstone: bool = False


@dataclass(frozen=True, slots=True)
class QueryStatus:
    """``state``: RUNNING, PAUSED, ERROR or UNRESPONSIVE.

    ``lag`` counts records not yet read; ``offsets`` are next offsets by (topic, partition).
    """

    state: str
    error: str | None = None
    records_in: int = 0
    records_out: int = 0
    records_late: int = 0
    records_failed: int = 0
    lag: int = 0
    offsets: dict[tuple[str, int], int] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)


class PushHandle(Protocol):
    """A running push query."""

    def close(self) -> None:
        """Stop it; ``on_end`` is not called after this returns."""

    def resume(self) -> None:
        """Tell that rows were taken: ``on_rows`` returning False paused it (a slow client)."""


class Runtime(Protocol):
    """Runs plans. Errors are MillstreamErrors."""

    def supports(self, plan: QueryPlan) -> str | None:
        """None when the plan can run here, else the reason why not."""

    def start(self, plan: QueryPlan, *, again: bool = False) -> None:
        """Start (or go on with) a persistent query from its committed offsets.

        ``again``: it ran before. A topic or a broker that is missing then shows in its status and is waited for; else it is raised.
        """

    def stop(self, query_id: str, *, drop: bool) -> None:
        """Stop it after a last commit. ``drop`` deletes its state and offsets (TERMINATE)."""

    def pause(self, query_id: str) -> None: ...

    def resume(self, query_id: str) -> None: ...

    def status(self) -> dict[str, QueryStatus]:
        """All persistent queries by id."""

    def pull(self, plan: PullPlan, after: dict[tuple[str, int], int] | None = None) -> Iterator[list[Row]]:
        """Rows of a pull query, in batches.

        ``after``: (topic, partition) -> offset that the table should have passed; waits up to 1 s for it.
        """

    def push(self, plan: QueryPlan, on_rows: Callable[[list[Row]], bool], on_end: Callable[[str | None], None]) -> PushHandle:
        """Run a push query. ``on_rows`` is called on a runtime thread and returns False to pause.

        ``on_end``: error text, or None when LIMIT is reached or the query came to its end.
        """

    def close(self) -> None:
        """Stop everything after a last commit."""

    def kill(self) -> None:
        """Stop everything at once, without a last commit: another server runs the queries now."""
