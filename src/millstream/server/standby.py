"""A server on Kafka: a standby of its service until it leads, and again once another server has taken over.

A **term** is what a server does while it stands for leadership of its service: it follows the leader's state; once it leads it
replays the definitions, runs the queries and answers; when another leads it stops at once and begins a new term. What fails (no broker, a
refused login) is told to whoever asks and tried again.

What may not live here: how a database is put together (``start``), how a leader is chosen (``log.kafka.leader``).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from millstream.errors import ConfigError, ExecutionError, LogError, MillstreamError, StateError
from millstream.server.standing import Standing
from millstream.session.dispatch import Failed

if TYPE_CHECKING:
    from millstream.log.base import Log
    from millstream.log.kafka import KafkaLog
    from millstream.log.kafka.leader import Membership
    from millstream.server.app import App
    from millstream.session.database import Database

log = logging.getLogger("millstream.server")
#: How often a standby catches up with the leader, and a leader looks whether it still is, in seconds.
FOLLOW_S = 0.5
#: How long after a failure the next term begins, in seconds.
RETRY_S = 1.0
#: What trying again will not mend: at the first start it is the end.
_FATAL = (ConfigError, ExecutionError, StateError, Failed)


class Terms:
    """The terms of one server, one after the other, in a thread. ``lead`` makes the database over a log that may be written."""

    def __init__(self, app: App, address: str, open_log: Callable[[], KafkaLog], lead: Callable[[Log, ExitStack], Database]) -> None:
        self._app = app
        self._address = app.address = address
        self._open_log = open_log
        self._lead = lead
        self._closing = threading.Event()
        #: Set once this server leads, knows who does, or knows what keeps it from either.
        self._settled = threading.Event()
        self._fatal: MillstreamError | Failed | None = None
        self._thread = threading.Thread(target=self._run, name="millstream-terms", daemon=True)

    def start(self) -> None:
        """Begin the first term and return once the server has found its place. Raises what cannot be mended by trying again."""
        self._thread.start()
        self._settled.wait()
        if self._fatal is not None:
            raise self._fatal

    def close(self) -> None:
        """End after a last commit; another server may lead at once."""
        self._app.state = "TERMINATING"
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._term()
            except (MillstreamError, Failed) as failure:
                self._failed(failure)
                self._closing.wait(RETRY_S)
            except Exception as fault:  # ours: whoever waits for this thread must not wait for ever
                log.exception("A term ended unexpectedly.")
                self._failed(ExecutionError(f"This server cannot take its place: {type(fault).__name__}: {fault}"))
                self._closing.wait(RETRY_S)

    def _failed(self, failure: MillstreamError | Failed) -> None:
        if isinstance(failure, _FATAL) and not self._settled.is_set():
            self._fatal = failure
            self._closing.set()
        elif str(failure) != self._app.standing.trouble:
            log.warning("%s", failure)
        self._stand("INITIALIZING", trouble=str(failure))
        self._settled.set()

    def _term(self) -> None:
        with ExitStack() as stack:
            kafka = self._open_log()
            stack.callback(kafka.close)
            membership = kafka.join(self._address)
            stack.callback(membership.close)
            self._stand_by(kafka, membership)
            if not self._closing.is_set():
                self._rule(kafka, membership)

    def _stand_by(self, kafka: KafkaLog, membership: Membership) -> None:
        """Follow whoever leads until this server does."""

        def stop() -> bool:
            return membership.leads or self._closing.is_set()

        while not stop():
            leader, trouble = None, None
            try:
                leader = membership.leader()
                if membership.follows and leader is not None and leader != self._address:
                    self._stand("STANDBY", leader)
                    self._settled.set()
                    kafka.follow(stop)
            except LogError as failure:
                trouble = str(failure)
                if trouble != self._app.standing.trouble:
                    log.warning("%s", trouble)
                self._stand("STANDBY" if self._app.state == "STANDBY" else "INITIALIZING", self._app.standing.leader, trouble)
                self._settled.set()
            membership.wait(FOLLOW_S)

    def _rule(self, kafka: KafkaLog, membership: Membership) -> None:
        """Lead until another does."""
        if self._settled.is_set():
            log.warning("This server leads now.")
        self._stand("INITIALIZING", self._address)
        kafka.lead()
        with ExitStack() as stack:
            database = self._lead(kafka, stack)
            self._app.database = database
            stack.callback(self._step_down)
            self._stand("READY", self._address)
            self._settled.set()
            while not (membership.over or self._closing.is_set()):
                membership.wait(FOLLOW_S)
            if membership.over:
                log.warning("Another server of this service leads now: this one stops its queries and becomes a standby.")
                self._step_down()
                database.runtime.kill()

    def _step_down(self) -> None:
        self._stand("TERMINATING" if self._closing.is_set() else "INITIALIZING")
        self._app.database = None

    def _stand(self, state: str, leader: str | None = None, trouble: str | None = None) -> None:
        self._app.standing = Standing(leader, trouble)
        self._app.state = "TERMINATING" if self._closing.is_set() else state
