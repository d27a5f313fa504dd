"""Rows on the wire: the three framings, protobuf, ends, errors, deletions."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from millstream.log.base import Batch
from millstream.runtime import Row
from tests.server.conftest import Rig
from tests.server.scripted import ScriptedPush, ScriptedRuntime

DELIMITED, JSON = "application/vnd.ksqlapi.delimited.v1", "application/json"
V1, PROTOBUF = "application/vnd.ksql.v1+json", "application/vnd.ksql.v1+protobuf"
SETUP = """CREATE STREAM s (k STRING KEY, v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);
    CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM s GROUP BY k EMIT CHANGES;"""
PUSH, PULL = "SELECT k, v FROM s EMIT CHANGES LIMIT 2;", "SELECT * FROM t WHERE k = 'a';"


def _two_rows(push: ScriptedPush) -> None:
    push.on_rows([Row(["a", 1]), Row(["b", None])])
    push.on_end(None)


@pytest.fixture
def pushing(make_rig: Callable[..., Rig]) -> Rig:
    rig = make_rig(runtime=ScriptedRuntime([[Row(["a", 1])]], _two_rows))
    assert rig.ksql(SETUP).status_code == 200
    return rig


def _query(rig: Rig, text: str, accept: str | None, path: str = "/query-stream") -> httpx.Response:
    field = "sql" if path == "/query-stream" else "ksql"
    headers = {"accept": accept} if accept is not None else {"accept": ""}
    answer = rig.client.post(path, json={field: text}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def _without_id(text: str) -> str:
    """The text with the query's random id cut out."""
    head, _, rest = text.partition('"queryId":"')
    return head + '"queryId":"' + rest[rest.index('"') :]


def test_delimited_rows_are_lines_without_an_end(pushing: Rig) -> None:
    """The default of /query-stream, and of */* on both endpoints."""
    for accept, path in ((None, "/query-stream"), ("*/*", "/query-stream"), (DELIMITED, "/query"), ("*/*", "/query")):
        answer = _query(pushing, PUSH, accept, path)
        assert answer.headers["content-type"] == DELIMITED
        assert (
            _without_id(answer.text) == '{"queryId":"","columnNames":["K","V"],"columnTypes":["STRING","INTEGER"]}\n["a",1]\n["b",null]\n'
        )


def test_json_rows_are_one_array(pushing: Rig) -> None:
    answer = _query(pushing, PUSH, JSON)
    assert answer.headers["content-type"] == JSON
    assert _without_id(answer.text) == '[{"queryId":"","columnNames":["K","V"],"columnTypes":["STRING","INTEGER"]},["a",1],["b",null]]'


def test_rows_as_objects_end_with_a_message(pushing: Rig) -> None:
    """The default of /query; a push header has no KEY marks."""
    for accept, path in ((None, "/query"), (V1, "/query-stream"), (JSON, "/query")):
        answer = _query(pushing, PUSH, accept, path)
        assert answer.headers["content-type"] == V1
        assert _without_id(answer.text) == (
            '[{"header":{"queryId":"","schema":"`K` STRING, `V` INTEGER"}},\n{"row":{"columns":["a",1]}},\n'
            '{"row":{"columns":["b",null]}},\n{"finalMessage":"Limit Reached"}]'
        )


def test_a_pull_query_on_a_table_ends_with_its_last_row(pushing: Rig) -> None:
    """Its header marks keys."""
    answer = _query(pushing, PULL, None, "/query")
    assert _without_id(answer.text) == ('[{"header":{"queryId":"","schema":"`K` STRING KEY, `N` BIGINT"}},\n{"row":{"columns":["a",1]}}]')
    assert answer.text.startswith('[{"header":{"queryId":"query_')


def test_an_empty_pull_query_is_a_header_alone(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(runtime=ScriptedRuntime())
    rig.ksql(SETUP)
    assert _without_id(_query(rig, PULL, V1).text) == '[{"header":{"queryId":"","schema":"`K` STRING KEY, `N` BIGINT"}}]'


def test_protobuf_rows_carry_their_schema(pushing: Rig) -> None:
    lines = json.loads(_query(pushing, PULL, PROTOBUF).text)
    assert "int64 N = 2;" in lines[0]["header"]["protoSchema"]
    assert lines[1] == {"row": {"protobufBytes": "CgFhEAE="}}


def test_an_error_after_rows_stands_in_the_stream(make_rig: Callable[..., Rig]) -> None:
    """The status is sent already; each framing has its form of an error."""

    def play(push: ScriptedPush) -> None:
        push.on_rows([Row(["a", 1])])
        push.on_end("the engine broke")

    rig = make_rig(runtime=ScriptedRuntime(play=play))
    rig.ksql(SETUP)
    *_, error, end = _query(rig, PUSH, V1).text.replace("]", "\n]").split("\n")[-3:]
    assert json.loads(error.rstrip(",")) == {
        "errorMessage": {"@type": "generic_error", "error_code": 50000, "message": "the engine broke"}
    }, end
    assert json.loads(_query(rig, PUSH, DELIMITED).text.splitlines()[-1])["error_code"] == 50000
    assert json.loads(_query(rig, PUSH, JSON).text)[-1]["message"] == "the engine broke"


def test_deletions_show_only_where_rows_are_objects(make_rig: Callable[..., Rig]) -> None:
    def play(push: ScriptedPush) -> None:
        push.on_rows([Row(["a", None], tombstone=True)])
        push.on_end(None)

    rig = make_rig(runtime=ScriptedRuntime(play=play))
    rig.ksql(SETUP)
    text = "SELECT * FROM t EMIT CHANGES;"
    assert '{"row":{"columns":["a",null],"tombstone":true}}' in _query(rig, text, V1).text
    assert '"finalMessage":"Query Completed"' in _query(rig, text, V1).text
    assert len(_query(rig, text, DELIMITED).text.splitlines()) == 1


def test_close_query_ends_a_push_query_normally(make_rig: Callable[..., Rig]) -> None:
    """The client's answer ends as if the query had; the id is then unknown."""
    runtime = ScriptedRuntime()
    rig = make_rig(runtime=runtime)
    rig.ksql(SETUP)

    def play(push: ScriptedPush) -> None:
        answer = rig.database.transients.stop(push.plan.query_id)
        assert answer

    runtime.play = play
    answer = _query(rig, "SELECT * FROM s EMIT CHANGES;", V1)
    assert answer.text.endswith('{"finalMessage":"Query Completed"}]')
    unknown = rig.client.post("/close-query", json={"queryId": runtime.pushes[0].plan.query_id})
    assert (unknown.status_code, unknown.json()["error_code"]) == (400, 40000)
    assert runtime.pushes[0].closed


def test_running_push_queries_are_listed_and_can_be_terminated(make_rig: Callable[..., Rig]) -> None:
    runtime = ScriptedRuntime()
    rig = make_rig(runtime=runtime)
    rig.ksql(SETUP)
    seen: list[dict[str, str]] = []

    def play(push: ScriptedPush) -> None:
        seen.extend(q for q in rig.ksql("SHOW QUERIES;").json()[0]["queries"] if q["queryType"] == "PUSH")
        seen.append(rig.ksql(f"TERMINATE {push.plan.query_id};").json()[0])

    runtime.play = play
    _query(rig, "SELECT * FROM s EMIT CHANGES;", V1)
    assert seen[0]["queryString"] == "SELECT * FROM s EMIT CHANGES;"
    assert seen[1] == {**seen[1], "@type": "terminate_query", "wasTerminated": True}


@pytest.mark.parametrize("accept", [DELIMITED, JSON, V1])
@pytest.mark.parametrize("query", ["SELECT v FROM s;", "SELECT v FROM s EMIT CHANGES LIMIT 2;", "PRINT 's' FROM BEGINNING LIMIT 2;"])
def test_half_a_character_ends_no_answer(make_rig: Callable[..., Rig], accept: str, query: str) -> None:
    """JSON may hold half of a surrogate pair, which has no bytes: it is a question mark, and the rows behind it come."""
    if query.startswith("PRINT"):
        accept = DELIMITED
    rig = make_rig()
    rig.ksql("CREATE STREAM s (v STRING) WITH (kafka_topic='s', value_format='JSON', partitions=1);")
    with rig.log.begin("test") as transaction:
        transaction.append("s", 0, Batch([None] * 2, [rb'{"v": "x\ud800"}', b'{"v": "whole"}'], [1, 2]))
        transaction.commit()
    body = {"sql": query, "properties": {"auto.offset.reset": "earliest"}}
    text = rig.client.post("/query-stream", json=body, headers={"accept": accept}).text
    assert ("x?" in text) or (r"x\ud800" in text)
    assert "whole" in text
    assert rig.client.post("/ksql", content=rb'{"ksql": "SHOW \ud800;"}').status_code == 400
