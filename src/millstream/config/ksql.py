"""ksqlDB's own settings. The first table has an effect here; the second is accepted, because scripts set these names, and shown.

Settings that have a Millstream name (``ksql.service.id`` and the like) are aliases in ``own``.
"""

from __future__ import annotations

from millstream.config.setting import Setting

_INTERNAL = (
    "_confluent.*,__confluent.*,_millstream.*,_schemas,__consumer_offsets,__transaction_state,"
    "connect-configs,connect-offsets,connect-status,connect-statuses"
)


def _used(name: str, kind: type, default: object, doc: str, *, session: bool = True, choices: tuple[str, ...] = ()) -> Setting:
    return Setting(name, kind, default, doc, "KSQL", session=session, choices=choices)


def _idle(name: str, kind: type, default: object) -> Setting:
    return Setting(name, kind, default, "Accepted for ksqlDB's sake; has no effect here.", "KSQL", session=True, used=False)


_USED = (
    _used("ksql.persistence.default.format.key", str, "KAFKA", "KEY_FORMAT where a statement gives none."),
    _used("ksql.persistence.default.format.value", str, None, "VALUE_FORMAT where a statement gives none."),
    _used("ksql.persistence.wrap.single.values", bool, None, "WRAP_SINGLE_VALUE where a statement gives none."),
    _used("ksql.sink.partitions", int, None, "PARTITIONS of CREATE ... AS where it gives none; not set: those of its source."),
    _used("ksql.output.topic.name.prefix", str, "", "Put before the topic name of CREATE ... AS without KAFKA_TOPIC."),
    _used("ksql.assert.topic.default.timeout.ms", int, 1000, "TIMEOUT of ASSERT TOPIC where a statement gives none."),
    _used("ksql.assert.schema.default.timeout.ms", int, 1000, "TIMEOUT of ASSERT SCHEMA where a statement gives none."),
    _used("ksql.insert.into.values.enabled", bool, True, "Whether INSERT ... VALUES is allowed."),
    _used("ksql.create.or.replace.enabled", bool, True, "Whether CREATE OR REPLACE is allowed."),
    _used("ksql.headers.columns.enabled", bool, True, "Whether relations may have HEADERS columns."),
    _used("ksql.lambdas.enabled", bool, True, "Whether lambda functions are allowed."),
    _used("ksql.suppress.enabled", bool, True, "Whether EMIT FINAL is allowed."),
    _used("ksql.variable.substitution.enable", bool, True, "Whether ${name} is replaced by session variables."),
    _used("ksql.cast.strings.preserve.nulls", bool, True, "CAST of NULL to STRING is NULL, not the text 'null'."),
    _used("ksql.nested.error.set.null", bool, True, "An error inside a nested expression makes only it NULL."),
    _used("ksql.timestamp.throw.on.invalid", bool, False, "A record without a valid TIMESTAMP stops the query instead of being skipped."),
    _used("ksql.query.pull.table.scan.enabled", bool, True, "Whether a pull query may read a whole table."),
    _used("ksql.query.pull.range.scan.enabled", bool, True, "Whether a pull query may read a range of keys."),
    _used("ksql.query.pull.limit.clause.enabled", bool, True, "Whether a pull query may have a LIMIT."),
    _used("ksql.query.pull.stream.enabled", bool, True, "Whether a pull query may read a stream."),
    _used("ksql.query.push.v2.enabled", bool, False, "Push queries that start at the latest record are named scalable ones."),
    _used("ksql.source.table.materialization.enabled", bool, True, "Whether a SOURCE TABLE can be pulled from."),
    _used("ksql.endpoint.migrate.query", bool, True, "Whether /query answers in the way of /query-stream."),
    _used("ksql.pull.queries.enable", bool, True, "Whether pull queries are allowed.", session=False),
    _used("ksql.query.persistent.active.limit", int, 2147483647, "Persistent queries that may exist at a time.", session=False),
    _used("ksql.max.push.queries", int, 2147483647, "Push queries that may run at a time.", session=False),
    _used("ksql.server.command.response.timeout.ms", int, 5000, "How long a request waits for its commandSequenceNumber.", session=False),
    _used("ksql.heartbeat.enable", bool, False, "Whether /clusterStatus answers.", session=False),
    _used("ksql.logging.processing.stream.auto.create", bool, True, "Define the stream over the processing log at start.", session=False),
    _used("ksql.logging.processing.stream.name", str, "KSQL_PROCESSING_LOG", "Name of that stream.", session=False),
    _used(
        "ksql.logging.processing.topic.name", str, "", "Topic of the processing log; empty: <service.id>ksql_processing_log.", session=False
    ),
    _used("ksql.hidden.topics", list, _INTERNAL, "Topics (patterns) that SHOW TOPICS leaves out.", session=False),
    _used("ksql.readonly.topics", list, _INTERNAL, "Topics (patterns) that statements may not write to.", session=False),
    _used("ksql.properties.overrides.denylist", list, "", "Settings that sessions may not change.", session=False),
    _used(
        "ksql.connect.basic.auth.credentials.source",
        str,
        "NONE",
        "FILE: connect.user and connect.password come from a file.",
        session=False,
    ),
    _used(
        "ksql.connect.basic.auth.credentials.file",
        str,
        "",
        "File of properties with username=... and password=... for Connect.",
        session=False,
    ),
    _used("ksql.websocket.connection.max.timeout.ms", int, 3600000, "Longest life of a websocket query.", session=False),
)

#: name -> default. The type is the default's.
_IDLE: dict[str, object] = {
    "ksql.access.validator.enable": "auto",
    "ksql.admin.request.retry.timeout.ms": 2500,
    "ksql.authorization.cache.expiry.time.secs": 30,
    "ksql.authorization.cache.max.entries": 10000,
    "ksql.client.ip_port.configuration.enabled": False,
    "ksql.connect.basic.auth.credentials.reload": False,
    "ksql.connect.worker.config": "",
    "ksql.create.topic.inherit.source.replicas.enabled": True,
    "ksql.deployment.type": "selfManaged",
    "ksql.error.classifier.regex": "",
    "ksql.fetch.remote.hosts.max.timeout.seconds": 10,
    "ksql.internal.topic.min.insync.replicas": 1,
    "ksql.internal.topic.replicas": 1,
    "ksql.json_sr.converter.deserializer.enabled": True,
    "ksql.kafka.client.additional.config.prefixes": "",
    "ksql.metastore.backup.location": "",
    "ksql.metrics.tags.custom": "",
    "ksql.new.query.planner.enabled": False,
    "ksql.persistent.prefix": "query_",
    "ksql.properties.overrides.allowlist": "",
    "ksql.properties.overrides.log": False,
    "ksql.properties.overrides.validation.mode": "denylist",
    "ksql.query.cleanup.shutdown.timeout.ms": 30000,
    "ksql.query.error.max.queue.size": 10,
    "ksql.query.persistent.max.bytes.buffering.total": -1,
    "ksql.query.pull.coordinator.queue.capacity": 2147483647,
    "ksql.query.pull.enable.standby.reads": False,
    "ksql.query.pull.forwarding.timeout.ms": 20000,
    "ksql.query.pull.interpreter.enabled": True,
    "ksql.query.pull.max.allowed.offset.lag": 9223372036854775807,
    "ksql.query.pull.max.concurrent.requests": 2147483647,
    "ksql.query.pull.max.hourly.bandwidth.megabytes": 2147483647,
    "ksql.query.pull.max.qps": 2147483647,
    "ksql.query.pull.metrics.enabled": True,
    "ksql.query.pull.router.queue.capacity": 2147483647,
    "ksql.query.pull.router.thread.pool.size": 50,
    "ksql.query.pull.thread.pool.size": 50,
    "ksql.query.push.v2.alos.enabled": True,
    "ksql.query.push.v2.catchup.consumer.msg.window": 50,
    "ksql.query.push.v2.continuation.tokens.enabled": False,
    "ksql.query.push.v2.interpreter.enabled": True,
    "ksql.query.push.v2.latest.reset.age.ms": 30000,
    "ksql.query.push.v2.max.catchup.consumers": 5,
    "ksql.query.push.v2.max.hourly.bandwidth.megabytes": 2147483647,
    "ksql.query.push.v2.metrics.enabled": True,
    "ksql.query.push.v2.new.latest.delay.ms": 5000,
    "ksql.query.push.v2.registry.installed": False,
    "ksql.query.retry.backoff.initial.ms": 15000,
    "ksql.query.retry.backoff.max.ms": 900000,
    "ksql.query.status.running.threshold.seconds": 300,
    "ksql.query.transient.max.bytes.buffering.total": -1,
    "ksql.queryanonymizer.logs_enabled": True,
    "ksql.runtime.feature.shared.enabled": False,
    "ksql.shared.runtimes.count": 2,
    "ksql.sink.replicas": 1,
    "ksql.sink.window.change.log.additional.retention": 1000000,
    "ksql.suppress.buffer.size.bytes": -1,
    "ksql.transient.prefix": "transient_",
    "ksql.transient.query.cleanup.service.enable": True,
    "ksql.transient.query.cleanup.service.initial.delay.seconds": 600,
    "ksql.transient.query.cleanup.service.period.seconds": 600,
    "ksql.udf.collect.metrics": False,
    "ksql.udfs.enabled": True,
}

KSQL = (*_USED, *(_idle(name, type(default), default) for name, default in _IDLE.items()))
