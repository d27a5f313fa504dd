"""Memory and disk: the demo's pipeline over many page views, a topic whose retention turned over, a client that stops reading."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench import machine
from bench.data import START, load
from bench.figures import Figure
from bench.latency import backlog, push
from bench.rig import Server, server, until
from millstream.log.base import TopicInfo
from millstream.log.embedded import EmbeddedLog

DEMO = Path(__file__).resolve().parent.parent / "demo"


def memory(quick: bool) -> Iterator[Figure]:
    """Peak over the whole run, until everything is in the sink tables."""
    from demo import postgres

    count = 100_000 if quick else 5_000_000
    with postgres.running(database="shop") as source, server() as found, tempfile.TemporaryDirectory() as folder:
        source.execute((DEMO / "tables.sql").read_text())
        text = (DEMO / "pipeline.sql").read_text()
        text = text.replace("localhost:15432", f"127.0.0.1:{source.port}").replace("views_by_region.txt", f"{folder}/views.txt")
        text = text.replace("iterations=10000", f"iterations={count}").replace("max.interval=1,", "max.interval=0,")
        peak = [0.0]
        begun = time.perf_counter()
        for statement in _statements(text):
            found.sql(statement)

        def arrived() -> bool:
            peak[0] = max(peak[0], machine.anonymous(found.pid))
            rows = source.execute("SELECT (SELECT count(*) FROM pageviews), (SELECT count(*) FROM pageviews_enriched)")[0]
            return min(rows) >= count

        until(arrived, 0.5, 1200)
        wall = time.perf_counter() - begun
        note = f"{count} page views in {wall:.0f} s, {found.cpu():.0f} CPU-s"
        yield Figure("anonymous memory of the demo's pipeline", peak[0], "MB", most=250, note=note)
        parts = ", ".join(f"{machine.anonymous_of(pid):.0f}" for pid in machine.tree(found.pid))
        yield Figure("... at the end", machine.anonymous(found.pid), "MB", note=f"by process: {parts}")


def _statements(text: str) -> list[str]:
    """The demo's statements, each with its semicolon, without the SELECTs that follow changes for a person's eyes."""
    from millstream.sql import split

    return [text for text, _ in split(text) if not text.lstrip().upper().startswith("SELECT")]


def disk(quick: bool) -> Iterator[Figure]:
    """A topic kept to a size, written ten times over it."""
    live = (10 if quick else 100) << 20
    with tempfile.TemporaryDirectory(prefix="millstream-bench-") as folder, EmbeddedLog(folder) as log:
        log.create(TopicInfo("kept", 1, 1, {"retention.bytes": str(live)}))
        value = b"v" * 1000
        largest = 0
        for turn in range(40):
            records = ((b"%d" % i, value, START + i) for i in range(live // 4000))
            load(log, "kept", records, partitions=1, each=5000)
            log.maintain(START + turn)
            largest = max(largest, machine.disk(Path(folder)))
        kept = sum(len(b.values) * 1006 for b in _batches(log))
        yield Figure("disk to live bytes, retention turned ten times", machine.disk(Path(folder)) / kept, "times", most=1.5)
        yield Figure("... at its largest", largest / kept, "times")


def _batches(log: EmbeddedLog) -> Iterator[object]:
    offset = 0
    while True:
        batch = log.read("kept", 0, offset, 1 << 22)
        if not batch.values:
            return
        yield batch
        offset = batch.next_offset


def slow_client(quick: bool) -> Iterator[Figure]:
    """A push query over millions of rows whose client takes none of them."""
    with backlog(500_000 if quick else 2_000_000) as found:
        text = "SELECT * FROM pageviews EMIT CHANGES;"
        warm = push(found, text.replace(";", " LIMIT 1000;"), 1 << 16)
        for _ in warm:
            pass
        before = _settled(found)
        stalled = push(found, text, 1 << 16)
        next(stalled)
        peak = 0.0
        for _ in range(10 if quick else 30):
            time.sleep(0.3)
            peak = max(peak, machine.anonymous(found.pid))
        stalled.close()  # type: ignore[attr-defined]
        yield Figure("memory for a push client that stops reading", peak - before, "MB", most=10)


def _settled(found: Server) -> float:
    time.sleep(1)
    return machine.anonymous(found.pid)
