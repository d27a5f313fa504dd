"""What is done to connectors between statements: those that failed are restarted as they ask for, those whose creation broke off in the
middle are started.

What is known of each is kept in the log, so that it outlives the process. What may not live here: when to restart (``restarts``).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from millstream.connect import secrets, states
from millstream.connect.client import ConnectClient
from millstream.connect.restarts import Course, Event, Policy, policy_of, step, told
from millstream.errors import ConnectError
from millstream.log.base import Log

OWNER = "_connect-watch"
_COURSES, _PENDING = f"{OWNER}/courses", f"{OWNER}/pending"
#: Seconds until the first look: connectors that failed while nobody looked need not wait, nor does who first asks for Connect.
_FIRST_S = 1.0
#: What was about to be created and is not there by then will not come.
_BROKEN_OFF_MS = 60_000
_log = logging.getLogger("millstream.connect")


class Watch:
    """One a database. ``clock`` gives milliseconds since 1970. ``awake``: whether Connect is there to be looked at (the built-in worker
    is started when it is first needed). Thread-safe."""

    def __init__(self, client: ConnectClient, log: Log, clock: Callable[[], int], awake: Callable[[], bool] = lambda: True) -> None:
        self.awake = awake
        self._client, self._log, self._clock = client, log, clock
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._silent = False
        #: Connectors that a statement of this process is creating now.
        self._busy: set[str] = set()

    @property
    def answers(self) -> bool:
        """Whether Connect is there and answered when it was last looked at."""
        return self.awake() and not self._silent

    # -- the thread

    def start(self, every_ms: int) -> None:
        """Look from now on, until ``close``."""
        self._thread = threading.Thread(target=self._run, args=(every_ms / 1000,), name="connect-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, pause_s: float) -> None:
        wait_s = min(_FIRST_S, pause_s)
        while not self._ended.wait(wait_s):
            wait_s = pause_s
            try:
                if self.awake():
                    self.look()
                self._silent = False
            except Exception as error:  # whatever it is, the next look may go better
                if not self._silent:
                    _log.warning("Connectors cannot be looked after: %s", error)
                self._silent = True

    # -- restarts

    def look(self) -> None:
        """Look at all connectors once. Raises ConnectError where Connect does not answer."""
        found = self._client.all()
        self._start_pending(found)
        with self._lock:
            courses, due = self._courses(), list[str]()
            for name, both in found.items():
                config = both.get("info", {}).get("config", {})
                policy = policy_of(config)
                if policy is not None and self._judge(name, policy, courses.pop(name, Course()), both.get("status", {}), config):
                    due.append(name)
            for name in courses:  # dropped, or it asks for no restarts any more
                self._keep(_COURSES, name, None)
        for name in due:
            _log.warning("Connector %s failed and is restarted.", name)
            try:
                self._client.restart(name, failed_only=True)
            except ConnectError as error:  # it will be due again, after a longer pause
                _log.warning("Connector %s could not be restarted: %s", name, error.message)

    def _judge(self, name: str, policy: Policy, course: Course, status: Mapping[str, Any], config: Mapping[str, str]) -> bool:
        before = msgspec.json.encode(course)
        restart = step(policy, course, status, self._clock())
        course.history = [Event(e.at, secrets.scrub(e.what, config)) for e in course.history]
        if msgspec.json.encode(course) != before:
            self._keep(_COURSES, name, msgspec.json.encode(course))
        return restart

    def cared_for(self, name: str) -> None:
        """Somebody takes care of the connector by a statement: its restarts are counted from zero. Its history stays."""
        with self._lock:
            course = self._courses().get(name)
            if course is not None and (course.restarts or course.over or course.due):
                fresh = Course(history=course.history)
                fresh.note(self._clock(), "taken care of by a statement; restarts are counted anew")
                self._keep(_COURSES, name, msgspec.json.encode(fresh))
        if name in self._pending():
            self.ends(name)

    def told(self, name: str, config: Mapping[str, str]) -> list[str]:
        """How a connector is restarted and what happened so far, a line each."""
        with self._lock:
            return told(policy_of(config), self._courses().get(name) or Course())

    # -- creations

    def begins(self, name: str) -> bool:
        """A connector is about to be created stopped, and to be started then. False: it was to be before, and was not started."""
        with self._lock:
            self._busy.add(name)
            if name in self._pending():
                return False
            self._keep(_PENDING, name, str(self._clock()).encode())
            return True

    def leaves(self, name: str) -> None:
        """The statement that creates it comes to its end. What it did not start is started from here."""
        with self._lock:
            self._busy.discard(name)

    def ends(self, name: str) -> None:
        """It was started, or will not be."""
        with self._lock:
            self._keep(_PENDING, name, None)

    def _start_pending(self, found: Mapping[str, Any]) -> None:
        """Start what was created and not started: the server ended in between, or Connect did not answer."""
        with self._lock:
            waiting = {name: at for name, at in self._pending().items() if name not in self._busy}
        for name, at in waiting.items():
            if name not in found and self._clock() - at < _BROKEN_OFF_MS:
                continue  # Connect may be at it still
            if name in found and states.state_of(self._client, name) == "STOPPED":
                _log.warning("Connector %s was created and not started; it is started now.", name)
                self._client.control(name, "resume")
            self.ends(name)

    # -- the log

    def _courses(self) -> dict[str, Course]:
        return {key.decode(): msgspec.json.decode(value, type=Course) for key, value in self._log.scan(_COURSES, 0)}

    def _pending(self) -> dict[str, int]:
        return {key.decode(): int(at) for key, at in self._log.scan(_PENDING, 0)}

    def _keep(self, store: str, name: str, value: bytes | None) -> None:
        with self._log.begin(OWNER) as transaction:
            transaction.put(store, 0, [(name.encode(), value)])
            transaction.commit()
