"""What Maven brings: the jars of a program, and connectors for a plugin path. Each once, into build/kafka of this checkout.

Several processes may ask for the same at once. Needs Java 17 and Maven.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_POMS = Path(__file__).with_name("poms")
CACHE = Path(__file__).resolve().parents[2] / "build" / "kafka"
DEBEZIUM_POSTGRES = "io.debezium:debezium-connector-postgres:3.7.0.Final:tar.gz:plugin"
DEBEZIUM_JDBC = "io.debezium:debezium-connector-jdbc:3.6.0.Final:tar.gz:plugin"
#: In a plugin's archive: drivers of other databases, and what the worker has itself.
_UNWANTED = ("ojdbc", "mssql", "mysql", "mariadb", "kafka-clients", "connect-api", "zstd", "snappy", "lz4")


class Unavailable(Exception):
    """A tool is missing, or Maven could not bring something; the message is for the person at the keyboard."""


def missing() -> tuple[str, ...]:
    """Tools that this machine lacks."""
    return tuple(name for name in ("java", "mvn") if shutil.which(name) is None)


def jars(program: str, pom: Path | None = None) -> Path:
    """The folder of the jars of ``pom``, or of poms/<program>.xml. 45 to 120 MB."""

    def bring(part: Path) -> None:
        where = ["-f", str(pom or _POMS / f"{program}.xml"), f"-DoutputDirectory={part}"]
        _maven([*where, "dependency:copy-dependencies", "-DincludeScope=runtime"], program)

    return once(f"{program}-jars", bring)


def plugins(*artifacts: str) -> str:
    """A plugin path with connectors, each an archive ``group:name:version:type:classifier``. 5 to 60 MB each."""
    return ",".join(str(_plugin(artifact)) for artifact in artifacts)


def _plugin(artifact: str) -> Path:
    name, version = artifact.split(":")[1:3]

    def bring(part: Path) -> None:
        _maven(["dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={part}"], name)
        (archive,) = part.iterdir()
        shutil.unpack_archive(archive, part, filter="data")
        archive.unlink()
        for jar in part.rglob("*.jar"):
            if jar.name.startswith(_UNWANTED):
                jar.unlink()

    return once(f"{name}-{version}", bring)


def fingerprint(file: Path) -> str:
    """For names of what is made from a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def once(name: str, bring: Callable[[Path], None]) -> Path:
    """The folder ``name``, which ``bring`` fills the first time."""
    folder, part = CACHE / name, CACHE / f"{name}.part"
    with _alone(name):
        if not folder.exists():
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            bring(part)
            part.rename(folder)
    return folder


@contextmanager
def _alone(name: str) -> Iterator[None]:
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _maven(arguments: Sequence[str], what: str) -> None:
    if missing():
        raise Unavailable(f"{what} needs {' and '.join(missing())}, not found on this machine.")
    done = subprocess.run(["mvn", "-q", "-B", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable(f"Maven could not bring {what}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
