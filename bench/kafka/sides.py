"""A job on either side: started, watched until it has read everything, and what CPU time that took."""

from __future__ import annotations

import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import machine
from bench.kafka import peer
from bench.kafka.digest import Digest, digest
from bench.kafka.jobs import DECLARE, VIEWS, JobSpec
from bench.kafka.node import Node, Place
from bench.rig import Server

_LOOK_S = 0.05
_PATIENCE_S = 300.0
#: Progress from which on a run counts: before, a JVM compiles its code.
_WARM = 1 / 3


@dataclass(frozen=True)
class Run:
    """Input records a CPU second (of all its processes) and a second, from a third of the input on; what was written."""

    per_cpu_s: float
    per_s: float
    output: Digest


def millstream(node: Node, job: JobSpec, native: bool) -> Run:
    """The job on a server of its own. ``native``: with the batch layer."""
    out = f"ours_{job.name}_{uuid.uuid4().hex[:6]}".lower()
    with server(node, native) as (found, service):
        found.sql(DECLARE.format(views=VIEWS))
        answer = found.sql(job.statement.format(out=out, views=VIEWS))
        query = answer[0]["commandStatus"]["queryId"]
        with node.kept(f"_millstream-{service}-{query}-positions-changelog") as committed:
            run = _watch(node, found.pid, committed, {VIEWS: 0})
    return Run(*run, digest(node, out, job.timed))


def kafka_streams(node: Node, job: JobSpec, variant: str) -> Run:
    """The job on Kafka Streams."""
    name = f"peer_{job.name}_{uuid.uuid4().hex[:6]}".lower()
    out = f"{name}_out"
    node.create(out)
    with tempfile.TemporaryDirectory(prefix="millstream-bench-") as directory:
        process = peer.start(job.name, variant, node.bootstrap, name, VIEWS, out, Path(directory))
        try:
            behind = {VIEWS: 0} if job.name != "J2" else {VIEWS: 0, f"{name}-counts-repartition": 0}
            run = _watch(node, process.pid, lambda: node.committed(name), behind)
        finally:
            stop(process)
    return Run(*run, digest(node, out, job.timed))


@contextmanager
def server(node: Node, native: bool) -> Iterator[tuple[Server, str]]:
    """A server of a service of its own on the broker, and the service's name."""
    service = f"b{uuid.uuid4().hex[:8]}"
    with tempfile.TemporaryDirectory(prefix="millstream-bench-") as directory:
        settings = Path(directory) / "server.properties"
        lines = {"bootstrap.servers": node.bootstrap, "service.id": service}
        settings.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
        found = Server(Path(directory) / "data", settings, {"MILLSTREAM_BATCH_LAYER": "" if native else "off"})
        try:
            yield found, service
        finally:
            found.close()


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _watch(node: Node, pid: int, committed: Callable[[], Place], topics: dict[str, int]) -> tuple[float, float]:
    """Records a CPU second and a second. Waits until the ends of the topics are ``committed``."""
    first = next(iter(topics))
    ends = node.ends(first)
    total = sum(ends)
    begun = time.monotonic()
    warm: tuple[float, float, float] | None = None
    while True:
        place = committed()
        now, used = time.monotonic(), machine.cpu(pid)
        done = sum(min(place.get((first, p), 0), end) for p, end in enumerate(ends))
        if warm is None and done >= total * _WARM:
            warm = (now, used, done)
        if done >= total and all(_through(node, place, topic) for topic in topics if topic != first):
            break
        if now - begun > _PATIENCE_S:
            raise TimeoutError(f"The job has read {done} of {total} records in {_PATIENCE_S:.0f} s.")
        time.sleep(_LOOK_S)
    assert warm is not None
    return (total - warm[2]) / max(used - warm[1], 1e-9), (total - warm[2]) / max(now - warm[0], 1e-9)


def _through(node: Node, place: Place, topic: str) -> bool:
    """Whether a group has read all of a topic. A marker at the end may be behind what it committed."""
    return all(place.get((topic, p), 0) >= end - 1 for p, end in enumerate(node.ends(topic)))
