"""The settings of Millstream itself. Where ksqlDB has a setting that means the same, its name is the alias."""

from __future__ import annotations

from millstream.config.setting import Setting

OWN = (
    # where and for whom
    Setting("listeners", str, "http://127.0.0.1:8088", "Address of the REST API (http or https, host and port)."),
    Setting("connect.listeners", str, "http://127.0.0.1:8083", "Address of the built-in Connect worker's REST API."),
    Setting("data.dir", str, "millstream-data", "Directory of the embedded log, states and definitions.", alias="ksql.streams.state.dir"),
    Setting("service.id", str, "default_", "Name of this service; part of its internal topics' names.", alias="ksql.service.id"),
    Setting(
        "bootstrap.servers", str, "", "Kafka brokers. Empty: topics are kept in the data directory.", alias="ksql.streams.bootstrap.servers"
    ),
    Setting(
        "queries.file",
        str,
        "",
        "SQL file of a server, as with `millstream run FILE`: its statements run at each start.",
        alias="ksql.queries.file",
    ),
    # security
    Setting("authentication.method", str, "NONE", "NONE or BASIC.", choices=("none", "basic")),
    Setting("authentication.users", list, [], "name:password pairs for BASIC, comma-separated; or see authentication.file.", secret=True),
    Setting("authentication.file", str, "", "File with one name:password (and optional ,role) a line, for BASIC."),
    Setting("authentication.roles", list, ["*"], "Roles that may use the REST API; * is any user."),
    Setting("access.control.allow.origin", str, "", "Origin that browsers may call from; * for any, empty for none."),
    Setting("ssl.certificate.file", str, "", "PEM file of the server's certificate; with it the REST API speaks TLS."),
    Setting("ssl.key.file", str, "", "PEM file of the certificate's private key, not encrypted."),
    Setting("ssl.key.password", str, "", "Password of the Kafka client's private key; the REST API's has none.", secret=True),
    # engine
    Setting("engine.workers", int, 1, "Engine processes; each runs its queries on one core."),
    Setting(
        "functions.dir",
        str,
        "",
        "Directory whose .py files hold functions of your own (docs/sql/functions). Empty: those of installed packages only.",
        alias="ksql.extension.dir",
    ),
    Setting("commit.interval.ms", int, 100, "Longest time between two commits of a query.", alias="ksql.streams.commit.interval.ms"),
    Setting("log.fsync", bool, True, "Sync each commit to disk. False is faster and may lose the data directory in a power cut."),
    Setting("log.retention.ms", int, 604_800_000, "How long streams' topics keep records where a topic does not say."),
    Setting("pull.wait.ms", int, 1000, "How long a pull query waits for a table to see the session's own INSERTs."),
    Setting("request.threads", int, 8, "Threads that carry out statements; connector statements may wait in one."),
    Setting(
        "request.max.bytes", int, 16 << 20, "Bytes that a request, or one line of /inserts-stream, may have; larger ones are answered 413."
    ),
    Setting(
        "request.header.timeout.ms",
        int,
        10_000,
        "How long a client of HTTP/1.1 may take to send a request's headers, or its next request, and any client its first bytes.",
    ),
    Setting(
        "request.body.timeout.ms",
        int,
        30_000,
        "How long a client may be silent in the middle of a request's body, but for the rows of /inserts-stream; answered 408.",
    ),
    # connect and registry
    Setting("connect.url", str, "", "Kafka Connect's REST API. Empty: the built-in worker.", alias="ksql.connect.url"),
    Setting("connect.user", str, "", "User of Connect's REST API (basic authentication)."),
    Setting("connect.password", str, "", "Password of Connect's REST API.", secret=True),
    Setting("connect.ssl.ca.file", str, "", "PEM file of the authorities that sign for connect.url. Empty: the system's."),
    Setting("connect.ssl.certificate.file", str, "", "PEM file of the certificate that is shown to Connect's REST API."),
    Setting("connect.ssl.key.file", str, "", "PEM file of that certificate's private key, where it is not in the same file."),
    Setting("connect.ssl.key.password", str, "", "Password of that private key.", secret=True),
    Setting("connect.ssl.verify.hostname", bool, True, "Whether Connect's certificate must be made out to the name in connect.url."),
    Setting(
        "connect.request.timeout.ms",
        int,
        5000,
        "Timeout of one call to Connect. Not given: 30 s for the built-in worker.",
        alias="ksql.connect.request.timeout.ms",
    ),
    Setting("connect.start.timeout.ms", int, 10_000, "How long CREATE of a connector waits until its tasks run or fail."),
    Setting("connect.watch.interval.ms", int, 5000, "How often connectors are looked at for automatic restarts (millstream.restart.max)."),
    Setting(
        "connect.topic.timeout.ms", int, 30_000, "How long CREATE STREAM / TABLE waits for a topic that a running connector announced."
    ),
    Setting("schema.registry.url", str, "", "Schema registry. Empty: the built-in one.", alias="ksql.schema.registry.url"),
    Setting("schema.registry.user", str, "", "User of the schema registry (basic authentication)."),
    Setting("schema.registry.password", str, "", "Password of the schema registry.", secret=True),
    Setting("schema.registry.ssl.ca.file", str, "", "PEM file of the authorities that sign for schema.registry.url. Empty: the system's."),
    Setting("schema.registry.ssl.certificate.file", str, "", "PEM file of the certificate that is shown to the schema registry."),
    Setting("schema.registry.ssl.key.file", str, "", "PEM file of that certificate's private key, where it is not in the same file."),
    Setting("schema.registry.ssl.key.password", str, "", "Password of that private key.", secret=True),
    Setting(
        "schema.registry.ssl.verify.hostname", bool, True, "Whether the registry's certificate must be made out to the name in the URL."
    ),
)
