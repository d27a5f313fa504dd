"""The engine in a process of its own, and the runtime that speaks to it.

runtime     ProcessRuntime: what the server holds; starts the process, again when it dies
connection  one process as the server sees it: spawned, spoken to, ended
telling     what the engine tells of its queries, also while it is busy
streams     push and pull queries as the server holds them
child       the process: one thread, commands and queries in one loop (``python -m millstream.engine.process``)
pulls       pull queries as the process holds them
wire        frames over a socket pair
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from millstream.engine.process.runtime import ProcessRuntime

__all__ = ["ProcessRuntime"]


def __getattr__(name: str) -> Any:
    if name == "ProcessRuntime":
        from millstream.engine.process.runtime import ProcessRuntime

        return ProcessRuntime
    raise AttributeError(name)
