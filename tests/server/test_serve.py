"""A server with sockets: both versions of HTTP on one port, frames as they are sent, clients that leave, a whole instance and its
restart."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from millstream.config import Config
from millstream.console.client import Client as ConsoleClient
from millstream.errors import ConfigError, ExecutionError, MillstreamError
from millstream.runtime import Row
from millstream.server.serve import Address, Served, reserve
from millstream.server.start import running_at, start_embedded
from tests.server.conftest import Rig
from tests.server.driven import driven
from tests.server.scripted import ScriptedPush, ScriptedRuntime

STREAM = "CREATE STREAM s (k STRING KEY, v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);"


class Live:
    """A scripted server on a port."""

    def __init__(self, rig: Rig, runtime: ScriptedRuntime) -> None:
        self.rig, self.runtime = rig, runtime
        self.served = Served(rig.app, Address("127.0.0.1", 0), Config())
        self.url = self.served.url
        self.pushed = threading.Event()
        runtime.play = lambda _: self.pushed.set()

    @property
    def push(self) -> ScriptedPush:
        assert self.pushed.wait(10)
        return self.runtime.pushes[-1]


@pytest.fixture
def live(make_rig: Callable[..., Rig]) -> Iterator[Live]:
    runtime = ScriptedRuntime()
    rig = make_rig(runtime=runtime)
    rig.ksql(STREAM)
    server = Live(rig, runtime)
    yield server
    server.served.close()


def _client(http2: bool) -> httpx.Client:
    return httpx.Client(http1=not http2, http2=http2, timeout=20)


@pytest.mark.parametrize("http2", [False, True])
def test_one_port_speaks_both_versions_of_http(live: Live, http2: bool) -> None:
    """HTTP/2 by prior knowledge, as ksqlDB's clients do."""
    with _client(http2) as client:
        answer = client.get(live.url + "/info")
        assert (answer.status_code, answer.http_version) == (200, "HTTP/2" if http2 else "HTTP/1.1")


@pytest.mark.parametrize("http2", [False, True])
def test_every_row_is_a_part_of_its_own_and_comes_at_once(live: Live, http2: bool) -> None:
    """The header comes before the first row; each row as soon as the runtime gives it."""
    with (
        _client(http2) as client,
        client.stream("POST", live.url + "/query-stream", json={"sql": "SELECT * FROM s EMIT CHANGES;"}) as answer,
    ):
        parts = answer.iter_raw()
        assert json.loads(next(parts))["columnNames"] == ["K", "V"]
        for number in range(3):
            live.push.on_rows([Row(["a", number])])
            assert next(parts) == f'["a",{number}]\n'.encode()
        live.push.on_end(None)
        assert list(parts) == []


@pytest.mark.parametrize("http2", [False, True])
def test_a_client_that_leaves_ends_its_query(live: Live, http2: bool) -> None:
    closed = threading.Event()
    with _client(http2) as client, client.stream("POST", live.url + "/query", json={"ksql": "SELECT * FROM s EMIT CHANGES;"}) as answer:
        parts = answer.iter_raw()  # kept: httpx leaves as soon as nobody holds it
        next(parts)
        live.push.close = closed.set  # type: ignore[method-assign]
    assert closed.wait(10)
    assert live.rig.database.transients.all() == []


def test_rows_are_written_while_the_body_still_comes(live: Live) -> None:
    """A client may keep its stream open and send a row now and then."""

    def body() -> Iterator[bytes]:
        yield b'{"target":"s"}\n{"k":"a"}\n'
        assert live.rig.log.wait({("s", 0): 0}, 10_000)
        yield b'{"k":"b"}\n'

    with _client(True) as client:
        answer = client.post(live.url + "/inserts-stream", content=body())
        assert answer.content == b'{"seq":0,"status":"ok"}\n{"seq":1,"status":"ok"}\n'


def test_inserts_need_http2(live: Live) -> None:
    with _client(False) as client:
        answer = client.post(live.url + "/inserts-stream", content=b'{"target":"s"}\n')
        assert (answer.status_code, answer.json()["error_code"]) == (400, 40004)


def test_a_port_that_is_taken_is_named(live: Live) -> None:
    with pytest.raises(ExecutionError, match=f"Cannot listen at 127.0.0.1:{live.served.address.port}"):
        Served(live.rig.app, live.served.address, Config())


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("0.0.0.0:80", Address("0.0.0.0", 80)),
        ("localhost", Address("localhost", 8088)),
        (":9", Address("127.0.0.1", 9)),
        ("https://h:1", Address("h", 1, True)),
        ("[::1]:5", Address("::1", 5)),
    ],
)
def test_addresses_are_read_in_every_usual_form(text: str, address: Address) -> None:
    assert Address.parse(text, 8088) == address


def test_bad_addresses_and_tls_without_certificate_are_refused(live: Live) -> None:
    with pytest.raises(ConfigError, match="expected host:port"):
        Address.parse("host:port", 8088)
    with pytest.raises(ConfigError, match=r"ssl\.certificate\.file"):
        Served(live.rig.app, Address("127.0.0.1", 0, tls=True), Config())


def _ksql(client: httpx.Client, url: str, text: str) -> Any:
    answer = client.post(url + "/ksql", json={"ksql": text, "streamsProperties": {"auto.offset.reset": "earliest"}})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_whole_instance_starts_answers_and_starts_again(tmp_path: Path) -> None:
    """Log, engine, registry, worker and REST API in one call; definitions and connectors are there after a restart."""
    directory = tmp_path / "data"
    with start_embedded(directory, make_runtime=driven) as server, httpx.Client(timeout=60) as client:
        assert running_at(directory) == server.url
        with pytest.raises(ExecutionError, match=f"in use by the server at {server.url}"):
            start_embedded(directory, make_runtime=driven)
        _ksql(client, server.url, STREAM + "CREATE STREAM o AS SELECT * FROM s;")
        create = (
            "CREATE EXTERNAL SOURCE gen WITH (connector.class=DatagenConnector, quickstart=users, kafka.topic=users, max.interval=1000);"
        )
        assert _ksql(client, server.url, create)[0]["state"] == "RUNNING (1/1 tasks RUNNING)"
        _ksql(client, server.url, "CREATE TABLE users WITH (kafka_topic='users');")
    assert running_at(directory) is None
    with start_embedded(directory, make_runtime=driven) as server, httpx.Client(timeout=60) as client:
        streams, tables, connectors = _ksql(client, server.url, "SHOW STREAMS; SHOW TABLES; SHOW CONNECTORS;")
        assert {s["name"] for s in streams["streams"]} == {"S", "O", "KSQL_PROCESSING_LOG"}
        assert [x["name"] for x in tables["tables"]] == ["USERS"]
        assert [c["name"] for c in connectors["connectors"]] == ["gen"]


def test_what_a_killed_instance_left_behind_does_not_count(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    (tmp_path / "server.json").write_text(json.dumps({"url": f"http://127.0.0.1:{port}", "pid": 1}))
    assert running_at(tmp_path) is None
    (tmp_path / "server.json").write_text("broken")
    assert running_at(tmp_path) is None


def test_a_client_reads_what_it_has_just_inserted(tmp_path: Path) -> None:
    """Queries run in the engine process; a pull query waits for the session's own INSERTs."""
    with start_embedded(tmp_path / "data") as server, httpx.Client(timeout=60) as client:
        _ksql(client, server.url, STREAM + "CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM s GROUP BY k;")
        for count in range(1, 6):
            _ksql(client, server.url, "INSERT INTO s VALUES ('a', 1);")
            answer = client.post(server.url + "/query-stream", json={"sql": "SELECT n FROM t WHERE k = 'a';"})
            assert answer.text.splitlines()[1:] == [f"[{count}]"]
        pushed = {"sql": "SELECT * FROM t EMIT CHANGES LIMIT 1;", "properties": {"auto.offset.reset": "earliest"}}
        assert len(client.post(server.url + "/query-stream", json=pushed).text.splitlines()) == 2
        (query,) = _ksql(client, server.url, "SHOW QUERIES;")[0]["queries"]
        assert (query["state"], query["lag"]) == ("RUNNING", 0)


@pytest.fixture
def tls(make_rig: Callable[..., Rig], tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The URL of a server, and its certificate, which nobody has signed but itself."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    config = Config({"ssl.certificate.file": str(certificate), "ssl.key.file": str(key)})
    served = Served(make_rig().app, Address("127.0.0.1", 0, tls=True), config)
    yield served.url, certificate
    served.close()


def test_certificates_and_keys_that_cannot_be_used_are_told(tls: tuple[str, Path], tmp_path: Path, make_rig: Callable[..., Rig]) -> None:
    """By their settings, with what to do; a password is neither asked for on the terminal nor shown."""
    _, certificate = tls
    key, locked, other = tmp_path / "key.pem", tmp_path / "locked.pem", tmp_path / "other.pem"
    subprocess.run(["openssl", "pkey", "-in", key, "-aes128", "-passout", "pass:zebra-7", "-out", locked], check=True, capture_output=True)
    subprocess.run(["openssl", "genrsa", "-out", other, "2048"], check=True, capture_output=True)
    for used, text in (
        ((certificate, locked), f"The key {locked} (ssl.key.file) is encrypted, which the HTTP server cannot read."),
        ((certificate, other), f"and the key {other} (ssl.key.file) cannot be used: key values mismatch."),
        ((key, key), f"The certificate {key} (ssl.certificate.file) and the key {key} (ssl.key.file) cannot be used."),
        ((certificate, tmp_path / "none"), "There is no file"),
    ):
        config = Config({"ssl.certificate.file": str(used[0]), "ssl.key.file": str(used[1]), "ssl.key.password": "zebra-7"})
        with pytest.raises(ConfigError) as told:
            Served(make_rig().app, Address("127.0.0.1", 0, tls=True), config)
        assert text in told.value.message
        assert "zebra" not in str(told.value)


def test_a_password_for_a_key_that_has_none_does_no_harm(tls: tuple[str, Path], tmp_path: Path, make_rig: Callable[..., Rig]) -> None:
    """It may be meant for Kafka's client."""
    settings = {"ssl.certificate.file": str(tls[1]), "ssl.key.file": str(tmp_path / "key.pem"), "ssl.key.password": "zebra-7"}
    served = Served(make_rig().app, Address("127.0.0.1", 0, tls=True), Config(settings))
    served.close()


def test_tls_serves_both_versions_of_http(tls: tuple[str, Path]) -> None:
    """With a certificate and a key; the client checks the certificate."""
    url, certificate = tls
    trusted = ssl.create_default_context(cafile=str(certificate))
    for http2 in (False, True):
        with httpx.Client(verify=trusted, http1=not http2, http2=http2) as client:
            answer = client.get(url + "/info")
            assert (answer.status_code, answer.http_version) == (200, "HTTP/2" if http2 else "HTTP/1.1")
    with pytest.raises(httpx.ConnectError), httpx.Client() as stranger:
        stranger.get(url + "/info")
    plain = ConsoleClient(url.replace("https:", "http:"))
    with pytest.raises(MillstreamError, match=r"No answer from .*: the answer is not HTTP; does the server want https") as told:
        plain.info()
    assert told.value.message.isprintable()


def test_the_console_is_told_whom_to_trust(tls: tuple[str, Path], tmp_path: Path) -> None:
    """``--ca`` names the certificate; without it the console says what is wrong, and not that nobody answers."""
    url, certificate = tls
    client = ConsoleClient(url, authority=certificate)
    assert client.info()["serverStatus"] == "RUNNING"
    client.close()
    stranger = ConsoleClient(url)
    with pytest.raises(MillstreamError, match="not trusted: self-signed certificate") as caught:
        stranger.info()
    stranger.close()
    assert caught.value.hint is not None
    assert "--ca" in caught.value.hint
    for text in (None, "no certificate"):
        path = tmp_path / "ca.pem"
        if text is not None:
            path.write_text(text)
        with pytest.raises(MillstreamError, match=r"Cannot use the certificates in .*ca\.pem"):
            ConsoleClient(url, authority=path)


@pytest.mark.parametrize("host", ["nosuch.invalid", "192.0.2.1"])
def test_a_host_that_is_not_this_machine_is_told(host: str) -> None:
    """Another port would not help."""
    with pytest.raises(ExecutionError, match=f"Cannot listen at {host}:8088") as told:
        reserve(Address(host, 8088, False))
    assert told.value.hint == "Name an address of this machine with --listen."


def test_a_port_is_kept_for_whoever_will_listen_there() -> None:
    """The worker listens long after its port was chosen: no stranger may have been given it by then."""
    address, held = reserve(Address("127.0.0.1", 0))
    with held:
        with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
            stranger.bind((address.host, address.port))
        served = Served(None, address, Config())
        assert served.address == address
        served.close()
