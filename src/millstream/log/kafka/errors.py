"""The one seam where librdkafka's errors become ours. Nothing here ever prints a setting's value but the addresses of the brokers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from millstream.errors import LogError
from millstream.log.base import NoTopic, TransactionLost, Unavailable

_GONE = {"_TRANSPORT", "_ALL_BROKERS_DOWN", "_TIMED_OUT", "_TIMED_OUT_QUEUE", "_RESOLVE", "_MSG_TIMED_OUT", "REQUEST_TIMED_OUT", "_NOENT"}
_LOGIN = {"_AUTHENTICATION", "SASL_AUTHENTICATION_FAILED", "UNSUPPORTED_SASL_MECHANISM", "ILLEGAL_SASL_STATE"}
_FENCED = {"_FENCED", "PRODUCER_FENCED", "INVALID_PRODUCER_EPOCH", "INVALID_PRODUCER_ID_MAPPING"}
_UNKNOWN = {"UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION", "UNKNOWN_TOPIC_ID"}
#: What came of a broker is not what a producer sent.
_DAMAGED = {"_BAD_MSG", "_BAD_COMPRESSION", "CORRUPT_MESSAGE", "INVALID_MSG"}
#: What a broken connection says when it is about TLS: an alert of the other side, or bytes that are none of Kafka's.
_TOLD = ("SSL routines", "incorrect security.protocol")
#: What begins like this is refused for what it is; anything else may be different when it is tried again.
_REFUSED = ("INVALID_", "MSG_SIZE_", "RECORD_", "POLICY_", "UNSUPPORTED_", "TOPIC_ALREADY_", "_INVALID_ARG", "_UNSUPPORTED", "_MSG_SIZE")
#: How long a refused login explains that nothing answers, in seconds.
_RECENT = 30.0


class Faults:
    """Where errors end up that librdkafka only tells in passing, and what turns any of its errors into a LogError."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._login: tuple[float, str] | None = None
        self._client: Any = None
        #: Set once no broker answered; whoever finds that one does again clears it.
        self.gone = False

    def hear(self, client: Any) -> None:
        """The client that is asked, before an error is explained, whether it has something to tell in passing."""
        self._client = client

    def note(self, error: Any) -> None:
        """``error_cb`` of every client: a refused login shows up here only, and elsewhere as a time-out."""
        if error.name() in _LOGIN or error.name() == "_SSL" or any(part in error.str() for part in _TOLD):
            self._login = (time.monotonic(), error.str())

    def refused_since(self, moment: float) -> bool:
        """Whether a login or a certificate was refused since then (``time.monotonic``)."""
        return self._login is not None and self._login[0] >= moment

    def error(self, fault: Any, doing: str) -> LogError:
        """A KafkaError as ours. ``doing`` completes "Kafka ... could not"."""
        name = fault.name()
        if name in _GONE:
            self.gone = True
            if self._client is not None:
                self._client.poll(0)
        login = self._login if self._login is not None and time.monotonic() - self._login[0] < _RECENT else None
        if name in _LOGIN or (login is not None and name in _GONE):
            reason = login[1] if login is not None else fault.str()
            return Unavailable(
                f"Kafka at {self._bootstrap} refused the connection: {_short(reason)}.",
                hint="Check security.protocol, sasl.mechanism, the user and the password, and the certificates (ssl.*).",
            )
        if name in _GONE:
            return Unavailable(
                f"No Kafka broker answers at {self._bootstrap}.",
                hint="Check bootstrap.servers and security.protocol, and that the brokers run.",
            )
        if name in _FENCED:
            return TransactionLost(
                f"Another server of this service has taken over: the transaction to {doing} was fenced.",
                hint="Only one server of a service.id writes at a time. This one stands by, and leads again when the other one is gone.",
            )
        if name.endswith("_AUTHORIZATION_FAILED"):
            return Unavailable(f"Kafka does not allow to {doing}: {name}.", hint="Give the user of this server the rights for it (ACLs).")
        if name in _UNKNOWN:
            return NoTopic(f"Kafka has no such topic or partition: it could not {doing}.", hint="SHOW TOPICS lists the topics.")
        if name in _DAMAGED:
            return Unavailable(
                f"Kafka sent damaged records when asked to {doing}: {_short(fault.str())}.",
                hint="It is tried again. Where that does not help, a broker has them damaged on its disk: bring them back from a replica.",
            )
        kind = LogError if name.startswith(_REFUSED) else Unavailable
        return kind(f"Kafka could not {doing}: {name}: {_short(fault.str())}.")

    @contextmanager
    def mapped(self, doing: str) -> Iterator[None]:
        """Map what confluent-kafka raises."""
        from confluent_kafka import KafkaException

        try:
            yield
        except KafkaException as error:
            raise self.error(error.args[0], doing) from error


def _short(text: str) -> str:
    """librdkafka's texts without its thread names and the time since."""
    return text.split("(after ")[0].strip().rstrip(".") or "no reason given"
