"""One query case: statements, then the inputs through each query in turn, then the outputs compared topic by topic."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from millstream.engine.local import LocalRuntime
from millstream.errors import MillstreamError
from millstream.log.base import Batch, TopicInfo
from millstream.log.memory import MemoryLog
from millstream.plan.nodes import Node, QueryPlan, Scan
from tests.conformance import compare, schemas
from tests.conformance.cases import Case
from tests.conformance.records import expected as shaped
from tests.conformance.records import from_bytes, headers, to_bytes
from tests.conformance.world import World, functions

#: (key, value, timestamp, headers) of a record.
Raw = tuple[bytes | None, bytes | None, int, list[tuple[str, bytes | None]]]


def run(case: Case) -> str | None:
    """None when the case passes, else what went wrong."""
    body = case.body
    refused = "expectedException" in body and not body.get("outputs")
    try:
        world = World(body)
        for statement in body["statements"]:
            world.execute(statement)
    except MillstreamError as error:
        return None if refused else f"refused: {error}"
    except Exception as error:
        inner = getattr(error, "error", None)
        if isinstance(inner, MillstreamError):
            return None if refused else f"refused: {inner}"
        raise
    if refused:
        return f"accepted, but expected to be refused: {body['expectedException'].get('message', '')}"
    difference = schemas.compare(world, body.get("post", {}).get("sources") or [])
    return difference or _records(world, body, dies="expectedException" in body)


def _records(world: World, body: dict[str, Any], dies: bool) -> str | None:
    """``dies``: ksqlDB's query dies of the records; ours must skip some and say so."""
    given: list[tuple[str, Raw]] = []
    for record in body.get("inputs") or []:
        topic = record["topic"]
        key, value = to_bytes(world, world.relation_over(topic), record)
        given.append((topic, (key, value, int(record.get("timestamp", 0)), headers(record))))
    produced: dict[str, list[Raw]] = {}
    failed = 0
    for plan in world.runtime.plans.values():
        sink, records, failures = _run(world, plan, given, produced)
        failed += failures
        if sink is not None:
            produced.setdefault(sink, []).extend(records)
    if dies:
        return None if failed else "expected a record that cannot be processed, but all were"
    for topic, raw in given:
        if not any(plan.sink is not None and plan.sink.topic == topic for plan in world.runtime.plans.values()):
            produced.setdefault(topic, []).append(raw)
    return check_outputs(world, body, produced)


def check_outputs(world: World, body: dict[str, Any], produced: dict[str, list[Raw]]) -> str | None:
    """Compare the topics that the case has outputs for."""
    expected: dict[str, list[dict[str, Any]]] = {}
    for record in body.get("outputs") or []:
        expected.setdefault(record["topic"], []).append(record)
    for topic, wanted in expected.items():
        relation = world.relation_over(topic)
        raw = produced.get(topic, [])
        actual = [{**from_bytes(world, relation, k, v, t), "headers": _shown(h)} for k, v, t, h in raw]
        if (difference := compare.records([shaped(relation, r) for r in wanted], actual)) is not None:
            return f"topic {topic}: {difference}"
    return None


def _run(world: World, plan: QueryPlan, given: list[tuple[str, Raw]], produced: dict[str, list[Raw]]) -> tuple[str | None, list[Raw], int]:
    """One query in a log of its own: the given records of its sources in their order, then what earlier queries wrote."""
    log = MemoryLog()
    sources = {scan.relation.topic for scan in scans(plan.root)}
    sink = plan.sink.topic if plan.sink else None
    for topic in sources | ({sink} if sink else set()):
        log.create(TopicInfo(topic, 1))
    runtime = LocalRuntime(log, functions(), world.registry, clock=lambda: 0)
    runtime.start(replace(plan, sink=replace(plan.sink, partitions=1)) if plan.sink else plan)
    from_input = {topic for topic, _ in given}
    feed = [(topic, raw) for topic, raw in given if topic in sources]
    feed += [(topic, raw) for topic in sorted(sources - from_input) for raw in produced.get(topic, [])]
    for topic, (key, value, timestamp, record_headers) in feed:
        runtime.feed(topic, key, value, timestamp, 0, record_headers)
    status = runtime.status()[plan.query_id]
    if status.error is not None:
        raise AssertionError(f"query {plan.query_id} failed: {status.error}")
    return sink, [] if sink is None else all_of(log.read(sink, 0, 0, 1 << 30)), status.records_failed


def all_of(batch: Batch) -> list[Raw]:
    """The records of a batch."""
    return [
        (key, value, timestamp, list(batch.headers[i]) if batch.headers else [])
        for i, (key, value, timestamp) in enumerate(zip(batch.keys, batch.values, batch.timestamps, strict=True))
    ]


def scans(node: Node) -> list[Scan]:
    """All scans of a plan."""
    if isinstance(node, Scan):
        return [node]
    inputs = [getattr(node, name) for name in ("input", "left", "right") if hasattr(node, name)]
    return [scan for child in inputs for scan in scans(child)]


def _shown(listed: list[tuple[str, bytes | None]]) -> list[dict[str, Any]]:
    import base64

    return [{"KEY": k, "VALUE": None if v is None else base64.b64encode(v).decode()} for k, v in listed]
