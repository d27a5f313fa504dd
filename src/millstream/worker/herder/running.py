"""A connector at work: its state, its tasks, and the look for changes that need other tasks (new tables).

``start`` returns at once: a thread of the connector's own resolves references, asks the connector for task configurations (which
may look into a database) and starts the tasks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from millstream.formats.base import Registry
from millstream.log.base import Log
from millstream.worker.clock import Clock, Signal
from millstream.worker.connectors.base import Connector
from millstream.worker.converters.base import Converter
from millstream.worker.errors import RetriableError
from millstream.worker.herder.store import Store
from millstream.worker.herder.validation import converter_settings, declared_secrets, full_definition
from millstream.worker.log_names import logger
from millstream.worker.plugins import Plugins
from millstream.worker.providers import resolve_all
from millstream.worker.secrets import Scrubber
from millstream.worker.tasks.moving import Work
from millstream.worker.tasks.sink import SinkThread
from millstream.worker.tasks.source import SourceThread
from millstream.worker.tasks.thread import TaskThread, trace_of
from millstream.worker.transforms.chain import Chain, build

_JOIN_S = 10.0


class Surroundings:
    """What every running connector needs of its worker."""

    def __init__(self, log: Log, store: Store, registry: Registry | None, plugins: Plugins, clock: Clock) -> None:
        self.log, self.store, self.registry, self.plugins, self.clock = log, store, registry, plugins, clock


class RunningConnector:
    """One connector. ``on_state`` is called (on any thread) after each change of state."""

    def __init__(
        self, name: str, connector: Connector, config: Mapping[str, str], around: Surroundings, on_state: Callable[[], None]
    ) -> None:
        self.name, self.connector, self.config = name, connector, dict(config)
        self.state = "UNASSIGNED"
        self.trace: str | None = None
        self.tasks: list[TaskThread] = []
        self.task_configs: list[dict[str, str]] = []
        self._around, self._on_state = around, on_state
        self._signal = Signal()
        self._lock = threading.RLock()
        self._stopping = self._paused = False
        self._scrub = Scrubber(config, declared_secrets(full_definition(connector)))
        self._thread = threading.Thread(target=self._run, name=f"connect-{name}", daemon=True)

    def start(self, *, paused: bool) -> None:
        self._paused = paused
        self._thread.start()

    def stop(self) -> None:
        """End all threads; returns when they have ended (or, where one hangs in a foreign call, after 10 s)."""
        with self._lock:
            self._stopping = True
            self._signal.set()
            tasks = list(self.tasks)
        for task in tasks:
            task.stop()
        for thread in tasks:
            if not thread.join(_JOIN_S):
                logger("herder").warning("Task %s-%d does not end; it is left behind.", self.name, thread.task)
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(_JOIN_S)

    def pause(self, paused: bool) -> None:
        with self._lock:
            self._paused = paused
            for task in self.tasks:
                task.pause(paused)
            if self.state in ("RUNNING", "PAUSED"):
                self._enter("PAUSED" if paused else "RUNNING")

    def restart_task(self, number: int) -> None:
        """Stop one task and start it anew."""
        with self._lock:
            old = self.tasks[number]
            old.stop()
            old.join(_JOIN_S)
            self.tasks[number] = self._task(number, len(self.tasks))
            self.tasks[number].start(paused=self._paused)
        self._on_state()

    def _run(self) -> None:
        try:
            resolved, secrets = resolve_all(self.config)
            expanded = self.connector.expand(resolved)
            self._scrub = Scrubber(expanded, declared_secrets(full_definition(self.connector)), secrets)
            self._parsed = full_definition(self.connector).parse(expanded)
            self._retask(expanded, self._patiently(expanded))
            interval = self.connector.monitor_ms(expanded)
            while interval is not None and not self._stopping:
                if self._around.clock.wait(self._signal, interval):
                    break
                try:
                    configs = self.connector.task_configs(expanded, self._parsed["tasks.max"])
                except RetriableError as e:
                    logger("herder").warning("Connector %s looks again later: %s", self.name, self._scrub(e.message))
                    continue
                if configs != self._resolved and not self._stopping:
                    self._retask(expanded, configs)
        except Exception as e:
            if not self._stopping:
                self.trace = trace_of(e, self._scrub)
                logger("herder").error("Connector %s failed: %s", self.name, self.trace)
                self._enter("FAILED")

    def _patiently(self, resolved: Mapping[str, str]) -> list[dict[str, str]]:
        """Task configurations; where what they need cannot be reached, tried as often as ``connection.attempts`` says."""
        attempts, pause = self._parsed.get("connection.attempts", 1), self._parsed.get("connection.backoff.ms", 0)
        for left in range(attempts - 1, -1, -1):
            try:
                return self.connector.task_configs(resolved, self._parsed["tasks.max"])
            except RetriableError as e:
                if left == 0 or self._around.clock.wait(self._signal, pause):
                    raise
                logger("herder").warning("Connector %s will try again: %s", self.name, self._scrub(e.message))
        raise AssertionError("attempts is at least 1")

    def _retask(self, resolved: Mapping[str, str], configs: list[dict[str, str]]) -> None:
        for task in list(self.tasks):
            task.stop()
        for task in list(self.tasks):
            task.join(_JOIN_S)
        with self._lock:
            if self._stopping:
                return
            self._resolved = configs
            self.task_configs = [self._shown(resolved, c) for c in configs]
            self.tasks = [self._task(i, len(configs)) for i in range(len(configs))]
            self._enter("PAUSED" if self._paused else "RUNNING")
            for task in self.tasks:
                task.start(paused=self._paused)

    def _shown(self, resolved: Mapping[str, str], config: Mapping[str, str]) -> dict[str, str]:
        """A task configuration with references put back where they were."""
        return {k: self.config[k] if k in self.config and resolved.get(k) == v else v for k, v in config.items()}

    def _task(self, number: int, count: int) -> TaskThread:
        around, config = self._around, self._resolved[number]
        parsed, pipeline = self._parsed, lambda: self._pipeline(config)
        work = Work(around.log, around.store, config, parsed, count, self.connector.rows, self.connector.task, pipeline)
        kind = SourceThread if self.connector.kind == "source" else SinkThread
        thread = kind(self.name, number, around.clock, self._scrub, self._on_state, work)
        thread.retries_max = self._parsed["task.retries.max"]
        thread.retries_pause_ms = self._parsed["task.retries.backoff.ms"]
        return thread

    def _pipeline(self, config: Mapping[str, str]) -> tuple[Chain, Converter, Converter]:
        plugins, registry = self._around.plugins, self._around.registry
        key = plugins.converter(config.get("key.converter"), converter_settings(config, "key"), is_key=True, registry=registry)
        value = plugins.converter(config.get("value.converter"), converter_settings(config, "value"), is_key=False, registry=registry)
        return build(config, plugins), key, value

    def _enter(self, state: str) -> None:
        self.state = state
        if state != "FAILED":
            self.trace = None
        self._on_state()
