"""One writer: a transactional producer, and how its transactions end.

Kafka's offsets are the truth. A transaction that was refused for what is in it is aborted and raises LogError; one that failed for other
reasons, or of which nobody knows how it ended, raises TransactionLost, and the producer is not used again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from millstream.errors import LogError
from millstream.log.base import Batch, TransactionLost
from millstream.log.crash import point
from millstream.log.kafka.errors import Faults
from millstream.log.kafka.marks import marked
from millstream.log.kafka.native import layer
from millstream.log.staging import TopicPartition

#: Where tests can stop the process, in the order a commit passes them; see ``log.crash``.
POINTS = ("kafka.begun", "kafka.sent", "kafka.committed", "kafka.stored")

#: How long the end of a transaction is waited for, in seconds.
_PATIENCE = 60.0
_STEP = 10.0
#: How long room in the producer's queue is waited for at a time, in seconds.
_ROOM = 0.05

Sends = list[tuple[str, int, Batch]]


class Writer:
    """The producer of one owner. ``lock`` is held by whoever uses it."""

    def __init__(self, owner: str, configuration: Mapping[str, Any], faults: Faults, patience: float = _PATIENCE) -> None:
        """Fences earlier producers of the owner and ends what they left. ``patience`` is how long it waits for the end of a transaction,
        in seconds. Raises LogError when no broker answers."""
        from confluent_kafka import KafkaException, Producer

        self.owner = owner
        self.lock = threading.Lock()
        #: Set once the producer cannot be used any more.
        self.lost = False
        #: Set once another process has become this owner.
        self.fenced = False
        #: Whether the last transaction was to be committed: it is then, unless it was never heard of.
        self.asked = False
        self._faults = faults
        self._ends: dict[TopicPartition, list[int]] = {}
        self._refused: Any = None
        self._native = layer()
        self._told: set[str] = set()
        self._patience = patience
        step = min(_STEP, patience)
        with faults.mapped("start a producer"):
            self._producer: Any = Producer(dict(configuration))
            # Once a broker is connected the transaction coordinator is found at once; else librdkafka waits half a second to ask again.
            self._producer.list_topics("__transaction_state", timeout=step)
        deadline = time.monotonic() + patience / 2
        while True:
            try:
                self._producer.init_transactions(step)
                return
            except KafkaException as error:
                if not error.args[0].retriable() or time.monotonic() > deadline:
                    raise faults.error(error.args[0], f"become the writer '{owner}'") from error

    def commit(self, sends: Sends) -> None:
        """One transaction. Afterwards ``first`` and ``ends`` tell where its records are."""
        from confluent_kafka import KafkaException

        self._ends, self._refused, self.asked = {}, None, False
        self._learn({topic for topic, _, _ in sends})
        try:
            self._producer.begin_transaction()
            point("kafka.begun")
            for topic, partition, batch in sends:
                self._send(topic, partition, batch)
            point("kafka.sent")
            self.asked = True
            self._again(self._producer.commit_transaction)
            point("kafka.committed")
        except KafkaException as error:
            raise self._failed(error.args[0]) from error

    @property
    def first(self) -> dict[TopicPartition, int]:
        """The first offset of what the last transaction appended."""
        return {where: min(offsets) for where, offsets in self._ends.items()}

    @property
    def ends(self) -> dict[TopicPartition, int]:
        """The offset behind what the last transaction appended."""
        return {where: max(offsets) + 1 for where, offsets in self._ends.items()}

    def close(self) -> None:
        self.lost = True
        try:
            self._producer.purge()
        finally:
            self._producer = None

    def _learn(self, topics: set[str]) -> None:
        """A producer has to be asked about topics that are new to it: by itself it learns of them up to half a second later."""
        for topic in topics - self._told:
            with self._faults.mapped(f"append to the topic '{topic}'"):
                self._producer.list_topics(topic, timeout=min(_STEP, self._patience))
            self._told.add(topic)

    def _send(self, topic: str, partition: int, batch: Batch) -> None:
        """Hand a batch over. The reports of its first and last record tell where it is, and why it was refused."""
        batch = marked(batch)
        last = len(batch) - 1
        native = self._native
        self._send_objects(topic, partition, batch, 0, 1, {"on_delivery": self._delivered})
        if native is None:
            self._send_objects(topic, partition, batch, 1, last, {})
        else:
            self._send_lists(native, topic, partition, batch, 1, last)
        self._send_objects(topic, partition, batch, max(last, 1), last + 1, {"on_delivery": self._delivered})
        self._producer.poll(0)

    def _send_objects(self, topic: str, partition: int, batch: Batch, first: int, end: int, named: dict[str, Any]) -> None:
        produce, keys, values, times, headers = self._producer.produce, batch.keys, batch.values, batch.timestamps, batch.headers
        for at in range(first, end):
            if headers is not None:
                named["headers"] = list(headers[at])
            while True:
                try:
                    produce(topic, values[at], keys[at], partition, timestamp=times[at], **named)
                    break
                except BufferError:
                    self._producer.poll(_ROOM)

    def _send_lists(self, native: ModuleType, topic: str, partition: int, batch: Batch, at: int, end: int) -> None:
        """By the batch layer, which reports nothing."""
        lists = (batch.keys, batch.values, batch.timestamps, batch.headers)
        while at < end:
            at, code, text = native.produce(self._producer, topic, partition, *lists, at, end)
            if code == native.QUEUE_FULL:
                self._producer.poll(_ROOM)
            elif code:
                from confluent_kafka import KafkaError, KafkaException

                raise KafkaException(KafkaError(code, text))

    def _delivered(self, error: Any, message: Any) -> None:
        if error is None:
            self._ends.setdefault((message.topic(), message.partition()), []).append(message.offset())
        elif self._refused is None and error.name() not in ("_PURGE_QUEUE", "_PURGE_INFLIGHT"):
            self._refused = (error, message.topic())

    def _again(self, step: Any) -> None:
        """A step of the transaction, tried again for as long as Kafka says that it may be."""
        from confluent_kafka import KafkaException

        deadline = time.monotonic() + self._patience
        while True:
            try:
                step(min(_STEP, self._patience))
                return
            except KafkaException as error:
                if not error.args[0].retriable() or time.monotonic() > deadline:
                    raise

    def _failed(self, fault: Any) -> LogError:
        """Abort what can be aborted, and say what happened."""
        from confluent_kafka import KafkaException

        reason = self._faults.error(fault, f"commit the transaction of '{self.owner}'")
        refused = self._refused
        self.fenced = isinstance(reason, TransactionLost)
        if not self.fenced and (fault.txn_requires_abort() or refused is not None) and not fault.fatal():
            self.asked = False
            try:
                self._again(self._producer.abort_transaction)
                if refused is not None:
                    return self._refusal(*refused)
                return TransactionLost(f"{reason.message} It was aborted.", hint=reason.hint)
            except KafkaException:
                pass
        self.lost = True
        return reason if self.fenced else TransactionLost(reason.message, hint=reason.hint)

    def _refusal(self, fault: Any, topic: str) -> LogError:
        error = self._faults.error(fault, f"append to the topic '{topic}'")
        hints = {
            "INVALID_RECORD": "Records of a compacted topic need a key.",
            "INVALID_TIMESTAMP": "The brokers refuse timestamps far from now: see message.timestamp.after.max.ms of the topic.",
            "MSG_SIZE_TOO_LARGE": "Raise max.message.bytes of the topic and message.max.bytes here.",
        }
        return LogError(error.message, hint=hints.get(fault.name(), error.hint))
