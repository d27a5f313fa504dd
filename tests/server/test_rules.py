"""What every endpoint shares: media types, routes, who may call, states of the server, values on the wire."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from starlette.types import Message

from millstream import types as t
from millstream.config import Config
from millstream.errors import ConfigError
from millstream.server.accept import DELIMITED, JSON, PROTOBUF, V1, choose
from millstream.server.access import Access
from millstream.server.shapes.schema import schema_info
from millstream.server.shapes.values import row_encoder
from tests.server.conftest import HTTP2, Rig

PRODUCED = (DELIMITED, JSON, V1, PROTOBUF)


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (None, ""),
        ("", ""),
        ("*/*", DELIMITED),
        ("application/*", DELIMITED),
        (V1, V1),
        (f"{JSON};q=0.5, {V1};q=0.9", V1),
        (f"text/html, {JSON}", JSON),
        (f"{JSON};q=0", None),
        ("text/plain", None),
    ],
)
def test_the_accept_header_chooses_among_what_a_route_produces(header: str | None, chosen: str | None) -> None:
    assert choose(header, PRODUCED) == chosen


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (t.BIGINT, 3_000_000_000, "3000000000"),
        (t.DOUBLE, 2.0, "2.0"),
        (t.DOUBLE, 1e10, "1.0E10"),
        (t.DOUBLE, 1.5e-5, "1.5E-5"),
        (t.DOUBLE, 1234567.0, "1234567.0"),
        (t.DOUBLE, float("inf"), '"Infinity"'),
        (t.DOUBLE, float("nan"), '"NaN"'),
        (t.decimal(10, 2), Decimal("12.30"), "12.30"),
        (t.decimal(38, 0), Decimal("1E+20"), "100000000000000000000"),
        (t.STRING, 'a"b\\c é', '"a\\"b\\\\c é"'),
        (t.BOOLEAN, True, "true"),
        (t.BYTES, b"abc", '"YWJj"'),
        (t.TIMESTAMP, 1_577_840_523_456, '"2020-01-01T01:02:03.456"'),
        (t.TIMESTAMP, -1, '"1969-12-31T23:59:59.999"'),
        (t.TIMESTAMP, -62_135_596_800_000, '"0001-01-01T00:00:00.000"'),
        (t.TIMESTAMP, (1 << 63) - 1, '"+292278994-08-17T07:12:55.807"'),
        (t.DATE, 18262, '"2020-01-01"'),
        (t.DATE, -719_162, '"0001-01-01"'),
        (t.DATE, (1 << 31) - 1, '"+5881580-07-11"'),
        (t.TIME, 3_723_000, '"01:02:03"'),
        (t.TIME, 3_720_000, '"01:02"'),
        (t.array(t.INTEGER), [1, None], "[1,null]"),
        (t.map_of(t.STRING, t.INTEGER), {"a": 1, "b": None}, '{"a":1,"b":null}'),
        (t.map_of(t.INTEGER, t.INTEGER), {7: 1}, '{"7":1}'),
        (t.struct([("X", t.INTEGER), ("Y", t.STRING)]), {"X": 1, "Y": "z"}, '{"X":1,"Y":"z"}'),
        (t.INTEGER, None, "null"),
    ],
)
def test_values_have_ksqldbs_form(kind: t.SqlType, value: Any, text: str) -> None:
    assert row_encoder([kind])([value]) == f"[{text}]"


def test_types_are_described_as_schema_info() -> None:
    """Parameters only for DECIMAL; members of arrays and maps, fields of structs."""
    assert schema_info(t.decimal(8, 2)) == {
        "type": "DECIMAL",
        "fields": None,
        "memberSchema": None,
        "parameters": {"precision": 8, "scale": 2},
    }
    inner = {"type": "STRING", "fields": None, "memberSchema": None}
    assert schema_info(t.map_of(t.STRING, t.STRING)) == {"type": "MAP", "fields": None, "memberSchema": inner}
    assert schema_info(t.struct([("A", t.STRING)])) == {"type": "STRUCT", "fields": [{"name": "A", "schema": inner}], "memberSchema": None}


def test_a_final_slash_does_not_matter(rig: Rig) -> None:
    assert rig.client.get("/info/").status_code == 200
    assert rig.client.get("/").status_code == 307


def test_a_websocket_path_asked_for_plainly_says_what_is_missing(rig: Rig) -> None:
    answer = rig.client.get("/ws/query")
    assert (answer.status_code, answer.text) == (400, '"Connection" header must be "Upgrade".')


def test_statuses_of_commands_can_be_asked_for(rig: Rig) -> None:
    """By id, back-ticks percent-encoded; also for what an earlier run defined."""
    rig.ksql("CREATE STREAM s (v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);")
    answer = rig.client.get("/status/stream/%60S%60/create")
    assert answer.json() == {"status": "SUCCESS", "message": "Stream created", "queryId": None}
    assert rig.client.get("/status/stream/S/create").json()["error_code"] == 40400
    assert rig.client.get("/status").json()["commandStatuses"]["stream/`S`/create"] == "SUCCESS"


def test_results_before_a_failing_statement_come_with_the_error(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything passed its check; the second statement fails while it is carried out."""
    from millstream.errors import ExecutionError

    def broken(_: object) -> None:
        raise ExecutionError("no room")

    monkeypatch.setattr(rig.database.log, "create", broken)
    answer = rig.ksql("SHOW STREAMS; CREATE STREAM s (v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);")
    body = answer.json()
    assert (answer.status_code, body["@type"], body["error_code"]) == (500, "statement_error", 50000)
    assert [e["@type"] for e in body["entities"]] == ["streams"]


def test_a_bug_is_a_500_and_not_a_broken_connection(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("oops")

    monkeypatch.setattr(rig.database, "execute", broken)
    answer = rig.ksql("SHOW STREAMS;")
    assert (answer.status_code, answer.json()["error_code"]) == (500, 50000)


def test_what_fails_because_the_server_stepped_down_meanwhile_is_no_bug(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the request worked with was closed under it: it is told what those who ask now are told."""

    def execute(*_: object) -> None:
        rig.app.state = "STANDBY"
        raise AttributeError("'NoneType' object has no attribute 'produce'")

    monkeypatch.setattr(rig.database, "execute", execute)
    answer = rig.ksql("SHOW STREAMS;")
    assert (answer.status_code, answer.json()["error_code"]) == (503, 50302)


def test_termination_ends_everything_and_refuses_what_comes_after(rig: Rig) -> None:
    stream = "CREATE STREAM s (v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);"
    assert rig.ksql(stream + "CREATE STREAM o AS SELECT * FROM s;").status_code == 200
    assert rig.client.post("/ksql/terminate", json={"deleteTopicList": ["["]}).status_code == 400
    answer = rig.client.post("/ksql/terminate", json={"deleteTopicList": ["O"]})
    assert answer.json()[0]["commandId"] == "cluster/TerminateCluster/terminate"
    assert rig.log.topic("O") is None
    assert rig.log.topic("s") is not None
    assert rig.client.get("/info").json() == {"@type": "generic_error", "error_code": 50303, "message": "The server is shutting down"}
    assert rig.client.get("/chc/live").json() == {}


def test_basic_authentication_lets_known_users_with_a_role_in(make_rig: Callable[..., Rig]) -> None:
    """Load balancers may ask whether the server lives without a password."""
    config = Config({"authentication.method": "BASIC", "authentication.users": ["fred:letmein"], "authentication.roles": ["*"]})
    rig = make_rig(config=config)
    refused = rig.client.get("/info")
    assert (refused.status_code, refused.json()["error_code"]) == (401, 40100)
    assert refused.headers["www-authenticate"] == 'Basic realm="KsqlServer-Props"'
    assert rig.client.get("/info", auth=("fred", "letmein")).status_code == 200
    assert rig.client.get("/info", auth=("fred", "wrong")).status_code == 401
    assert rig.client.get("/info", auth=("bob", "")).status_code == 401
    assert rig.client.get("/info", headers={"authorization": "Basic !!"}).status_code == 400
    assert rig.client.get("/info", headers={"authorization": "Bearer x"}).status_code == 401
    assert rig.client.get("/healthcheck").status_code == 200


def test_roles_are_checked(make_rig: Callable[..., Rig], tmp_path: Any) -> None:
    users = tmp_path / "users"
    users.write_text("# name:password,role\nfred: letmein,ksql-user\nbob: secret,other\n")
    config = Config({"authentication.method": "BASIC", "authentication.file": str(users), "authentication.roles": ["ksql-user"]})
    rig = make_rig(config=config)
    assert rig.client.get("/info", auth=("fred", "letmein")).status_code == 200
    assert rig.client.get("/info", auth=("bob", "secret")).json()["error_code"] == 40300
    with pytest.raises(ConfigError, match="there are no users"):
        Access.of(Config({"authentication.method": "BASIC"}))


def test_browsers_may_call_from_the_origin_that_is_allowed(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(config=Config({"access.control.allow.origin": "http://example.com"}))
    asked = {"origin": "http://example.com", "access-control-request-method": "POST"}
    assert rig.client.options("/ksql", headers=asked).status_code == 204
    assert rig.client.options("/ksql", headers={**asked, "origin": "http://evil.example"}).status_code == 403
    answer = rig.client.post("/ksql", json={"ksql": "SHOW TABLES;"}, headers={"origin": "http://example.com"})
    assert answer.headers["access-control-allow-origin"] == "http://example.com"


def test_numbers_of_any_size_pass_through_json(rig: Rig) -> None:
    rig.ksql("CREATE STREAM s (v DECIMAL(40, 2)) WITH (kafka_topic='s', value_format='JSON', partitions=1);")
    answer = rig.client.post(
        "/inserts-stream", content='{"target":"s"}\n{"v":12345678901234567890123456789012345.10}\n', headers={"x-test-http2": "1"}
    )
    assert json.loads(answer.text)["status"] == "ok"
    assert rig.log.read("s", 0, 0).values == [b'{"V":12345678901234567890123456789012345.10}']


@pytest.mark.parametrize("path", ["/ksql", "/query", "/query-stream", "/subjects/s/versions"])
def test_a_body_that_says_it_is_too_large_is_refused(small: Rig, path: str) -> None:
    """With 413, before it is read, and with what to do."""
    answer = small.client.post(path, content=b"{" + b" " * 2000)
    assert (answer.status_code, answer.json()["error_code"]) == (413, 41300)
    assert "larger than 1,000 bytes" in answer.json()["message"]


def test_a_body_that_does_not_say_how_large_it_is_is_refused_as_it_comes(small: Rig) -> None:
    answer = small.client.post("/ksql", content=iter([b"{" + b" " * 600, b" " * 600]))
    assert (answer.status_code, answer.json()["error_code"]) == (413, 41300)


def test_a_line_of_inserts_is_bounded_but_not_their_number(small: Rig) -> None:
    """Rows before the one that is too long are written and acknowledged."""
    small.ksql("CREATE STREAM s (k STRING KEY, v STRING) WITH (kafka_topic='s', value_format='JSON', partitions=1);")
    rows = [b'{"target":"S"}\n', *[b'{"K":"a","V":"%d"}\n' % i for i in range(100)], b'{"K":"' + b"x" * 1200]
    lines = small.client.post("/inserts-stream", content=iter(rows), headers={HTTP2: "1"}).text.splitlines()
    assert [json.loads(line)["status"] for line in lines] == ["ok"] * 100 + ["error"]
    assert json.loads(lines[-1])["error_code"] == 41300


@pytest.mark.parametrize("body", [b"{", b"[1]", b"", b"\xff\xfe", b"[" * 5000, b'{"sql": 1'])
def test_bad_json_is_the_clients_fault(rig: Rig, body: bytes) -> None:
    assert rig.client.post("/query-stream", content=body).status_code == 400


@pytest.fixture
def small(make_rig: Callable[..., Rig]) -> Rig:
    """A server that takes requests of 1000 bytes."""
    return make_rig(registry=True, config=Config({"request.max.bytes": "1000"}))


def test_who_leaves_in_the_middle_of_a_request_is_no_bug(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """Its body never comes; the server's log keeps quiet about it."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"content-length", b"20")]
    scope = {"type": "http", "method": "POST", "path": "/ksql", "raw_path": b"/ksql", "query_string": b"", "headers": headers}
    asyncio.run(rig.app({**scope, "http_version": "1.1", "scheme": "http", "server": ("localhost", 1)}, receive, send))
    assert sent[0]["status"] == 400
    assert not caplog.records
