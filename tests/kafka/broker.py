"""A real Kafka broker for tests: the jars (brought once, by Maven, into the user's cache), a node of its own, free ports.

``shared`` gives the one broker of a whole pytest run, whatever the number of xdist workers. A keeper process holds it and takes it
and its directory away when the run's first process is gone, however that ended. ``Broker`` is one that a test starts and kills itself.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

VERSION = "4.3.1"
USER, PASSWORD = "anna", "pa55-word"

_POM = Path(__file__).with_name("pom.xml")
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "millstream" / "kafka"
_QUIET = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dlog4j2.level=WARN")
_JVM = ("-XX:+UseSerialGC", "-Xshare:auto")


def missing() -> str | None:
    """What this machine lacks, in one line; None when the broker can be started."""
    tools = [name for name in ("java", "mvn") if shutil.which(name) is None]
    if not tools:
        return None
    return f"The tests on a real Kafka broker were left out: {' and '.join(tools)} not found. KAFKA_TESTS=skip goes on without them."


def jars() -> Path:
    """The folder of the broker's jars, filled on first use (about 120 MB). Several processes may ask at once."""
    _CACHE.mkdir(parents=True, exist_ok=True)
    folder = _CACHE / VERSION
    with open(_CACHE / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            part = _CACHE / f"{VERSION}.part"
            shutil.rmtree(part, ignore_errors=True)
            command = ["mvn", "-q", "-B", "-f", str(_POM), "dependency:copy-dependencies", f"-DoutputDirectory={part}"]
            done = subprocess.run([*command, "-DincludeScope=runtime"], capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"Maven could not bring the broker:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            part.rename(folder)
    return folder


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listened on a moment ago."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


class Broker:
    """One node in a directory. ``bootstrap`` is its plain listener, ``sasl`` one that asks for ``USER`` and ``PASSWORD``."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        plain, sasl, controller = free_ports(3)
        self.bootstrap, self.sasl = f"127.0.0.1:{plain}", f"127.0.0.1:{sasl}"
        self._process: subprocess.Popen[bytes] | None = None
        login = f'org.apache.kafka.common.security.plain.PlainLoginModule required username="b" password="b" user_{USER}="{PASSWORD}";'
        settings = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": f"PLAIN://{self.bootstrap},SASL://{self.sasl},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAIN://{self.bootstrap},SASL://{self.sasl}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAIN",
            "listener.security.protocol.map": "PLAIN:PLAINTEXT,SASL:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.sasl.plain.sasl.jaas.config": login,
            "log.dirs": str(directory / "data"),
            "offsets.topic.num.partitions": "1",
            "transaction.state.log.num.partitions": "1",
            "share.coordinator.state.topic.num.partitions": "1",
            "group.initial.rebalance.delay.ms": "0",
            "auto.create.topics.enable": "false",
            "num.network.threads": "2",
            "num.io.threads": "4",
            # Tests write records of all times: nothing may be refused or expire because of them.
            "log.message.timestamp.after.max.ms": "9223372036854775807",
            "log.retention.check.interval.ms": "86400000",
            "log.initial.task.delay.ms": "86400000",
            "log.cleaner.backoff.ms": "86400000",
        }
        for topic in ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic", "default"):
            settings[f"{topic}.replication.factor"] = "1"
        settings |= {"transaction.state.log.min.isr": "1", "share.coordinator.state.topic.min.isr": "1"}
        directory.mkdir(parents=True, exist_ok=True)
        self._settings = directory / "server.properties"
        self._settings.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))

    def start(self) -> None:
        """Start it (formatting an empty directory first) and return when it answers."""
        classes = f"{jars()}/*"
        if not (self.directory / "data" / "meta.properties").exists():
            command = ["java", "-Xmx128m", "-XX:TieredStopAtLevel=1", *_JVM, *_QUIET, "-cp", classes, "kafka.tools.StorageTool"]
            done = subprocess.run(
                [*command, "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", str(self._settings)], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
        with open(self.directory / "broker.log", "ab") as out:
            self._process = subprocess.Popen(
                ["java", "-Xmx512m", *_JVM, *_QUIET, "-cp", classes, "kafka.Kafka", str(self._settings)],
                stdout=out,
                stderr=out,
                cwd=self.directory,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while not _answers(self.bootstrap):
            died = self._process.poll() is not None
            if died or time.monotonic() > deadline:
                raise AssertionError(f"The broker {'died' if died else 'does not answer'}:\n{self.log()}")
            time.sleep(0.05)

    def kill(self) -> None:
        """``kill -9``; what it had acknowledged is in the page cache, and there when it is started again."""
        if self._process is not None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self._process.wait()
            self._process = None

    def log(self) -> str:
        return (self.directory / "broker.log").read_text(errors="replace")[-3000:]


def _answers(address: str) -> bool:
    """Whether a broker answers an ApiVersions request there."""
    host, port = address.split(":")
    request = struct.pack(">hhih", 18, 0, 1, 1) + b"x"
    try:
        with socket.create_connection((host, int(port)), 1) as connection:
            connection.settimeout(2)
            connection.sendall(struct.pack(">i", len(request)) + request)
            return len(connection.recv(4)) == 4
    except OSError:
        return False


def shared(base: Path) -> tuple[str, str]:
    """(bootstrap, sasl) of the broker of this run; the first who asks starts it. ``base``: a directory that all workers share."""
    run = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    found = base / f"kafka-{run}"
    with open(base / f"kafka-{run}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not found.exists():
            jars()
            keeper = subprocess.Popen([sys.executable, __file__, str(run)], stdout=subprocess.PIPE, start_new_session=True)
            assert keeper.stdout is not None
            told = keeper.stdout.readline().decode()
            keeper.stdout.close()
            assert told, "The keeper of the Kafka broker ended before the broker answered."
            keeper.returncode = 0  # it outlives this process's interest in it
            found.write_text(told)
    bootstrap, sasl = found.read_text().split()
    return bootstrap, sasl


def keep(run: int) -> None:
    """Start a broker, say where, and take it away when process ``run`` has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ended = os.pidfd_open(run)
    home = Path(tempfile.mkdtemp(prefix="millstream-kafka-"))
    broker = Broker(home)
    try:
        broker.start()
        print(broker.bootstrap, broker.sasl, flush=True)
        import select

        select.select([ended], [], [])
    finally:
        broker.kill()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    keep(int(sys.argv[1]))
