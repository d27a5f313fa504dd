"""The herder: creates, changes, deletes, pauses and restarts connectors, and starts them again with the process.

Answers are Python values in the REST API's shapes, secrets masked; refusals are RestErrors with Kafka's texts.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from millstream.errors import LogError
from millstream.formats.base import Registry
from millstream.log.base import Log
from millstream.worker.clock import Clock
from millstream.worker.connectors.base import Connector
from millstream.worker.errors import RestError
from millstream.worker.herder import offsets
from millstream.worker.herder.running import RunningConnector, Surroundings
from millstream.worker.herder.store import Store, StoredConnector
from millstream.worker.herder.validation import declared_secrets, full_definition, judge
from millstream.worker.log_names import logger
from millstream.worker.plugins import Plugins
from millstream.worker.secrets import mask, unmask
from millstream.worker.tasks.thread import TaskThread

_STOP_FIRST = (
    "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by "
    "issuing a 'PUT' request to the '/connectors/{}/stop' endpoint"
)


class Herder:
    """Thread-safe. One a worker."""

    def __init__(self, log: Log, registry: Registry | None, clock: Clock, worker_id: str) -> None:
        self.worker_id, self.plugins, self.registry = worker_id, Plugins(), registry
        self._log, self.store = log, Store(log)
        self._around = Surroundings(log, self.store, registry, self.plugins, clock)
        self._stored: dict[str, StoredConnector] = {}
        self._running: dict[str, RunningConnector] = {}
        self._lock = threading.RLock()

    # -- life of the process

    def start(self) -> None:
        """Start every stored connector in the state it should have."""
        with self._lock:
            self._stored = self.store.connectors()
            for name in self._stored:
                self._launch(name)

    def stop(self) -> None:
        """Stop everything; what is stored goes on with the next start."""
        with self._lock:
            running, self._running = list(self._running.values()), {}
        for connector in running:
            connector.stop()

    def _launch(self, name: str) -> None:
        stored = self._stored[name]
        found = self.plugins.connector(stored.config.get("connector.class", ""))
        if stored.state == "STOPPED" or found is None:
            if found is None:
                logger("herder").error("Connector %s: there is no class %s any more.", name, stored.config.get("connector.class"))
            self._save_status(name)
            return
        self._running[name] = RunningConnector(name, found[1], stored.config, self._around, lambda: self._save_status(name))
        self._running[name].start(paused=stored.state == "PAUSED")

    def _relaunch(self, name: str) -> None:
        running = self._running.pop(name, None)
        if running is not None:
            running.stop()
        self._launch(name)

    def _save_status(self, name: str) -> None:
        if name in self._stored:
            try:
                self.store.put_status(name, self.status(name))
            except LogError as failure:  # a connector is not worse for it
                logger("herder").warning("The status of connector %s is not kept now: %s", name, failure)

    # -- definitions

    def names(self) -> list[str]:
        return list(self._stored)

    def create(self, name: str, config: Mapping[str, str], state: str = "RUNNING") -> dict[str, Any]:
        """POST: a new connector. 400 before 409, as Kafka judges them."""
        with self._lock:
            checked = self._checked(name, config)
            if "/" in name or name in (".", ".."):
                raise RestError(400, f"Invalid value {name} for configuration name: it is a part of the REST API's paths")
            if name in self._stored:
                raise RestError(409, f"Connector {name} already exists")
            return self._put(name, checked, state)

    def put_config(self, name: str, config: Mapping[str, str]) -> tuple[bool, dict[str, Any]]:
        """PUT: create or replace. True when it was created."""
        with self._lock:
            old = self._stored.get(name)
            checked = self._checked(name, config)
            return old is None, self._put(name, checked, old.state if old else "RUNNING")

    def patch_config(self, name: str, patch: Mapping[str, str | None]) -> dict[str, Any]:
        """PATCH: merge; null removes a key."""
        with self._lock:
            merged: dict[str, str | None] = {**self._get(name).config, **patch}
            return self.put_config(name, {k: v for k, v in merged.items() if v is not None})[1]

    def _checked(self, name: str, config: Mapping[str, str]) -> dict[str, str]:
        full = dict(config)
        if full.setdefault("name", name) != name:
            raise RestError(400, f"Connector name configuration ({full['name']}) doesn't match connector name in the URL ({name})")
        old = self._stored.get(name)
        try:
            full = unmask(full, old.config if old else {})
        except ValueError as e:
            raise RestError(400, str(e)) from None
        judgement = judge(self._class(full), full, self.plugins, self.registry)
        errors = judgement.errors
        if errors:
            listed = "\n".join(errors)
            raise RestError(
                400,
                f"Connector configuration is invalid and contains the following {len(errors)} error(s):\n{listed}\n"
                "You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`",
            )
        return full

    def _class(self, config: Mapping[str, str]) -> Connector:
        name = config.get("connector.class")
        if name is None:
            shown = ", ".join(f"{k}={v}" for k, v in sorted(mask(config, ()).items()))
            raise RestError(400, f"Connector config {{{shown}}} contains no connector type")
        found = self.plugins.connector(name)
        if found is None:
            known = ", ".join(self.plugins.connectors)
            raise RestError(
                400,
                "org.apache.kafka.connect.errors.ConnectException: Failed to find any class that implements Connector and which name "
                f"matches {name}, available connectors are: {known}",
            )
        return found[1]

    def _put(self, name: str, config: dict[str, str], state: str) -> dict[str, Any]:
        stored = StoredConnector(config, state)
        self.store.put_connector(name, stored)
        self._stored[name] = stored
        self._relaunch(name)
        return self.info(name)

    def delete(self, name: str) -> None:
        with self._lock:
            self._get(name)
            running = self._running.pop(name, None)
            if running is not None:
                running.stop()
            del self._stored[name]
            self.store.drop_connector(name)

    # -- reading

    def _get(self, name: str, text: str = "Connector {} not found") -> StoredConnector:
        stored = self._stored.get(name)
        if stored is None:
            raise RestError(404, text.format(name))
        return stored

    def _kind(self, config: Mapping[str, str]) -> str:
        found = self.plugins.connector(config.get("connector.class", ""))
        return found[1].kind if found else "unknown"

    def _mask(self, config: Mapping[str, str]) -> dict[str, str]:
        found = self.plugins.connector(config.get("connector.class", ""))
        return mask(config, declared_secrets(full_definition(found[1])) if found else ())

    def config(self, name: str) -> dict[str, str]:
        return self._mask(self._get(name).config)

    def info(self, name: str) -> dict[str, Any]:
        stored = self._get(name)
        running = self._running.get(name)
        count = len(running.tasks) if running else 0
        tasks = [{"connector": name, "task": i} for i in range(count)]
        return {"name": name, "config": self._mask(stored.config), "tasks": tasks, "type": self._kind(stored.config)}

    def tasks(self, name: str) -> list[dict[str, Any]]:
        self._get(name)
        running = self._running.get(name)
        configs = running.task_configs if running else []
        return [{"id": {"connector": name, "task": i}, "config": self._mask(c)} for i, c in enumerate(configs)]

    def status(self, name: str) -> dict[str, Any]:
        stored = self._get(name, "No status found for connector {}")
        running = self._running.get(name)
        found = self.plugins.connector(stored.config.get("connector.class", ""))
        connector: dict[str, Any] = {"state": "STOPPED" if stored.state == "STOPPED" else "UNASSIGNED"}
        if running:
            connector["state"] = running.state
        elif found is None:
            connector["state"] = "FAILED"
        connector["worker_id"] = self.worker_id
        connector["version"] = found[1].version if found else None
        if running and running.trace:
            connector["trace"] = running.trace
        elif found is None:
            connector["trace"] = f"There is no connector class {stored.config.get('connector.class')} in this worker."
        tasks = [self._task_shape(running, task) for task in list(running.tasks)] if running else []
        return {"name": name, "connector": connector, "tasks": tasks, "type": self._kind(stored.config)}

    def _task_shape(self, running: RunningConnector, task: TaskThread) -> dict[str, Any]:
        shape = {"id": task.task, "state": task.state, "worker_id": self.worker_id, "version": running.connector.version}
        if task.trace:
            shape["trace"] = task.trace
        return shape

    def task_status(self, name: str, number: int) -> dict[str, Any]:
        running = self._running.get(name)
        tasks = list(running.tasks) if running is not None else []  # others may take their place at any time
        if running is None or not 0 <= number < len(tasks):
            raise RestError(404, f"No status found for task {name}-{number}")
        return self._task_shape(running, tasks[number])

    # -- states

    def pause(self, name: str, paused: bool) -> None:
        """PAUSED, or RUNNING again (also from STOPPED)."""
        with self._lock:
            stored = self._get(name, "Unknown connector {}")
            before = stored.state
            self._target(name, "PAUSED" if paused else "RUNNING")
            running = self._running.get(name)
            if running is not None:
                running.pause(paused)
            elif before == "STOPPED":
                self._launch(name)

    def stop_connector(self, name: str) -> None:
        with self._lock:
            self._get(name, "Unknown connector {}")
            self._target(name, "STOPPED")
            running = self._running.pop(name, None)
            if running is not None:
                running.stop()
            self._save_status(name)

    def _target(self, name: str, state: str) -> None:
        stored = self._stored[name] = StoredConnector(self._stored[name].config, state)
        self.store.put_connector(name, stored)

    def restart(self, name: str, *, include_tasks: bool, only_failed: bool) -> dict[str, Any] | None:
        """Restart; the status (with RESTARTING) where a plan was asked for, else None."""
        with self._lock:
            self._get(name, "Unknown connector: {}")
            running = self._running.get(name)
            status = self.status(name)
            if running is None:
                return status if include_tasks or only_failed else None
            connector_too = not only_failed or running.state == "FAILED"
            numbers = [t.task for t in running.tasks if include_tasks and (not only_failed or t.state == "FAILED")]
            if connector_too and (include_tasks or running.state == "FAILED" or not running.tasks):
                self._relaunch(name)
            else:
                for number in numbers:
                    running.restart_task(number)
            if not include_tasks and not only_failed:
                return None
            if connector_too:
                status["connector"]["state"] = "RESTARTING"
            for number in numbers:
                status["tasks"][number]["state"] = "RESTARTING"
            return status

    def restart_task(self, name: str, number: int) -> None:
        with self._lock:
            running = self._running.get(name)
            if running is None or not 0 <= number < len(running.tasks):
                raise RestError(404, f"Unknown task: {name}-{number}")
            running.restart_task(number)

    # -- topics and offsets

    def topics(self, name: str) -> list[str]:
        return self.store.topics(name)

    def reset_topics(self, name: str) -> None:
        """Forget them; what is used from now on is told again."""
        self.store.reset_topics(name)
        running = self._running.get(name)
        for task in running.tasks if running else ():
            task.announced = set()

    def offsets(self, name: str) -> dict[str, Any]:
        return offsets.read(self._log, self.store, name, self._kind(self._get(name).config))

    def alter_offsets(self, name: str, body: Any) -> dict[str, str]:
        with self._lock:
            return offsets.alter(self._log, self.store, name, self._stopped(name), body)

    def reset_offsets(self, name: str) -> dict[str, str]:
        with self._lock:
            return offsets.reset(self._log, self.store, name, self._stopped(name))

    def _stopped(self, name: str) -> Connector | None:
        """The connector's class, once it is stopped; None where that is not there any more."""
        stored = self._get(name)
        if stored.state != "STOPPED":
            raise RestError(400, _STOP_FIRST.format(name))
        found = self.plugins.connector(stored.config.get("connector.class", ""))
        return found[1] if found else None

    # -- plugins

    def validate(self, plugin: str, config: Mapping[str, str]) -> dict[str, Any]:
        """PUT /connector-plugins/{p}/config/validate."""
        asked = self.plugins.connector(plugin)
        prefix = "org.apache.kafka.connect.runtime.rest.errors.BadRequestException: "
        try:
            connector = self._class(config)
        except RestError as e:
            raise RestError(500, prefix + e.message.removeprefix("org.apache.kafka.connect.errors.ConnectException: ")) from None
        if asked is None or asked[1] is not connector:
            raise RestError(400, f"Included connector type {config['connector.class']} does not match request type {plugin}")
        old = self._stored.get(config.get("name", ""))
        try:
            config = unmask(config, old.config if old else {})
        except ValueError as e:
            raise RestError(400, str(e)) from None
        return judge(connector, config, self.plugins, self.registry).shape(config["connector.class"])
