"""One REST case: statements posted to the server's application one after another, answers compared with what ksqlDB answered.

Statements before the first query go first, then the inputs, then the queries; a case that waits for its push query feeds its inputs once
the query runs. Rows of one answer are compared regardless of their order.
"""

from __future__ import annotations

import base64
import json
import threading
from decimal import Decimal
from typing import Any

import httpx

from millstream.config import Config
from millstream.connect.transport import AsgiTransport
from millstream.engine.local import LocalRuntime
from millstream.formats.base import RegisteredSchema
from millstream.log.memory import MemoryLog
from millstream.server.app import App
from millstream.session.database import Database
from millstream.sql import parse, tree
from tests.conformance import compare
from tests.conformance.cases import Case
from tests.conformance.query import all_of, check_outputs
from tests.conformance.records import headers, to_bytes
from tests.conformance.world import World, functions

ROWS, PROTOBUF = "application/vnd.ksql.v1+json", "application/vnd.ksql.v1+protobuf"
#: Statements of these cases may ask for a push query of ksqlDB's second kind, which is off by default.
SETTINGS = {"ksql.query.push.v2.enabled": "true"}
#: Seconds until a push query must run.
PATIENCE_S = 10.0


def run(case: Case) -> str | None:
    """None when the case passes, else what went wrong."""
    server = Server(case.body)
    try:
        return _refusal(server, case.body) if "expectedError" in case.body else _answers(server, case.body)
    finally:
        server.close()


class Server:
    """The application over an in-memory database, called without sockets."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.log = MemoryLog()
        self.world = World.__new__(World)
        self.world.prepare(body, self.log, default_partitions=4)
        # The server that refused statements at an endpoint ran without a schema registry.
        registry = None if "endpoint" in body else self.world.registry
        self.runtime = LocalRuntime(self.log, functions(), registry)
        self.database = Database(self.log, self.runtime, functions(), registry, None, Config(SETTINGS))
        self.world.database = self.database
        self._app = App(self.database, threads=4)
        self._transport = AsgiTransport(self._app)
        self._http = httpx.Client(transport=self._transport, base_url="http://server", timeout=20)
        self.properties = dict(self.world.properties)

    def post(self, statement: str, endpoint: str | None = None, accept: str = ROWS) -> httpx.Response:
        """Send a statement where it belongs."""
        self._topics(statement)
        path = endpoint or ("/query" if is_query(statement) else "/ksql")
        body = {"sql" if path == "/query-stream" else "ksql": statement}
        body["properties" if path == "/query-stream" else "streamsProperties"] = self.properties
        return self._http.post(path, json=body, headers={"accept": accept if path == "/query" else "*/*"})

    def _topics(self, statement: str) -> None:
        try:
            parsed = parse(statement)
        except Exception:
            return
        for one in parsed:
            if isinstance(one, tree.CreateSource):
                self.world.declared_topic(one)

    def feed(self, records: list[dict[str, Any]]) -> None:
        """Append the inputs one by one."""
        for record in records:
            topic = record["topic"]
            self.world.create(topic)
            key, value = to_bytes(self.world, self.world.relation_over(topic), record)
            self.runtime.feed(topic, key, value, int(record.get("timestamp", 0)), None, headers(record))

    def feed_when_pushing(self, records: list[dict[str, Any]]) -> threading.Thread:
        """Feed as soon as a push query runs."""

        def later() -> None:
            pause = threading.Event()
            for _ in range(int(PATIENCE_S / 0.01)):
                if self.runtime.pushes:
                    break
                pause.wait(0.01)
            self.feed(records)

        thread = threading.Thread(target=later)
        thread.start()
        return thread

    def close(self) -> None:
        self._http.close()
        self._transport.close()
        self._app.close()
        self.database.close()


def is_query(statement: str) -> bool:
    return statement.strip().upper().startswith(("SELECT", "PRINT"))


def _refusal(server: Server, body: dict[str, Any]) -> str | None:
    *before, last = body["statements"]
    for statement in before:
        answer = server.post(statement)
        if answer.status_code >= 400:
            return f"{statement!r} was refused: {answer.text}"
    server.feed(body.get("inputs") or [])
    answer = server.post(last, body.get("endpoint"))
    want = body["expectedError"]
    if answer.status_code != int(want.get("status", 400)):
        return f"expected status {want.get('status')} ({want.get('message')}), got {answer.status_code}: {answer.text[:300]}"
    got = answer.json()
    kind = str(want.get("type", ""))
    if kind.startswith("io.confluent"):
        kind = "statement_error" if "StatementError" in kind else ""  # KsqlErrorMessage: any error
    if kind and got.get("@type") != kind:
        return f"expected {kind}, got {got}"
    if want.get("errorCode") is not None and got.get("error_code") != want["errorCode"]:
        return f"expected code {want['errorCode']}, got {got}"
    return None


def _answers(server: Server, body: dict[str, Any]) -> str | None:
    statements = body["statements"]
    first = next((i for i, s in enumerate(statements) if is_query(s)), len(statements))
    answers = [(s, server.post(s)) for s in statements[:first]]
    waiting = None
    if body.get("inputConditions"):
        waiting = server.feed_when_pushing(body.get("inputs") or [])
    else:
        server.feed(body.get("inputs") or [])
    answers += [(s, server.post(s)) for s in statements[first:]]
    if waiting is not None:
        waiting.join()
    for statement, answer in answers:
        if answer.status_code >= 400:
            return f"{statement!r} was refused: {answer.text[:300]}"
    return _compared(server, body, answers) or _produced(server, body)


def _compared(server: Server, body: dict[str, Any], answers: list[tuple[str, httpx.Response]]) -> str | None:
    queries = [s for s, _ in answers if is_query(s)]
    given, protobuf = iter(answers), iter(queries)
    for response in body.get("responses") or []:
        kind, expected = next(iter(response.items()))
        if kind == "queryProto":
            statement = next(protobuf)
            difference = _protobuf(expected, json.loads(server.post(statement, accept=PROTOBUF).text))
        else:
            statement, answer = next(given)
            got = json.loads(answer.text, parse_float=Decimal)
            difference = _admin(expected, got) if kind == "admin" else _rows(expected, got)
        if difference is not None:
            return f"{statement}: {difference}"
    return None


def _admin(expected: dict[str, Any], got: list[dict[str, Any]]) -> str | None:
    if not got:
        return f"expected {expected}, got no entity"
    differing = {k: (v, got[0].get(k)) for k, v in expected.items() if not compare.same(v, got[0].get(k))}
    return f"entity differs (expected, got): {differing}" if differing else None


def _rows(expected: list[dict[str, Any]], got: list[dict[str, Any]]) -> str | None:
    want_header, got_header = expected[0]["header"], got[0]["header"]
    if "schema" in want_header and want_header["schema"] != got_header["schema"]:
        return f"expected schema {want_header['schema']}, got {got_header['schema']}"
    prefix = want_header.get("queryId|starts_with", "")
    if not got_header.get("queryId", "").startswith(prefix):
        return f"expected a query id that starts with {prefix}, got {got_header}"
    wanted = [p["row"] for p in expected if "row" in p]
    rows = [p["row"] for p in got if "row" in p]
    left = list(rows)
    for row in wanted:
        found = next(
            (r for r in left if compare.same(row["columns"], r["columns"]) and bool(row.get("tombstone")) == bool(r.get("tombstone"))), None
        )
        if found is None:
            return f"expected row {row}, got {left[:5]}"
        left.remove(found)
    if left:
        return f"{len(left)} rows too many: {left[:5]}"
    ends = [[p["finalMessage"] for p in side if "finalMessage" in p] for side in (expected, got)]
    return None if ends[0] == ends[1] else f"expected the final message {ends[0]}, got {ends[1]}"


def _protobuf(expected: list[dict[str, Any]], got: list[dict[str, Any]]) -> str | None:
    """Header with the schema's text, then rows: ours are decoded by the schema of our own header and shown as protobuf text."""
    want, have = expected[0]["header"].get("protoSchema"), got[0]["header"].get("protoSchema")
    if want != have:
        return f"expected protobuf schema {want!r}, got {have!r}"
    wanted = sorted(p["row"] for p in expected if "row" in p)
    rows = sorted(_text(str(have), base64.b64decode(p["row"]["protobufBytes"])) for p in got if "row" in p)
    return None if wanted == rows else f"expected protobuf rows {wanted}, got {rows}"


def _text(schema: str, data: bytes) -> str:
    from google.protobuf import text_format
    from google.protobuf.message_factory import GetMessageClass

    from millstream.formats.protobuf.descriptors import Messages

    message = GetMessageClass(Messages(RegisteredSchema(0, "PROTOBUF", schema)).at([0]))()
    message.ParseFromString(data)
    return str(text_format.MessageToString(message, as_utf8=True))


def _produced(server: Server, body: dict[str, Any]) -> str | None:
    if "outputs" not in body:
        return None
    produced: dict[str, list[Any]] = {}
    for topic in {r["topic"] for r in body["outputs"]}:
        found = server.log.topic(topic)
        for partition in range(found.partitions if found else 0):
            produced.setdefault(topic, []).extend(all_of(server.log.read(topic, partition, 0, 1 << 30)))
    return check_outputs(server.world, body, produced)
