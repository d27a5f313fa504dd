"""One run of join and count on a real server and broker that are killed, and what must come of it.

Views are fed in small transactions all the while. A strike is ``server`` or ``broker`` (``kill -9`` at a random moment), or a named point
of the commit at which the engine, or the server, stops itself, whereupon what is left of it is killed.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from millstream.errors import LogError
from millstream.log.base import Batch
from millstream.log.kafka import KafkaLog
from millstream.log.kafka.writer import POINTS
from tests.kafka.broker import Broker
from tests.kafka.conftest import now_ms
from tests.kafka.servers import EARLIEST, ServerProcess, until
from tests.log.helpers import read_all

STRIKES = ("server", "broker", "task.commit", *POINTS, "task.committed")
DEFINE = """
CREATE TABLE users (id STRING PRIMARY KEY, region STRING) WITH (kafka_topic='users', value_format='json', partitions=1);
CREATE STREAM views (id STRING KEY, page STRING) WITH (kafka_topic='views', value_format='json', partitions=1);
CREATE STREAM joined AS SELECT v.id, v.page, u.region FROM views v JOIN users u ON v.id = u.id EMIT CHANGES;
CREATE TABLE counted AS SELECT region, COUNT(*) AS n FROM joined GROUP BY region EMIT CHANGES;
"""
#: Users that are known, views of a transaction, and of a round.
USERS, TOGETHER, ROUND = 50, 60, 1800
#: A strike at random comes within so many seconds from the first view of its round.
WITHIN = 2.0
#: How long anything may take that ends, in seconds.
PATIENCE = 180.0


class Chaos:
    """A broker and a server of its own, in ``folder``. ``seed`` decides when it strikes."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._dice = random.Random(seed)
        self.broker = Broker(folder / "broker")
        self.broker.start()
        self._log = KafkaLog({"bootstrap.servers": self.broker.bootstrap}, folder / "feeder", "feeder", now_ms)
        self.server = self._started()
        client = self.server.client()
        client.statements(DEFINE, EARLIEST, {})
        client.close()
        users: list[bytes | None] = [b"u%d" % n for n in range(USERS)]
        with self._log.begin("users") as transaction:
            transaction.append("users", 0, Batch(users, [b'{"REGION":"r%d"}' % (n % 5) for n in range(USERS)], [1000] * USERS))
        self.views = 0

    def close(self) -> None:
        self.server.close()
        self._log.close()
        self.broker.kill()

    def strike(self, kind: str) -> None:
        """A round: views flow, something dies, and is started again."""
        pointed = kind not in ("server", "broker")
        if pointed:
            self.server.stop()
            self.server = self._server(f"{kind}:{self._dice.randint(2, 5)}")
        struck = threading.Event()
        feeder = threading.Thread(target=self._feed, args=(self.views + ROUND, struck))
        feeder.start()
        try:
            if pointed:
                until(self._struck(), bool, PATIENCE)
            else:
                threading.Event().wait(self._dice.uniform(0.0, WITHIN))
            if kind == "broker":
                self.broker.kill()
                self.broker.start()
            else:
                struck.set()
                self.server.close()
                self.server = self._started()
        finally:
            struck.set()
            feeder.join()

    def _struck(self) -> Callable[[], bool]:
        """Looks whether the server or its engine has passed the point at which it stops itself."""
        seen: list[int] = []

        def look() -> bool:
            engine = self.server.engine()
            if engine is not None and not seen:
                seen.append(engine)
            return self.server.process.poll() is not None or (bool(seen) and engine != seen[0])

        return look

    def outcome(self) -> tuple[list[Any], list[Any]]:
        """What a read_committed consumer sees of both queries once all views are through."""
        wanted = len(expected(self.views)[0])

        def look() -> tuple[list[Any], list[Any]]:
            return [r for _, r in read_all(self._log, "JOINED")], [r for _, r in read_all(self._log, "COUNTED")]

        try:
            return until(look, lambda found: len(found[0]) >= wanted and len(found[1]) >= wanted, PATIENCE)
        except AssertionError as late:
            raise AssertionError(f"{[len(part) for part in look()]} of {wanted} rows; {self._states()}") from late

    def _states(self) -> list[Any]:
        """What the server says about its queries."""
        answer = httpx.post(f"{self.server.url}/ksql", json={"ksql": "SHOW QUERIES;"}, timeout=60).json()
        return [(query["id"], query["state"], query.get("lastError")) for query in answer[0]["queries"]]

    def _server(self, point: str = "") -> ServerProcess:
        return ServerProcess(self._folder / "server", self.broker.bootstrap, "chaos_", {"MILLSTREAM_CRASH_POINT": point})

    def _started(self) -> ServerProcess:
        return self._server().running(PATIENCE)

    def _feed(self, upto: int, struck: threading.Event) -> None:
        """View after view, each once, however often the broker dies; so many, and more until something has died and the broker runs.

        The last transaction is one more: what a broker forgot to end can be seen with the next (docs/operations.md).
        """
        last = False
        while self.views < upto or not last:
            last = struck.is_set()
            numbers = range(self.views, self.views + TOGETHER)
            keys: list[bytes | None] = [b"u%d" % (n % (USERS + 5)) for n in numbers]
            values: list[bytes | None] = [b'{"PAGE":"p%d"}' % n for n in numbers]
            before = self._log._outcomes.of("feeder")
            try:
                with self._log.begin("feeder") as transaction:
                    transaction.append("views", 0, Batch(keys, values, [2000 + n for n in numbers]))
                self.views = numbers.stop
            except LogError:
                asked = self._log._outcomes.of("feeder")
                until(partial(self._fed, numbers.stop, {} if asked is None or asked is before else asked[0]), bool, PATIENCE)
                last = False
            threading.Event().wait(0.02)

    def _fed(self, stop: int, asked: Mapping[tuple[str, int], int]) -> bool:
        """Count what is there after a failure. What Kafka was to commit and does not show is there: nothing else is left open."""
        self._log.recover("feeder")
        self.views = stop if asked and self._log._topics.behind(asked, 3.0) else len(read_all(self._log, "views"))
        return True


def expected(views: int) -> tuple[list[Any], list[Any]]:
    """What comes of so many views when nothing disturbs: joined and counted, as (key, value, time)."""
    joined, counted = [], []
    totals = dict.fromkeys(range(5), 0)
    for n in range(views):
        user = n % (USERS + 5)
        if user >= USERS:
            continue
        joined.append((b"u%d" % user, b'{"PAGE":"p%d","REGION":"r%d"}' % (n, user % 5), 2000 + n))
        totals[user % 5] += 1
        counted.append((b"r%d" % (user % 5), b'{"N":%d}' % totals[user % 5], 2000 + n))
    return joined, counted
