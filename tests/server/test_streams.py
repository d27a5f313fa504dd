"""Streamed inserts, websockets, PRINT: conversations that are more than one question and one answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from millstream.runtime import Row
from millstream.server.bridge import HIGH, LOW, Bridge, weight
from tests.server.conftest import HTTP2, Rig
from tests.server.scripted import ScriptedPush, ScriptedRuntime

STREAM = "CREATE STREAM s (k STRING KEY, v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);"


def _inserts(rig: Rig, body: str, **headers: str) -> Any:
    return rig.client.post("/inserts-stream", content=body, headers={HTTP2: "1", **headers})


def test_every_inserted_row_is_acknowledged(rig: Rig) -> None:
    """Column names in any case; the last newline is optional."""
    rig.ksql(STREAM)
    answer = _inserts(rig, '{"target":"s"}\n{"K":"a","v":1}\n{"k":"b"}')
    assert answer.headers["content-type"] == "application/vnd.ksqlapi.delimited.v1"
    assert answer.text == '{"seq":0,"status":"ok"}\n{"seq":1,"status":"ok"}\n'
    assert rig.log.read("s", 0, 0).values == [b'{"V":1}', b'{"V":null}']


def test_acknowledgements_can_be_one_array(rig: Rig) -> None:
    rig.ksql(STREAM)
    assert _inserts(rig, '{"target":"s"}\n{"k":"a"}\n', accept="application/json").json() == [{"seq": 0, "status": "ok"}]
    assert _inserts(rig, '{"target":"s"}\n', accept="application/json").json() == []


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('{"v": ["x"]}', "Can't coerce a field of type ARRAY into type INTEGER"),
        ('{"k":', "Invalid JSON in inserts stream"),
        ('{"\\ud800":1}', "Column name `?` does not exist in S."),
        ('{"z":1}', "`Z`"),
    ],
)
def test_a_bad_row_ends_the_stream_with_an_error(rig: Rig, row: str, message: str) -> None:
    rig.ksql(STREAM)
    answer = _inserts(rig, f'{{"target":"s"}}\n{{"k":"a"}}\n{row}\n{{"k":"never"}}\n')
    assert answer.status_code == 200
    first, error = map(json.loads, answer.text.splitlines())
    assert first == {"seq": 0, "status": "ok"}
    assert (error["@type"], error["status"], error["seq"], error["error_code"]) == ("InsertError", "error", 1, 40000)
    assert message in error["message"]
    assert rig.log.end_offsets("s") == [1]


@pytest.mark.parametrize(("body", "code"), [('{"target":"nope"}\n', 40001), ("{}\n", 40000), ("", 40000)])
def test_a_target_that_takes_no_rows_is_refused_at_once(rig: Rig, body: str, code: int) -> None:
    answer = _inserts(rig, body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, code)


class Socket:
    """A websocket client's side, spoken with the application directly."""

    def __init__(self, rig: Rig, request: str | None) -> None:
        query = "" if request is None else f"request={quote(request)}"
        self.scope = {
            "type": "websocket",
            "path": "/ws/query",
            "query_string": query.encode(),
            "headers": [],
            "scheme": "ws",
            "subprotocols": [],
        }
        self.sent: list[dict[str, Any]] = []
        asyncio.run(rig.app(self.scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def _send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    @property
    def frames(self) -> list[str]:
        return [m["text"] for m in self.sent if m["type"] == "websocket.send"]

    @property
    def closed(self) -> tuple[int, str]:
        return self.sent[-1]["code"], self.sent[-1]["reason"]


def test_a_websocket_gets_schema_rows_and_the_end(make_rig: Callable[..., Rig]) -> None:
    """Under the name "error", as ksqlDB sends it."""

    def play(push: ScriptedPush) -> None:
        push.on_rows([Row(["a", 1])])
        push.on_end(None)

    rig = make_rig(runtime=ScriptedRuntime(play=play))
    rig.ksql(STREAM)
    socket = Socket(rig, json.dumps({"ksql": "SELECT * FROM s EMIT CHANGES;"}))
    schema, row, end = socket.frames
    assert [f["name"] for f in json.loads(schema)] == ["K", "V"]
    assert "KEY" not in schema
    assert (row, end) == ('{"row":{"columns":["a",1]}}', '{"error":"done"}')
    assert socket.closed == (1000, "done")


@pytest.mark.parametrize(
    ("request_text", "message"),
    [
        (None, "Error parsing request: missing request parameter"),
        ("{", "Error parsing request: "),
        ('{"ksql":"SELECT * FROM nosource;"}', "NOSOURCE does not exist."),
        ('{"ksql":"SHOW STREAMS;"}', "Neither a query nor a print statement"),
    ],
)
def test_a_websocket_that_asks_badly_is_told_and_closed(rig: Rig, request_text: str | None, message: str) -> None:
    socket = Socket(rig, request_text)
    (frame,) = socket.frames
    assert message in json.loads(frame)["error"]
    assert socket.closed[0] == 1003
    assert len(socket.closed[1].encode()) <= 123


def test_print_shows_formats_on_query_and_bare_lines_on_query_stream(rig: Rig) -> None:
    """HTTP/2 clients use /query-stream; other media types are not acceptable there."""
    rig.ksql(STREAM + "INSERT INTO s (rowtime, k, v) VALUES (0, 'a', 1);")
    line = 'rowtime: 1970/01/01 00:00:00.000 Z, key: a, value: {"V":1}, partition: 0\n'
    text = "PRINT s FROM BEGINNING LIMIT 1;"
    answer = rig.client.post("/query", json={"ksql": text}, headers={"accept": "application/vnd.ksql.v1+json"})
    assert answer.text == "Key format: KAFKA_STRING\nValue format: JSON or KAFKA_STRING\n" + line
    assert rig.client.post("/query-stream", json={"sql": text}).text == line
    assert rig.client.post("/query", json={"ksql": text}, headers={HTTP2: "1", "accept": ""}).status_code == 405
    assert rig.client.post("/query-stream", json={"sql": text}, headers={"accept": "application/json"}).status_code == 406


def test_a_slow_client_pauses_the_query_and_a_quick_one_lets_it_go_on() -> None:
    """Rows wait up to a bound of bytes; the runtime hears when there is room again."""

    async def scenario() -> tuple[bool, bool, int, int]:
        bridge = Bridge(asyncio.get_running_loop())
        push = ScriptedPush.__new__(ScriptedPush)
        push.resumed = 0
        bridge.handle = push
        first = bridge.on_rows([Row([0])] * (HIGH // 64 - 1))
        second = bridge.on_rows([Row([1])] * (LOW // 64))
        bridge.on_end(None)
        taken = [rows async for rows in bridge.batches()]
        return first, second, sum(map(len, taken)), push.resumed

    assert asyncio.run(scenario()) == (True, False, HIGH // 64 - 1 + LOW // 64, 1)


def test_few_wide_rows_weigh_as_much_as_many_narrow_ones() -> None:
    """Nested text counts too: what waits for a client is bounded by bytes, not by rows."""
    assert weight(["x" * HIGH]) >= HIGH
    assert weight([{"k": ["x" * HIGH]}]) >= HIGH
    assert weight([None, 1, 2.5]) < 1000
