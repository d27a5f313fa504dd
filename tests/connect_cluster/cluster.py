"""A real Kafka Connect worker for tests, distributed, beside the broker of the run: the jars (brought once, by Maven, into the user's
cache), a port of its own, file source and sink.

``shared`` gives the one worker of a whole pytest run. A keeper process holds it and takes it away when the run's first process is gone.
``Cluster`` is one that a test starts and kills itself.
"""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.kafka.broker import VERSION, free_ports

_POM = Path(__file__).with_name("pom.xml")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "millstream" / "connect"
_JVM = ("-Xmx384m", "-XX:+UseSerialGC", "-Xshare:auto", "-XX:TieredStopAtLevel=1")
_QUIET = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dlog4j2.level=WARN")


def jars() -> Path:
    """The folder of the worker's jars, filled on first use (about 60 MB). Several processes may ask at once."""
    CACHE.mkdir(parents=True, exist_ok=True)
    folder = CACHE / VERSION
    with open(CACHE / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            part = CACHE / f"{VERSION}.part"
            shutil.rmtree(part, ignore_errors=True)
            command = ["mvn", "-q", "-B", "-f", str(_POM), "dependency:copy-dependencies", f"-DoutputDirectory={part}"]
            done = subprocess.run([*command, "-DincludeScope=runtime"], capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"Maven could not bring Kafka Connect:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            part.rename(folder)
    return folder


class Cluster:
    """One worker of a group of its own, in a directory. ``url`` is its REST API. ``more`` overrides settings."""

    def __init__(self, directory: Path, bootstrap: str, **more: str) -> None:
        self.directory = directory
        (port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None
        group = f"connect-{uuid.uuid4().hex[:8]}"
        json_converter = "org.apache.kafka.connect.json.JsonConverter"
        settings = {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "listeners": self.url,
            "rest.advertised.host.name": "127.0.0.1",
            "rest.advertised.port": str(port),
            "key.converter": json_converter,
            "value.converter": json_converter,
            "offset.flush.interval.ms": "200",
            # The default waits five minutes for a lost worker before its tasks go elsewhere.
            "scheduled.rebalance.max.delay.ms": "0",
            "task.shutdown.graceful.timeout.ms": "500",
            "plugin.discovery": "service_load",
            "offset.storage.partitions": "1",
            "status.storage.partitions": "1",
            "config.providers": "file,env",
            "config.providers.file.class": "org.apache.kafka.common.config.provider.FileConfigProvider",
            "config.providers.env.class": "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
        }
        for kind in ("config", "offset", "status"):
            settings |= {f"{kind}.storage.topic": f"{group}-{kind}", f"{kind}.storage.replication.factor": "1"}
        directory.mkdir(parents=True, exist_ok=True)
        self._settings = directory / "connect.properties"
        self._settings.write_text("".join(f"{key}={value}\n" for key, value in {**settings, **more}.items()))

    def start(self) -> None:
        """Start it and return when it is healthy."""
        with open(self.directory / "connect.log", "ab") as out:
            self._process = subprocess.Popen(
                ["java", *_JVM, *_QUIET, "-cp", f"{jars()}/*", "org.apache.kafka.connect.cli.ConnectDistributed", str(self._settings)],
                stdout=out,
                stderr=out,
                cwd=self.directory,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while not _healthy(self.url):
            died = self._process.poll() is not None
            if died or time.monotonic() > deadline:
                raise AssertionError(f"Kafka Connect {'died' if died else 'does not answer'}:\n{self.log()}")
            time.sleep(0.05)

    def kill(self) -> None:
        """``kill -9``."""
        if self._process is not None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self._process.wait()
            self._process = None

    def log(self) -> str:
        return (self.directory / "connect.log").read_text(errors="replace")[-3000:]


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def shared(base: Path, bootstrap: str) -> str:
    """The URL of the worker of this run; the first who asks starts it. ``base``: a directory that all pytest workers share."""
    run = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    found = base / f"connect-{run}"
    with open(base / f"connect-{run}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not found.exists():
            jars()
            keeper = subprocess.Popen([sys.executable, __file__, str(run), bootstrap], stdout=subprocess.PIPE, start_new_session=True)
            assert keeper.stdout is not None
            told = keeper.stdout.readline().decode().strip()
            keeper.stdout.close()
            assert told, "The keeper of Kafka Connect ended before Connect answered."
            keeper.returncode = 0  # it outlives this process's interest in it
            found.write_text(told)
    return found.read_text()


def keep(run: int, bootstrap: str) -> None:
    """Start a worker, say where, and take it away when process ``run`` has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ended = os.pidfd_open(run)
    home = Path(tempfile.mkdtemp(prefix="millstream-connect-"))
    cluster = Cluster(home, bootstrap)
    try:
        cluster.start()
        print(cluster.url, flush=True)
        select.select([ended], [], [])
    finally:
        cluster.kill()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    keep(int(sys.argv[1]), sys.argv[2])
