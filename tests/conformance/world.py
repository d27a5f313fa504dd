"""What a case runs in: an in-memory log and registry, a database, and a runtime that only notes what was started.

Queries are run later, one after the other and each in a log of its own (``query``), because that is how the cases were recorded:
every query sees all its inputs before the next query runs.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from millstream.catalog import Relation
from millstream.config import Config
from millstream.engine.functions.registry import default_registry
from millstream.errors import MillstreamError
from millstream.formats.base import RegisteredSchema
from millstream.functions import FunctionRegistry
from millstream.log.base import TopicInfo
from millstream.log.memory import MemoryLog
from millstream.plan.nodes import PullPlan, QueryPlan
from millstream.runtime import PushHandle, QueryStatus, Row
from millstream.session.database import Database
from millstream.sql import parse, tree


@cache
def functions() -> FunctionRegistry:
    """SQL's functions, and those that only ksqlDB's own tests have."""
    from tests.conformance.extra_functions import add_to

    return add_to(default_registry())


class MemoryRegistry:
    """A registry in a dict, where a case may pin ids."""

    def __init__(self) -> None:
        self._ids: dict[int, RegisteredSchema] = {}
        self._subjects: dict[str, list[RegisteredSchema]] = {}
        #: Ids that the schemas of declared sources will take: a case's own schemas come behind them, as in the recorded runs.
        self.reserved = 0

    def register(self, subject: str, kind: str, text: str) -> int:
        for known in self._subjects.get(subject, []):
            if known.kind == kind and known.text == text:
                return known.id
        return self._add(subject, kind, text, self._free(1))

    def preset(self, subject: str, kind: str, text: str, schema_id: int | None, imports: tuple[tuple[str, str], ...] = ()) -> int:
        """Register what the topics of a case bring, under a given id or the next one."""
        return self._add(subject, kind, text, schema_id or self._free(self.reserved + 1), imports)

    def _free(self, first: int) -> int:
        return next(i for i in itertools.count(first) if i not in self._ids)

    def _add(self, subject: str, kind: str, text: str, schema_id: int, imports: tuple[tuple[str, str], ...] = ()) -> int:
        versions = self._subjects.setdefault(subject, [])
        schema = RegisteredSchema(schema_id, kind, text, subject, len(versions) + 1, imports=imports)
        versions.append(schema)
        self._ids[schema_id] = schema
        return schema_id

    def by_id(self, schema_id: int) -> RegisteredSchema:
        if schema_id not in self._ids:
            raise MillstreamError(f"Schema {schema_id} not found", code=40403)
        return self._ids[schema_id]

    def latest(self, subject: str) -> RegisteredSchema | None:
        versions = self._subjects.get(subject)
        return versions[-1] if versions else None

    def delete_subject(self, subject: str) -> None:
        self._subjects.pop(subject, None)


class NotingRuntime:
    """Notes the plans of persistent queries in the order they were started."""

    def __init__(self) -> None:
        self.plans: dict[str, QueryPlan] = {}

    def supports(self, plan: QueryPlan) -> str | None:
        return None

    def start(self, plan: QueryPlan, *, again: bool = False) -> None:
        self.plans[plan.query_id] = plan

    def stop(self, query_id: str, *, drop: bool) -> None:
        self.plans.pop(query_id, None)

    def pause(self, query_id: str) -> None: ...

    def resume(self, query_id: str) -> None: ...

    def status(self) -> dict[str, QueryStatus]:
        return {query_id: QueryStatus("RUNNING") for query_id in self.plans}

    def pull(self, plan: PullPlan, after: dict[tuple[str, int], int] | None = None) -> Iterator[list[Row]]:
        raise NotImplementedError

    def push(self, plan: QueryPlan, on_rows: Callable[[list[Row]], bool], on_end: Callable[[str | None], None]) -> PushHandle:
        raise NotImplementedError

    def close(self) -> None: ...


class World:
    """Log, registry and database of one case."""

    database: Database

    def __init__(self, body: dict[str, Any]) -> None:
        self.prepare(body, MemoryLog())
        self.runtime = NotingRuntime()
        self.database = Database(self.log, self.runtime, functions(), self.registry, None, Config(), clock=lambda: 0)

    def prepare(self, body: dict[str, Any], log: MemoryLog, default_partitions: int = 1) -> None:
        """Topics, schemas and properties of the case; the database is the caller's to make."""
        self.log = log
        self.default_partitions = default_partitions
        self.registry = MemoryRegistry()
        #: Subjects whose schemas the case's topics bring along.
        self.brought: set[str] = set()
        given = {k: _text(v) for k, v in (body.get("properties") or {}).items() if not _of_the_recorder(k)}
        self.properties = {"auto.offset.reset": "earliest", **given}
        topics = [topic if isinstance(topic, dict) else {"name": topic} for topic in body.get("topics") or []]
        with_schema = {str(t["name"]) for t in topics if "keySchema" in t or "valueSchema" in t}
        self.registry.reserved = sum(_schemas(statement, with_schema) for statement in body["statements"]) if with_schema else 0
        for topic in topics:
            self._topic(topic)

    def _topic(self, topic: dict[str, Any]) -> None:
        if "numPartitions" in topic or "partitions" in topic:
            self.create(topic["name"], int(topic.get("numPartitions", topic.get("partitions", 1))))
        for side in ("key", "value"):
            schema = topic.get(f"{side}Schema")
            if schema is not None:
                kind = {"JSON_SR": "JSON", "JSON": "JSON", "PROTOBUF": "PROTOBUF"}.get(
                    str(topic.get(f"{side}Format", "AVRO")).upper(), "AVRO"
                )
                text = schema if isinstance(schema, str) else json.dumps(schema)
                imports = tuple((r["name"], r["schema"]) for r in topic.get(f"{side}SchemaReferences") or [])
                self.brought.add(f"{topic['name']}-{side}")
                self.registry.preset(f"{topic['name']}-{side}", kind, text, topic.get(f"{side}SchemaId"), imports)

    def create(self, topic: str, partitions: int | None = None) -> None:
        """Make sure that the topic exists."""
        if self.log.topic(topic) is None:
            self.log.create(TopicInfo(topic, partitions or self.default_partitions))

    def execute(self, statement: str) -> None:
        """One statement; topics of declared relations exist already, as in the recorded runs."""
        for parsed in parse(statement):
            if isinstance(parsed, tree.CreateSource):
                self.declared_topic(parsed)
        self.database.execute(statement, self.properties)

    def declared_topic(self, statement: tree.CreateSource) -> None:
        """The topic of a declared relation exists before the statement, as in the recorded runs."""
        named = {key.upper(): value for key, value in statement.properties}
        topic, partitions = named.get("KAFKA_TOPIC"), named.get("PARTITIONS")
        if isinstance(topic, tree.String) and topic.value:
            if partitions is None:
                self.create(topic.value)
            elif isinstance(partitions, tree.Integer):
                self.create(topic.value, partitions.value)

    def relation_over(self, topic: str) -> Relation | None:
        """The relation that says how the topic's records look: a declared one first."""
        found = list(self.database.catalog.over_topic(topic))
        return next((r for r in found if r.query_id is None), found[0] if found else None)


def _schemas(text: str, elsewhere: set[str]) -> int:
    """How many schemas a statement that declares columns registers for its topic, where no topic of the case brings them."""
    try:
        statements = parse(text)
    except MillstreamError:
        return 0
    count = 0
    for statement in statements:
        if not isinstance(statement, tree.CreateSource) or not statement.columns:
            continue
        named = {k.upper(): str(v.value) for k, v in statement.properties if isinstance(v, tree.String)}
        if named.get("KAFKA_TOPIC") in elsewhere:
            continue
        keys = sum(1 for c in statement.columns if c.constraint in ("KEY", "PRIMARY KEY"))
        formats = [named.get(f"{side}_FORMAT", named.get("FORMAT", "")).upper() for side in ("KEY", "VALUE")]
        sides = zip(formats, (keys, len(statement.columns) - keys), strict=True)
        count += sum(1 for name, columns in sides if columns and name in ("AVRO", "JSON_SR", "PROTOBUF"))
    return count


def _of_the_recorder(name: str) -> bool:
    """Properties that tuned Kafka Streams or an earlier ksqlDB while the cases were recorded, and mean nothing to a user."""
    return "__" in name or name == "use.exact.numeric.comparison"


def _text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else str(value)
