"""Two servers of one service: one leads, the other follows it and says so; whoever is killed or falls asleep is replaced."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from millstream.errors import MillstreamError
from tests.kafka.servers import EARLIEST, ServerProcess, counted, ended, until
from tests.log.helpers import read_all

DEFINE = """
CREATE STREAM views (id STRING KEY, page STRING) WITH (kafka_topic='{0}.views', value_format='json', partitions=1);
CREATE TABLE counts WITH (kafka_topic='{0}.COUNTS') AS SELECT id, COUNT(*) AS n FROM views GROUP BY id EMIT CHANGES;
"""
#: How long the other server may take, in seconds, from the instant that the leader is lost.
TAKEN_OVER_IN = 10


def refusal(server: ServerProcess) -> tuple[int, Any]:
    answer = httpx.post(f"{server.url}/ksql", json={"ksql": "SHOW QUERIES;"}, timeout=10)
    return answer.status_code, None if answer.status_code == 200 else answer.json().get("leader")


def view(server: ServerProcess, *keys: str) -> None:
    with contextlib.closing(server.client()) as client:
        client.statements("".join(f"INSERT INTO views (id, page) VALUES ('{key}', 'p');" for key in keys), {}, {})


@pytest.mark.slow
def test_a_standby_takes_over_and_a_sleeper_gives_way(bootstrap: str, service: str, tmp_path: Path, opened: Callable[..., Any]) -> None:
    """A leads and B follows; A is paused: B leads, and A, woken up, becomes its standby; B is killed: A leads again. Each view is
    counted once."""
    a = ServerProcess(tmp_path / "a", bootstrap, service).running()
    with ended(a):
        client = a.client()
        client.statements(DEFINE.format(service), EARLIEST, {})
        client.close()
        view(a, "a", "b", "a")
        until(lambda: counted(a), lambda found: found == [[2]], 20)
        b = ServerProcess(tmp_path / "b", bootstrap, service).listening()
        with ended(b):
            assert b.info() | {"serverStatus": "STANDBY", "leader": a.url} == b.info()
            assert refusal(b) == (503, a.url)
            assert httpx.get(f"{b.url}/chc/ready", timeout=10).status_code == 503
            members = httpx.get(f"{b.url}/clusterStatus", timeout=10).json()["clusterStatus"]
            assert {f"http://{host}": one["role"] for host, one in members.items()} == {a.url: "LEADER", b.url: "STANDBY"}

            assert a.child("worker_main") is not None
            a.kill(signal.SIGSTOP)
            until(lambda: counted(b), lambda found: found == [[2]], TAKEN_OVER_IN)
            until(lambda: a.child("worker_main"), lambda worker: worker is None, 10)  # the leader's runs; there are not two
            view(b, "a")
            a.kill(signal.SIGCONT)
            with pytest.raises(MillstreamError):  # from the first instant, before it knows who leads
                view(a, "a")
            until(lambda: refusal(a), lambda found: found == (503, b.url), 20)
            assert b.info()["serverStatus"] == "RUNNING"
            until(lambda: counted(b), lambda found: found == [[3]], 20)

            b.kill()
            until(lambda: counted(a), lambda found: found == [[3]], TAKEN_OVER_IN)
            view(a, "a")
            until(lambda: counted(a), lambda found: found == [[4]], 20)
    assert [(key, value) for _, (key, value, _) in read_all(opened(), "COUNTS") if key == b"a"] == [
        (b"a", b'{"N":%d}' % n) for n in (1, 2, 3, 4)
    ]
