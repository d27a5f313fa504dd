"""What a real ksqlDB answered, ours answers alike: one server's life replayed request by request."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from tests.server.captures import Capture, captures, difference, shape
from tests.server.conftest import HTTP2, Rig

#: Statements between the recordings whose answers were not kept.
BETWEEN = {
    62: """CREATE STREAM pageviews (viewtime BIGINT, userid VARCHAR, pageid VARCHAR)
            WITH (kafka_topic='pageviews', value_format='JSON', partitions=1);
        CREATE TABLE users (userid VARCHAR PRIMARY KEY, regionid VARCHAR, gender VARCHAR)
            WITH (kafka_topic='users', value_format='JSON', partitions=1);
        CREATE SOURCE TABLE src_users (userid VARCHAR PRIMARY KEY, regionid VARCHAR) WITH (kafka_topic='users', value_format='JSON');""",
    72: """CREATE TYPE addr AS STRUCT<street VARCHAR, zip INT>;
        CREATE STREAM alltypes (k INT KEY, i INT, b BIGINT, d DOUBLE, bo BOOLEAN, de DECIMAL(10,2), s VARCHAR,
            arr ARRAY<INT>, m MAP<STRING,INT>,
            st STRUCT<x INT, y STRING>, ts TIMESTAMP, dt DATE, tm TIME, byt BYTES, h ARRAY<STRUCT<key STRING, value BYTES>> HEADERS)
            WITH (kafka_topic='alltypes', value_format='JSON', partitions=2);""",
    109: "INSERT INTO users VALUES ('u1', 'r1', 'F');",
    120: "".join(
        f"INSERT INTO pageviews VALUES ({t}, 'u{n % 4 + 1}', 'p{n}', NULL);" for n, t in enumerate((101, 50, 100, 1, 2, 3, 4, 5, 6))
    ),
    121: "INSERT INTO alltypes (k, i) VALUES (3, 4);",
    230: "INSERT INTO pageviews (userid, pageid) VALUES ('u1', 'live1'); INSERT INTO pageviews (userid, pageid) VALUES ('u2', 'live2');",
    333: "TERMINATE CTAS_WIN_0;",
    352: "TERMINATE ALL;",
}
_ALL = "i INT, b BIGINT, d DOUBLE, bo BOOLEAN, de DECIMAL(10,2), s VARCHAR, arr ARRAY<INT>, m MAP<STRING,INT>, st STRUCT<x INT, y STRING>"
_ALL += ", ts TIMESTAMP, dt DATE, tm TIME, byt BYTES"


def _format(name: str) -> str:
    return f"CREATE STREAM f_{name} (k INT KEY, {_ALL}) WITH (kafka_topic='f_{name}', value_format='{name.upper()}', partitions=1);"


WITH_REGISTRY = {
    404: _format("json"),
    409: "CREATE STREAM f_json_o WITH (kafka_topic='f_json_o') AS SELECT * FROM f_json EMIT CHANGES;",
    410: _format("avro"),
    430: "CREATE STREAM f_json_sr_o WITH (kafka_topic='f_json_sr_o') AS SELECT * FROM f_json_sr EMIT CHANGES;",
    451: "CREATE STREAM k_avro1 (k1 INT KEY, v INT) WITH (kafka_topic='k_avro1', key_format='AVRO', value_format='JSON', partitions=1);",
    461: """CREATE STREAM k_delimited (k1 INT KEY, k2 VARCHAR KEY, v INT)
        WITH (kafka_topic='k_delimited', key_format='DELIMITED', value_format='JSON', partitions=1);
        CREATE STREAM k_delimited1 (k1 INT KEY, v INT)
        WITH (kafka_topic='k_delimited1', key_format='DELIMITED', value_format='JSON', partitions=1);""",
    475: "CREATE STREAM inf_protobuf WITH (kafka_topic='f_protobuf', value_format='PROTOBUF');",
    490: "CREATE TABLE t (k INT PRIMARY KEY, n VARCHAR) WITH (kafka_topic='t', value_format='JSON', partitions=2);",
    527: "CREATE TABLE sess AS SELECT id, COUNT(*) c FROM a WINDOW SESSION (10 SECONDS) GROUP BY id EMIT CHANGES;",
}
#: Where ours is meant to differ, and why.
DELIBERATE = {
    26: "ours names the types there are; status and code agree",
    145: "our functions name and describe their arguments themselves",
    161: "order of queries",
    168: "needs a command number that depends on the recordings",
    169: "waits five seconds",
    228: "/query substitutes session variables in both versions of HTTP",
    284: "query ids compare without case",
    350: "the stream exists in neither, but DELETE TOPIC says so in other words",
    352: "queries of the recordings in between",
    356: "the queries that read it depend on the recordings in between",
    380: "Upgrade: h2c",
}


def test_a_servers_life_is_answered_as_ksqldb_does(make_rig: Callable[..., Rig]) -> None:
    """Statements, errors and what the server says of itself, without a schema registry."""
    rig, between = make_rig(worker=True), dict(BETWEEN)
    faults = [f for c in captures(1, 382) if (f := _replayed(rig, c, between)) is not None]
    assert not faults, "\n".join(faults)


def test_formats_and_inference_are_answered_as_ksqldb_does(make_rig: Callable[..., Rig]) -> None:
    """Statements over every format, with a schema registry."""
    rig, between = make_rig(registry=True), dict(WITH_REGISTRY)
    faults = [f for c in captures(402, 600) if c.path == "/ksql" and (f := _replayed(rig, c, between)) is not None]
    assert not faults, "\n".join(faults)


def _run_between(rig: Rig, capture: Capture, between: dict[int, str]) -> None:
    for number in [n for n in between if n <= capture.number]:
        answer = rig.ksql(str(_own_ids(rig, between.pop(number))), streamsProperties={"auto.offset.reset": "earliest"})
        assert answer.status_code == 200, answer.text


def _replayed(rig: Rig, capture: Capture, between: dict[int, str]) -> str | None:
    """None where the answers agree. ``between`` loses what was carried out."""
    _run_between(rig, capture, between)
    if capture.number in DELIBERATE or capture.status == 101 or capture.path.startswith(("/ws/", "/close-query")) or _gives_rows(capture):
        return None
    headers = {**capture.headers, **({HTTP2: "1"} if capture.http2 else {})}
    answer = rig.client.request(capture.method, capture.path, content=_own_ids(rig, capture.body), headers=headers)
    if answer.status_code != capture.status:
        return f"{capture.name}: expected {capture.status} {capture.answer[:200]}, got {answer.status_code} {answer.text[:300]}"
    if capture.status >= 400 and capture.answer == "Not Found":
        return None if answer.text in ("Not Found", "") else f"{capture.name}: {answer.text[:200]}"
    if not capture.answer.startswith(("{", "[")):
        return None
    found = difference(shape(json.loads(capture.answer)), shape(json.loads(answer.text)), capture.name)
    return f"{found}: {answer.text[:300]}" if found else None


def _gives_rows(capture: Capture) -> bool:
    return capture.path in ("/query", "/query-stream", "/inserts-stream") and capture.status == 200


#: Rows that depend on what else the recorded server had been sent, or on which thread was first.
OTHER_ROWS = {
    184: "order of the keys looked up",
    188: "order of partitions",
    256: "order of partitions",
    257: "order of partitions",
    204: "a cache merged the updates",
    259: "a cache merged the updates",
}


def test_queries_give_the_rows_that_ksqldb_gave(make_rig: Callable[..., Rig]) -> None:
    """Pull and push queries, PRINT: framing, header, rows, end, over both versions of HTTP."""
    rig, between = make_rig(worker=True), dict(BETWEEN)
    rig.runtime.drive()
    faults: list[str] = []
    for capture in captures(60, 273):
        if capture.path == "/ksql":
            _replayed(rig, capture, between)
        elif _gives_rows(capture) and capture.ended_by == "complete" and capture.number not in OTHER_ROWS:
            faults += [f] if (f := _rows_differ(rig, capture, between)) else []
    assert not faults, "\n".join(faults)


def _rows_differ(rig: Rig, capture: Capture, between: dict[int, str]) -> str | None:
    _run_between(rig, capture, between)
    headers = {"accept": "", **capture.headers, **({HTTP2: "1"} if capture.http2 else {})}
    answer = rig.client.request(capture.method, capture.path, content=capture.body, headers=headers)
    if answer.status_code != 200:
        return f"{capture.name}: {answer.status_code} {answer.text[:200]}"
    want, got = _settled(capture.answer), _settled(answer.text)
    return None if want == got else f"{capture.name}:\n  want {want[:600]}\n  got  {got[:600]}"


def _settled(text: str) -> str:
    """The text with what a run decides (ids, times) replaced."""
    text = re.sub(r'"queryId":"[^"]*"', '"queryId":""', text)
    text = re.sub(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{3}", "TIME", text)
    return re.sub(r"\b1[78]\d{11}\b", "0", text)


def _own_ids(rig: Rig, text: str | None) -> str | None:
    """Query ids of the recordings as the ids that the same queries got here."""

    def own(match: re.Match[str]) -> str:
        relation = rig.database.catalog.relations.get(match[1])
        return relation.query_id if relation is not None and relation.query_id else match[0]

    return None if text is None else re.sub(r"C[TS]AS_(\w+)_\d+", own, text)
