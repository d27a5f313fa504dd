"""KafkaLog from a server's configuration: which settings are the connection's, in librdkafka's names."""

from __future__ import annotations

import time
from pathlib import Path

from millstream.config import Config
from millstream.config.names import CLIENTS, bare
from millstream.log.kafka.log import KafkaLog

#: Settings that are handed to the clients, besides the families of security.
_HANDED = ("security.protocol", "compression.type", "client.rack")


def connection(config: Config) -> dict[str, str]:
    """The clients' settings of a configuration, under the names that were given."""
    given = {"bootstrap.servers": config.text("bootstrap.servers")}
    for name, value in config.given().items():
        if bare(name).startswith(CLIENTS) or name in _HANDED:
            given[name] = str(value)
    # The server's own certificate for its REST API has settings of the same family.
    for name in ("ssl.certificate.file", "ssl.key.file"):
        given.pop(name, None)
    return given


def open_kafka(directory: Path | str, config: Config, role: str = "server") -> KafkaLog:
    """The log of ``bootstrap.servers``. ``role`` names the process among those of a server: server, engine or worker.

    Raises ConfigError for settings that cannot be used. That no broker answers shows at the first use.
    """
    return KafkaLog(
        connection(config),
        Path(directory),
        config.text("service.id"),
        lambda: time.time_ns() // 1_000_000,
        role=role,
        fsync=config.flag("log.fsync"),
        led=True,
    )
