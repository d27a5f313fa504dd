"""Opens the log that a process of a server uses: Kafka where ``bootstrap.servers`` is set, else the embedded one."""

from __future__ import annotations

from pathlib import Path

from millstream.config import Config
from millstream.log.base import Log


def open_log(directory: Path | str, config: Config, role: str) -> Log:
    """``directory`` is the data directory; on Kafka it holds local copies of state. ``role``: server, engine or worker.

    Raises LogError where the directory or the brokers cannot be used, ConfigError for settings that make no sense.
    """
    if config.text("bootstrap.servers"):
        from millstream.log.kafka.open import open_kafka

        return open_kafka(directory, config, role)
    from millstream.log.embedded import EmbeddedLog

    return EmbeddedLog(Path(directory), fsync=config.flag("log.fsync"))
