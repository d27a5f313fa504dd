"""The client that asks the brokers about topics and groups, and whether one of them answers at all.

What may not live here: what is asked (``topics``).
"""

from __future__ import annotations

import threading
import time
from typing import Any

from millstream.errors import LogError
from millstream.log.base import Unavailable
from millstream.log.kafka.errors import Faults
from millstream.log.kafka.settings import Settings

#: How long the first broker is waited for; how long one, and how long nobody asks again, once none answered, in seconds.
_FIRST, _KNOCK = 5.0, 1.0
#: How often it is looked meanwhile whether the login was refused, in seconds.
_LOOK = 0.5


class Admin:
    """Safe to use from several threads."""

    def __init__(self, settings: Settings, faults: Faults) -> None:
        self._settings = settings
        self._faults = faults
        self._made: Any = None
        self._lock = threading.Lock()
        self._knocking = threading.Lock()
        self._silence: LogError | None = None
        self._silent_until = 0.0

    @property
    def client(self) -> Any:
        """An AdminClient. Raises Unavailable where no broker answered lately and none does now."""
        with self._lock:
            first = self._made is None
            if first:
                from confluent_kafka.admin import AdminClient

                with self._faults.mapped("start a client"):
                    self._made = AdminClient(self._settings.admin())
                self._faults.hear(self._made)
        if first or self._faults.gone:
            self.knock(_FIRST if first else _KNOCK)
        return self._made

    def knock(self, timeout: float = _FIRST) -> None:
        """Look whether a broker answers. Raises Unavailable when none does, or as soon as one refuses the login or the certificate; who
        asks again at once is told the same at once."""
        from confluent_kafka import KafkaException

        made = self._made if self._made is not None else self.client
        with self._knocking:
            if time.monotonic() < self._silent_until and self._silence is not None:
                raise Unavailable(self._silence.message, hint=self._silence.hint)
            began = time.monotonic()
            while True:
                try:
                    made.list_topics("", timeout=min(timeout, _LOOK))
                    self._faults.gone, self._silence = False, None
                    return
                except KafkaException as error:
                    silence = self._faults.error(error.args[0], "answer")
                    if time.monotonic() - began < timeout and not self._faults.refused_since(began):
                        continue
                    self._silence, self._silent_until = silence, time.monotonic() + _KNOCK
                    raise silence from error

    def renew(self) -> None:
        """A client can wait for ever for the leader of a topic made anew, or for a coordinator that was away: a new one finds it."""
        with self._lock:
            self._made = None
