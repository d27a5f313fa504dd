"""The local runtime, driven by a thread of its own: for tests of a whole server in one process."""

from __future__ import annotations

from millstream.config import Config
from millstream.engine.local import LocalRuntime
from millstream.formats.base import Registry
from millstream.functions import FunctionRegistry
from millstream.log.base import Log


def driven(log: Log, functions: FunctionRegistry, registry: Registry | None, _: Config) -> LocalRuntime:
    """What ``start_embedded`` takes to make a runtime."""
    runtime = LocalRuntime(log, functions, registry)
    runtime.drive()
    return runtime
