"""A Kafka Connect worker, distributed, in a group of its own: file source and sink, and whatever is on its plugin path."""

from __future__ import annotations

import urllib.error
import urllib.request
import uuid
from collections.abc import Sequence
from pathlib import Path

from demo.kafka.maven import jars
from demo.kafka.process import SMALL, Program, free_ports

_JSON = "org.apache.kafka.connect.json.JsonConverter"
_PROVIDERS = "org.apache.kafka.common.config.provider"


class Connect(Program):
    """``url`` is its REST API. ``more`` overrides settings."""

    def __init__(self, directory: Path, bootstrap: str, **more: str) -> None:
        super().__init__("Kafka Connect", directory)
        (port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        group = f"connect-{uuid.uuid4().hex[:8]}"
        settings = {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "listeners": self.url,
            "rest.advertised.host.name": "127.0.0.1",
            "rest.advertised.port": str(port),
            "key.converter": _JSON,
            "value.converter": _JSON,
            "offset.flush.interval.ms": "200",
            # The default waits five minutes for a lost worker before its tasks go elsewhere.
            "scheduled.rebalance.max.delay.ms": "0",
            "task.shutdown.graceful.timeout.ms": "500",
            "plugin.discovery": "service_load",
            "offset.storage.partitions": "1",
            "status.storage.partitions": "1",
            "config.providers": "file,env",
            "config.providers.file.class": f"{_PROVIDERS}.FileConfigProvider",
            "config.providers.env.class": f"{_PROVIDERS}.EnvVarConfigProvider",
        }
        for kind in ("config", "offset", "status"):
            settings |= {f"{kind}.storage.topic": f"{group}-{kind}", f"{kind}.storage.replication.factor": "1"}
        self._settings = directory / "connect.properties"
        self._settings.write_text("".join(f"{key}={value}\n" for key, value in {**settings, **more}.items()))

    def command(self) -> Sequence[str]:
        main = "org.apache.kafka.connect.cli.ConnectDistributed"
        classes = f"{jars('connect')}/*"
        return ["java", "-Xmx384m", "-XX:TieredStopAtLevel=1", *SMALL, "-cp", classes, main, str(self._settings)]

    def ready(self) -> bool:
        """Whether it says that it is healthy: it answers other requests earlier, and blocks."""
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False
