"""How long a state of ten million keys takes to come back from its changelog, into an empty directory."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure
from bench.producing import produce

KEYS, QUICK_KEYS = 10_000_000, 1_000_000
#: Bar in seconds for ten million.
MOST_S = 60.0
_OWNER, _STORE = "CTAS_T_1", "CTAS_T_1/agg"
_TOGETHER = 100_000


def restore(quick: bool) -> Iterator[Figure]:
    """Keys in no order, values of 40 bytes, on a broker of this run."""
    from tests.kafka.broker import Broker

    keys = QUICK_KEYS if quick else KEYS
    with tempfile.TemporaryDirectory(prefix="millstream-bench-") as directory:
        broker = Broker(Path(directory) / "broker")
        broker.start()
        try:
            written = _write(broker.bootstrap, Path(directory) / "writer", keys)
            yield Figure("changelog written", keys / written, "records/s")
            taken, used = _restored(broker.bootstrap, Path(directory) / "reader", keys)
            yield Figure("state restored", keys / taken, "records/s", note=f"{used:.0f} CPU-s")
            yield Figure(f"restore of {keys:,} keys", taken, "s", most=MOST_S * keys / KEYS)
        finally:
            broker.kill()


def _write(bootstrap: str, directory: Path, keys: int) -> float:
    """Write the changelog as a query would; seconds."""
    from millstream.log.kafka import KafkaLog

    with KafkaLog({"bootstrap.servers": bootstrap}, directory, "bench", _now, fsync=False) as log:
        with log.begin(_OWNER) as transaction:
            transaction.put(_STORE, 0, [(b"first", b"1")])
        topic = log.names.changelog(_STORE)
    order = list(range(keys))
    random.Random(1).shuffle(order)
    records = ((b"key-%010d" % number, b"value of 40 bytes, or a little more %05d" % (number % 99_999), 0) for number in order)
    begun = time.perf_counter()
    produce(bootstrap, topic, records, partition=0)
    return time.perf_counter() - begun


def _restored(bootstrap: str, directory: Path, keys: int) -> tuple[float, float]:
    """Restore into an empty directory; seconds, and CPU seconds of this process."""
    from millstream.log.kafka import KafkaLog

    with KafkaLog({"bootstrap.servers": bootstrap}, directory, "bench", _now) as log:
        begun, used = time.perf_counter(), time.process_time()
        for _, done, total in log.recovery(_OWNER):
            print(f"\r{done:,} of {total:,}", end="", flush=True)
        taken, used = time.perf_counter() - begun, time.process_time() - used
        print("\r", end="")
        for number in (0, keys // 2, keys - 1):
            assert log.get(_STORE, 0, b"key-%010d" % number) is not None, f"key {number} is missing"
    return taken, used


def _now() -> int:
    return time.time_ns() // 1_000_000
