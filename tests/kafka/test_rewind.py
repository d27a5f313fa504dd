"""Commits that are lost, or of which nobody knows: the query goes on from what Kafka has, with nothing lost and nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from millstream.config import Config
from millstream.engine.functions.registry import default_registry
from millstream.engine.local import LocalRuntime
from millstream.formats.registry.store import SchemaStore
from millstream.log.base import Batch
from millstream.log.kafka import KafkaLog
from millstream.session.database import Database
from tests.kafka.conftest import now_ms
from tests.kafka.servers import EARLIEST, until
from tests.log.helpers import read_all

DEFINE = """
CREATE STREAM views (id STRING KEY, page STRING) WITH (kafka_topic='{0}.views', value_format='json', partitions=1);
CREATE TABLE counts WITH (kafka_topic='{0}.counts') AS SELECT id, COUNT(*) AS n FROM views GROUP BY id EMIT CHANGES;
"""


class Bench:
    """A server's insides on a broker, in this process: it leads its service."""

    def __init__(self, bootstrap: str, service: str, directory: Path) -> None:
        self.service = service
        self.log = KafkaLog({"bootstrap.servers": bootstrap}, directory, service, now_ms, led=True)
        self._member = self.log.join("http://here")
        until(lambda: self._member.leads, bool, 30)
        self.log.lead()
        ticks = count(1_700_000_000_000, 60)
        registry = SchemaStore(self.log)
        self.runtime = LocalRuntime(self.log, default_registry(), registry, clock=lambda: next(ticks))
        self.database = Database(self.log, self.runtime, default_registry(), registry, None, Config({"service.id": service}))
        self.fed = 0

    def close(self) -> None:
        self._member.close()
        self.log.close()

    @property
    def task(self) -> Any:
        return next(iter(self.runtime.tasks.values()))

    def feed(self, records: int) -> None:
        with self.log.begin("loader") as transaction:
            batch = Batch([b"a"] * records, [b'{"PAGE":"p"}'] * records, [self.fed + n + 1 for n in range(records)])
            transaction.append(f"{self.service}.views", 0, batch)
        self.fed += records

    def run(self) -> None:
        """Until all that was fed is through, whatever has to be tried again."""

        def through() -> bool:
            self.runtime.run_until_idle()
            assert self.task.error is None, self.task.error
            return self.task.lost is None and self.task.lag() == 0

        until(through, bool, 60)

    def counted(self) -> list[bytes | None]:
        """What the query wrote."""
        return [value for _, (_, value, _) in read_all(self.log, f"{self.service}.counts")]

    def wanted(self) -> list[bytes]:
        """What a query writes that is not disturbed."""
        return [b'{"N":%d}' % n for n in range(1, self.fed + 1)]


@pytest.fixture
def bench(bootstrap: str, service: str, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(bootstrap, service, tmp_path / "data")
    made.database.execute(DEFINE.format(service), EARLIEST, {})
    made.feed(100)
    made.run()
    yield made
    made.close()


def test_fenced_from_outside_the_leader_goes_on(bench: Bench, bootstrap: str) -> None:
    """Somebody takes the query's transactional id who is no server of the service."""
    from confluent_kafka import Producer

    query = next(iter(bench.runtime.tasks))
    stranger = Producer({"bootstrap.servers": bootstrap, "transactional.id": bench.log.names.owner(query)})
    stranger.init_transactions(30)
    bench.feed(100)
    bench.run()
    assert bench.counted() == bench.wanted()


@pytest.mark.parametrize("happens", [True, False])
def test_a_commit_of_unknown_outcome_is_looked_up(bench: Bench, happens: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it happened or not, each record is counted once."""
    query = next(iter(bench.runtime.tasks))
    writer = bench.log._writers.of(query)
    step_again = writer._again

    def unsure(step: Any, *given: Any, **named: Any) -> None:
        """The commit happens or not; in either case nobody is told."""
        from confluent_kafka import KafkaError, KafkaException

        last = step == writer._producer.commit_transaction
        if happens or not last:
            step_again(step, *given, **named)
        if last:
            raise KafkaException(KafkaError(KafkaError._FAIL, "nobody knows", False, False, False))

    monkeypatch.setattr(writer, "_again", unsure)
    bench.feed(100)
    bench.run()
    assert writer.lost
    assert bench.counted() == bench.wanted()


def test_a_changelog_shorter_than_the_copy_has_it_built_anew(bench: Bench) -> None:
    """A copy that claims more than its changelog has is worth nothing: it is emptied and restored."""
    query = next(iter(bench.runtime.tasks))
    changelogs = bench.log._changelogs
    store = next(s for s in changelogs.stores() if s.startswith(f"{query}/") and not s.endswith("/positions"))
    true = dict(bench.log.scan(store, 0))
    assert true
    (place,) = [p for p in changelogs.local.committed("changelogs") if p[0].startswith(bench.log.names.changelog(store))]
    with changelogs.local.begin("tampering") as transaction:
        transaction.offsets("changelogs", {place: 1_000_000})
        transaction.put(store, 0, [(b"no such key", b"x"), *((key, b"wrong") for key in true)])
    told = list(bench.log.recovery(query))
    assert dict(bench.log.scan(store, 0)) == true
    assert {name: done == total for name, done, total in told} == {store: True, f"{query}/positions": True}
