"""The Kafka Streams program: its jars are brought by Maven once, into the user's cache, and the program is compiled there."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from bench.kafka.jobs import PEOPLE

_HERE = Path(__file__).parent / "peer"
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "millstream" / "peer"
VARIANTS = ("tree", "pojo")


def missing() -> str | None:
    """What this machine lacks, in one line; None when the peer can be built."""
    tools = [name for name in ("java", "javac", "mvn") if shutil.which(name) is None]
    return f"kafka: left out, the peer needs {' and '.join(tools)}, which this machine lacks" if tools else None


def classpath() -> str:
    """The classes and jars, made on first use."""
    _CACHE.mkdir(parents=True, exist_ok=True)
    source = _HERE / "Peer.java"
    made = hashlib.sha256(source.read_bytes() + (_HERE / "pom.xml").read_bytes()).hexdigest()[:16]
    folder = _CACHE / made
    with open(_CACHE / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            part = _CACHE / f"{made}.part"
            shutil.rmtree(part, ignore_errors=True)
            _run("mvn", "-q", "-B", "-f", str(_HERE / "pom.xml"), "dependency:copy-dependencies", f"-DoutputDirectory={part / 'jars'}")
            _run("javac", "-nowarn", "-cp", f"{part / 'jars'}/*", "-d", str(part / "classes"), str(source))
            part.rename(folder)
    return f"{folder / 'classes'}:{folder / 'jars'}/*"


def start(
    job: str, variant: str, bootstrap: str, group: str, views: str, out: str, directory: Path, commit_ms: int = 100
) -> subprocess.Popen[bytes]:
    """The program, running; its state is below ``directory``, its output in ``directory``/peer.log."""
    directory.mkdir(parents=True, exist_ok=True)
    with open(directory / "peer.log", "wb") as told:
        command = ["java", "-Xmx2g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", classpath(), "Peer", job, variant, bootstrap]
        given = [group, views, PEOPLE, out, str(directory / "state"), str(commit_ms)]
        return subprocess.Popen([*command, *given], stdout=told, stderr=told, start_new_session=True)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
