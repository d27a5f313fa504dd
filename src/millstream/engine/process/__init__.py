"""The engine in a process of its own, and the runtime that speaks to it.

    runtime   ProcessRuntime: what the server holds; starts the process, again when it dies
    child     the process: one thread, commands and queries in one loop (``python -m millstream.engine.process``)
    wire      frames over a socket pair
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
