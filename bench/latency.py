"""Waiting: from a row on /inserts-stream to the row in a push query, REST calls while queries are busy, and doing nothing."""

from __future__ import annotations

import gc
import http.client
import json
import multiprocessing
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.data import TABLE, load, stream, users, views
from bench.figures import Figure, percentile
from bench.rig import EARLIEST, Server, server
from millstream.log.embedded import EmbeddedLog

TIMED = "CREATE STREAM timed (k STRING KEY, sent BIGINT) WITH (kafka_topic='timed', value_format='JSON', partitions=1);"
BUSY = "CREATE STREAM busy_{n} AS SELECT v.k AS userid, v.pageid, u.regionid FROM pageviews v JOIN users u ON v.k = u.userid EMIT CHANGES;"
A_SECOND = 1000
#: Seconds in which a server that has just started still loads what it needs.
LOADING_S = 2.0


def latency(quick: bool) -> Iterator[Figure]:
    """1000 rows a second, alone and while another query works off a backlog."""
    seconds = 3 if quick else 10
    late = jitter(2)
    yield Figure("jitter of this machine, p99", percentile(late, 0.99), "ms", note=f"a process that only sleeps; max {max(late):.0f}")
    with server() as found:
        found.sql(TIMED)
        time.sleep(LOADING_S)
        yield from _latencies(found, "row to push query", seconds)
    with backlog(1_000_000 if quick else 4_000_000) as found:
        found.sql(TIMED)
        found.sql(BUSY.format(n=1))
        time.sleep(LOADING_S)
        yield from _latencies(found, "row to push query, beside a backlog", seconds)


def rest(quick: bool) -> Iterator[Figure]:
    """Statements and a pull of /info while 20 queries work off a backlog."""
    with backlog(1_000_000 if quick else 4_000_000) as found:
        found.sql("".join(BUSY.format(n=n) for n in range(20)))
        calls = {"SHOW STREAMS;": [], "SHOW QUERIES;": [], "DESCRIBE pageviews;": [], "/info": []}  # type: dict[str, list[float]]
        connection = http.client.HTTPConnection(found.host, found.port, timeout=60)
        for _ in range(30 if quick else 100):
            for call, took in calls.items():
                begun = time.perf_counter()
                if call == "/info":
                    connection.request("GET", call)
                else:
                    connection.request("POST", "/ksql", json.dumps({"ksql": call}), {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 200
                took.append((time.perf_counter() - begun) * 1000)
                time.sleep(0.01)
        connection.close()
        for call, took in calls.items():
            yield Figure(f"{call} p99, 20 busy queries", percentile(took, 0.99), "ms", most=50, note=f"p50 {percentile(took, 0.5):.1f}")


def idle(quick: bool) -> Iterator[Figure]:
    """CPU of a server whose 20 queries have nothing to do."""
    seconds = 5 if quick else 20
    with backlog(1000) as found:
        found.sql("".join(BUSY.format(n=n) for n in range(20)))
        time.sleep(3)
        before = found.cpu()
        time.sleep(seconds)
        yield Figure("idle with 20 queries", (found.cpu() - before) / seconds * 100, "% of a core", most=2)


class backlog:
    """A server whose topic of page views is full already."""

    def __init__(self, count: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="millstream-bench-")
        self._count = count
        self._server: Server | None = None

    def __enter__(self) -> Server:
        directory = Path(self._folder.name) / "data"
        self._server = Server(directory)
        self._server.sql(TABLE + stream("pageviews"))
        log = EmbeddedLog(directory)
        load(log, "users", users())
        load(log, "pageviews", views(self._count))
        log.close()
        return self._server

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self._folder.cleanup()


def _latencies(found: Server, name: str, seconds: int) -> Iterator[Figure]:
    reader = push(found, "SELECT k, sent FROM timed EMIT CHANGES;")
    next(reader)
    writer = multiprocessing.get_context("spawn").Process(target=_write, args=(found.host, found.port, seconds))
    writer.start()
    took: list[float] = []
    wanted = seconds * A_SECOND
    gc.collect()
    gc.disable()  # of this process, which is not what is measured
    for line in reader:
        now = time.monotonic_ns()
        row = json.loads(line)
        took.append((now - row[1]) / 1e6)
        if len(took) >= wanted:
            break
    gc.enable()
    reader.close()
    writer.join()
    took = took[A_SECOND // 2 :]  # the first ones include what is done once
    note = f"p50 {percentile(took, 0.5):.1f}, max {max(took):.0f}"
    yield Figure(f"{name}, p99", percentile(took, 0.99), "ms", most=20, note=note)


def push(found: Server, text: str, buffer: int | None = None) -> Iterator[bytes]:
    """The header and the rows of a push query, as lines, over a plain socket."""
    with socket.socket() as connection:
        if buffer is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        connection.connect((found.host, found.port))
        body = json.dumps({"sql": text, "properties": {} if buffer is None else EARLIEST}).encode()
        head = f"POST /query-stream HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        pending = b""
        while data := connection.recv(1 << 16):
            *lines, pending = (pending + data).split(b"\n")
            yield from (line for line in lines if line[:1] in (b"[", b"{"))


def jitter(seconds: float) -> list[float]:
    """Milliseconds by which a process that does nothing but sleep wakes up late: no figure can be better than this machine."""
    late, due = [], time.monotonic_ns()
    for _ in range(int(seconds * A_SECOND)):
        due += 1_000_000_000 // A_SECOND
        wait = (due - time.monotonic_ns()) / 1e9
        if wait > 0:
            time.sleep(wait)
        late.append(max(0.0, (time.monotonic_ns() - due) / 1e6))
    return late


def _write(host: str, port: int, seconds: int) -> None:
    """Send rows over /inserts-stream, each in its time. Acknowledgements are read and forgotten."""
    import h2.config
    import h2.connection

    gc.disable()
    with socket.create_connection((host, port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        talk = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        talk.initiate_connection()
        headers = [(":method", "POST"), (":path", "/inserts-stream"), (":scheme", "http"), (":authority", f"{host}:{port}")]
        talk.send_headers(1, [*headers, ("content-type", "application/vnd.ksqlapi.delimited.v1")])
        talk.send_data(1, b'{"target":"TIMED"}\n')
        connection.sendall(talk.data_to_send())
        connection.setblocking(False)
        begun, number = time.monotonic_ns(), 0
        while number < seconds * A_SECOND:
            due = begun + (number + 1) * 1_000_000_000 // A_SECOND
            wait = (due - time.monotonic_ns()) / 1e9
            if wait > 0:
                time.sleep(wait)
            _listen(connection, talk)
            talk.send_data(1, b'{"K":"key","SENT":%d}\n' % time.monotonic_ns())
            connection.sendall(talk.data_to_send())
            number += 1
        talk.end_stream(1)
        connection.sendall(talk.data_to_send())
        time.sleep(0.5)
        _listen(connection, talk)


def _listen(connection: socket.socket, talk: object) -> None:
    """Take what came, and give the windows back."""
    import h2.connection
    import h2.events

    assert isinstance(talk, h2.connection.H2Connection)
    try:
        data = connection.recv(1 << 16)
    except BlockingIOError:
        return
    for event in talk.receive_data(data):
        if isinstance(event, h2.events.DataReceived) and event.flow_controlled_length:
            talk.acknowledge_received_data(event.flow_controlled_length, 1)
    connection.sendall(talk.data_to_send())
