"""A runtime whose rows a test decides, for what concerns only the way from a runtime to a client."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from millstream.plan.nodes import PullPlan, QueryPlan
from millstream.runtime import PushHandle, QueryStatus, Row


class ScriptedPush:
    """A push query in the hands of a test."""

    def __init__(self, plan: QueryPlan, on_rows: Callable[[list[Row]], bool], on_end: Callable[[str | None], None]) -> None:
        self.plan, self.on_rows, self.on_end = plan, on_rows, on_end
        self.closed = False
        self.resumed = 0

    def close(self) -> None:
        self.closed = True

    def resume(self) -> None:
        self.resumed += 1


class ScriptedRuntime:
    """Persistent queries only exist; pull queries give ``rows``; a push query is given to ``play``, or waits in ``pushes``."""

    def __init__(self, rows: list[list[Row]] | None = None, play: Callable[[ScriptedPush], None] | None = None) -> None:
        self.rows = rows or []
        self.play = play
        self.pushes: list[ScriptedPush] = []
        self.started: dict[str, QueryPlan] = {}
        self.dropped: list[str] = []
        self.paused: set[str] = set()

    def supports(self, plan: QueryPlan) -> str | None:
        return None

    def start(self, plan: QueryPlan, *, again: bool = False) -> None:
        self.started[plan.query_id] = plan

    def stop(self, query_id: str, *, drop: bool) -> None:
        del self.started[query_id]
        if drop:
            self.dropped.append(query_id)

    def pause(self, query_id: str) -> None:
        self.paused.add(query_id)

    def resume(self, query_id: str) -> None:
        self.paused.discard(query_id)

    def status(self) -> dict[str, QueryStatus]:
        return {query_id: QueryStatus("RUNNING") for query_id in self.started}

    def pull(self, plan: PullPlan, after: dict[tuple[str, int], int] | None = None) -> Iterator[list[Row]]:
        return iter(self.rows)

    def push(self, plan: QueryPlan, on_rows: Callable[[list[Row]], bool], on_end: Callable[[str | None], None]) -> PushHandle:
        push = ScriptedPush(plan, on_rows, on_end)
        self.pushes.append(push)
        if self.play is not None:
            self.play(push)
        return push

    def close(self) -> None:
        pass
