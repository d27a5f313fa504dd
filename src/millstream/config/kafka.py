"""Kafka Streams', consumer and producer settings that scripts set. Few have an effect; all are checked for their type.

A name may carry ``ksql.streams.``, ``consumer.``, ``main.consumer.``, ``restore.consumer.``, ``global.consumer.``, ``producer.`` or
``admin.`` in front; see ``names``.
"""

from __future__ import annotations

from millstream.config.setting import OFFSET_RESET, Setting

_IDLE = "Accepted for ksqlDB's sake; has no effect here."

_USED = (
    Setting(
        "auto.offset.reset",
        str,
        "latest",
        "Where a query starts that has no committed offsets: earliest, latest or none.",
        "CONSUMER",
        session=True,
        choices=OFFSET_RESET,
    ),
    Setting("cache.max.bytes.buffering", int, 10_000_000, "0: every change of a table is sent on at once.", "STREAMS", session=True),
    Setting("isolation.level", str, "read_committed", "Always read_committed here.", "CONSUMER", session=True, used=False),
)

_STREAMS: dict[str, object] = {
    "acceptable.recovery.lag": 10000,
    "application.id": "",
    "application.server": "",
    "buffered.records.per.partition": 1000,
    "built.in.metrics.version": "latest",
    "client.id": "",
    "default.deserialization.exception.handler": "",
    "default.dsl.store": "rocksDB",
    "default.key.serde": "",
    "default.production.exception.handler": "",
    "default.timestamp.extractor": "",
    "default.value.serde": "",
    "max.task.idle.ms": 0,
    "max.warmup.replicas": 2,
    "metadata.max.age.ms": 300000,
    "metric.reporters": "",
    "metrics.num.samples": 2,
    "metrics.recording.level": "INFO",
    "metrics.sample.window.ms": 30000,
    "num.standby.replicas": 0,
    "num.stream.threads": 4,
    "poll.ms": 100,
    "probing.rebalance.interval.ms": 600000,
    "processing.guarantee": "exactly_once_v2",
    "receive.buffer.bytes": 32768,
    "reconnect.backoff.max.ms": 1000,
    "reconnect.backoff.ms": 50,
    "repartition.purge.interval.ms": 30000,
    "replication.factor": 1,
    "request.timeout.ms": 40000,
    "retries": 0,
    "retry.backoff.ms": 100,
    "rocksdb.config.setter": "",
    "security.protocol": "PLAINTEXT",
    "send.buffer.bytes": 131072,
    "shutdown.timeout.ms": 300000,
    "state.cleanup.delay.ms": 600000,
    "statestore.cache.max.bytes": 10485760,
    "task.timeout.ms": 300000,
    "topology.optimization": "all",
    "upgrade.from": "",
    "window.size.ms": 0,
    "windowed.inner.class.serde": "",
    "windowstore.changelog.additional.retention.ms": 86400000,
}
_CONSUMER: dict[str, object] = {
    "allow.auto.create.topics": True,
    "auto.commit.interval.ms": 5000,
    "check.crcs": True,
    "client.dns.lookup": "use_all_dns_ips",
    "client.rack": "",
    "connections.max.idle.ms": 540000,
    "default.api.timeout.ms": 60000,
    "enable.auto.commit": False,
    "exclude.internal.topics": True,
    "fetch.max.bytes": 52428800,
    "fetch.max.wait.ms": 500,
    "fetch.min.bytes": 1,
    "group.id": "",
    "group.instance.id": "",
    "heartbeat.interval.ms": 3000,
    "interceptor.classes": "",
    "key.deserializer": "",
    "max.partition.fetch.bytes": 1048576,
    "max.poll.interval.ms": 300000,
    "max.poll.records": 1000,
    "partition.assignment.strategy": "",
    "session.timeout.ms": 45000,
    "value.deserializer": "",
}
_PRODUCER: dict[str, object] = {
    "acks": "all",
    "batch.size": 16384,
    "buffer.memory": 33554432,
    "compression.type": "none",
    "delivery.timeout.ms": 120000,
    "enable.idempotence": True,
    "key.serializer": "",
    "linger.ms": 100,
    "max.block.ms": 60000,
    "max.in.flight.requests.per.connection": 5,
    "max.request.size": 1048576,
    "partitioner.class": "",
    "transaction.timeout.ms": 60000,
    "transactional.id": "",
    "value.serializer": "",
}


def _idle(scope: str, settings: dict[str, object]) -> tuple[Setting, ...]:
    return tuple(Setting(n, type(d), d, _IDLE, scope, session=True, used=False) for n, d in settings.items())


KAFKA = (*_USED, *_idle("STREAMS", _STREAMS), *_idle("CONSUMER", _CONSUMER), *_idle("PRODUCER", _PRODUCER))
