"""A Kafka broker: one node, which is its own controller, on ports of its own."""

from __future__ import annotations

import socket
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

from demo.kafka.maven import jars
from demo.kafka.process import QUIET, SMALL, Program, free_ports

VERSION = "4.3.1"
USER, PASSWORD = "anna", "pa55-word"


class Broker(Program):
    """``bootstrap`` is its plain listener, ``sasl`` one that asks for ``USER`` and ``PASSWORD``. ``more`` overrides settings."""

    def __init__(self, directory: Path, memory: Sequence[str] = ("-Xmx512m", "-XX:+UseSerialGC"), **more: str) -> None:
        """``memory``: the JVM's options for it. ``more``: settings of the broker, names with dots."""
        super().__init__("The broker", directory)
        self._memory = memory
        plain, sasl, controller = free_ports(3)
        self.bootstrap, self.sasl = f"127.0.0.1:{plain}", f"127.0.0.1:{sasl}"
        self._settings = directory / "server.properties"
        settings = {**_listeners(self.bootstrap, self.sasl, controller), **_ALONE, "log.dirs": str(directory / "data"), **more}
        self._settings.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))

    def start(self) -> None:
        """Start it, formatting an empty directory first, and return when it answers."""
        if not (self.directory / "data" / "meta.properties").exists():
            command = ["java", "-Xmx128m", "-XX:TieredStopAtLevel=1", *SMALL, "-cp", f"{jars('kafka')}/*", "kafka.tools.StorageTool"]
            command += ["format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", str(self._settings)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise RuntimeError(f"The broker's directory cannot be formatted:\n{done.stdout}{done.stderr}")
        super().start()

    def command(self) -> Sequence[str]:
        return ["java", *self._memory, *QUIET, "-cp", f"{jars('kafka')}/*", "kafka.Kafka", str(self._settings)]

    def ready(self) -> bool:
        """Whether it answers an ApiVersions request."""
        host, port = self.bootstrap.split(":")
        request = struct.pack(">hhih", 18, 0, 1, 1) + b"x"
        try:
            with socket.create_connection((host, int(port)), 1) as connection:
                connection.settimeout(2)
                connection.sendall(struct.pack(">i", len(request)) + request)
                return len(connection.recv(4)) == 4
        except OSError:
            return False


def _listeners(plain: str, sasl: str, controller: int) -> dict[str, str]:
    login = f'org.apache.kafka.common.security.plain.PlainLoginModule required username="b" password="b" user_{USER}="{PASSWORD}";'
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": f"PLAIN://{plain},SASL://{sasl},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"PLAIN://{plain},SASL://{sasl}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAIN",
        "listener.security.protocol.map": "PLAIN:PLAINTEXT,SASL:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.sasl.plain.sasl.jaas.config": login,
    }


_ALONE = {
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    "auto.create.topics.enable": "false",
    "num.network.threads": "2",
    "num.io.threads": "4",
    # Records of all times are written here: nothing may be refused or expire because of them.
    "log.message.timestamp.after.max.ms": "9223372036854775807",
    "log.retention.check.interval.ms": "86400000",
    "log.initial.task.delay.ms": "86400000",
    "log.cleaner.backoff.ms": "86400000",
    **{f"{t}.replication.factor": "1" for t in ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic", "default")},
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.min.isr": "1",
}
