"""``kill -9``, twenty rounds of it, during the main job: what is in Postgres at the end is what Postgres itself computes. See chaos.py."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from demo.kafka.broker import Broker
from demo.kafka.connect import Connect
from demo.kafka.maven import DEBEZIUM_JDBC, DEBEZIUM_POSTGRES, plugins
from demo.postgres import Server as Postgres
from demo.postgres import running

from tests.connect_cluster.chaos import CHUNKS, Job, await_settled
from tests.crash.server import Server

ROUNDS, SEED = 20, 11
#: Pause between two lots of page views, in seconds: so much flows while something is dead.
PAUSE_S = 0.15

#: Lines of a file reach the topic exactly once only so.
EXACTLY = {"exactly.once.source.support": "enabled"}
#: Kafka waits so long for those who died before others get their work; the defaults are 10 s for workers and 45 s for sinks.
SOONER = {
    f"{of}{key}": value for of in ("", "consumer.") for key, value in (("session.timeout.ms", "8000"), ("heartbeat.interval.ms", "2000"))
}

pytestmark = pytest.mark.long


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with running(database="shop") as server:
        yield server


class Running:
    """What is killed and started again. ``deaths`` counts."""

    def __init__(self, data: Path, *more: str) -> None:
        self._data, self._more = data, more
        self.server = Server(data, "", *more)
        self.deaths: dict[str, int] = {}

    def killed(self, what: str) -> None:
        self.deaths[what] = self.deaths.get(what, 0) + 1

    def kill_server(self) -> None:
        self.server.kill()
        self.killed("server")

    def start_server(self) -> None:
        self.server = Server(self._data, "", *self._more)


def rounds(
    job: Job,
    running: Running,
    strikes: Callable[[int], dict[int, Callable[[], None]]],
    restart: Callable[[], None],
    also: Callable[[], str],
) -> None:
    """``strikes`` says what happens in a round after which lot of page views; ``restart`` brings back what is dead."""
    for statement in job.statements():
        running.server.run(statement)
    await_settled(job, lambda: running.server, also)
    pause = threading.Event()
    for number in range(ROUNDS):
        began = time.monotonic()
        due = strikes(number)
        job.change_users()
        for lot in range(CHUNKS):
            job.view()
            pause.wait(PAUSE_S)
            if lot in due:
                due[lot]()
        restart()
        await_settled(job, lambda: running.server, also)
        job.next()
        print(f"round {number + 1}: settled {time.monotonic() - began:.1f} s after it began; {job.told()}", flush=True)
    assert job.differences() == []


def test_kafka_connect_and_the_server_are_killed(java: None, postgres: Postgres, tmp_path: Path) -> None:
    """A distributed worker with Debezium's source and sink, and a server over the broker: each dies once a round."""
    with ExitStack() as stack:
        broker = Broker(tmp_path / "broker", **{"auto.create.topics.enable": "true"})
        stack.callback(broker.kill)
        broker.start()
        settings = {"plugin.path": plugins(DEBEZIUM_POSTGRES, DEBEZIUM_JDBC), **EXACTLY, **SOONER}
        connect = Connect(tmp_path / "connect", broker.bootstrap, **settings)
        stack.callback(connect.kill)
        connect.start()
        settings = {"bootstrap.servers": broker.bootstrap, "connect.url": connect.url, "connect.request.timeout.ms": "30000"}
        (tmp_path / "server.properties").write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        running = Running(tmp_path / "data", "--config", str(tmp_path / "server.properties"))
        stack.callback(lambda: running.server.kill())
        job = Job(postgres, tmp_path, True, SEED)

        def kill_connect() -> None:
            connect.kill()
            running.killed("connect")

        def strikes(_: int) -> dict[int, Callable[[], None]]:
            first, second = job.dice.sample(range(CHUNKS), 2)
            return {first: kill_connect, second: running.kill_server}

        def restart() -> None:
            for start in job.dice.sample([connect.start, running.start_server], 2):
                start()

        rounds(job, running, strikes, restart, connect.log)
        assert running.deaths == {"connect": ROUNDS, "server": ROUNDS}


def test_processes_of_the_embedded_job_are_killed(postgres: Postgres, tmp_path: Path) -> None:
    """The built-in worker, the engine, and the server with both: the first two come back by themselves."""
    running = Running(tmp_path / "data")
    try:
        job = Job(postgres, tmp_path, False, SEED)

        def only(name: str, what: str) -> Callable[[], None]:
            def kill() -> None:
                running.server.strike_only(name)
                running.killed(what)

            return kill

        dead = [False]

        def kill_server() -> None:
            running.kill_server()
            dead[0] = True

        def strikes(number: int) -> dict[int, Callable[[], None]]:
            worker, engine = only("worker_main", "worker"), only("engine.process", "engine")
            first, second = job.dice.sample(range(CHUNKS), 2)
            return ({first: worker}, {first: engine}, {first: kill_server}, {first: worker, second: engine})[number % 4]

        def restart() -> None:
            if dead[0]:
                running.start_server()
                dead[0] = False

        rounds(job, running, strikes, restart, lambda: "")
        assert running.deaths == {"worker": 10, "engine": 10, "server": 5}
    finally:
        running.server.kill()
