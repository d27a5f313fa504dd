"""ASSERT [NOT EXISTS] TOPIC and SCHEMA: wait up to a time-out until something is there (or gone), else fail with 417."""

from __future__ import annotations

import threading
from collections.abc import Callable

from millstream.errors import RegistryError, RequestError, StatementError
from millstream.session import results as r
from millstream.session.worlds import World
from millstream.sql import tree

FAILED = 41700
#: How often (ms) the thing is looked for while waiting.
LOOK_MS = 50


def assert_(statement: tree.Assert, world: World) -> r.Result | None:
    if statement.what == "TOPIC":
        return _topic(statement, world)
    if statement.subject is None and statement.schema_id is None:
        raise StatementError("ASSERT SCHEMA statements must include a subject name or an id")
    return _schema(statement, world)


def _topic(statement: tree.Assert, world: World) -> r.Result | None:
    name = statement.topic or ""
    wanted = [(key.upper(), value) for key, value in statement.properties]
    if world.dry:
        return r.TopicAsserted(name, statement.exists)

    def fault() -> str | None:
        info = world.topic(name)
        if info is None or not statement.exists:
            missing = info is None
            return None if missing is not statement.exists else f"Topic {name} {'does not exist' if missing else 'exists'}"
        facts = {"PARTITIONS": info.partitions, "REPLICAS": info.replicas}
        differing = [
            f"For config {k.lower()}, expected {_number(v)} got {facts[k]}" for k, v in wanted if k in facts and facts[k] != _number(v)
        ]
        unknown = [f"Cannot assert unknown topic property: {k}" for k, _ in wanted if k not in facts]
        faults = differing + unknown
        return f"Mismatched configuration for topic {name}: {', '.join(faults)}" if faults else None

    _wait(fault, statement.timeout_ms or int(world.setting("ksql.assert.topic.default.timeout.ms")))
    return r.TopicAsserted(name, statement.exists)


def _schema(statement: tree.Assert, world: World) -> r.Result | None:
    if world.dry:
        return r.SchemaAsserted(statement.subject, statement.schema_id, statement.exists)
    registry = world.registry
    if registry is None:
        raise RequestError(
            "Cannot check schema existence: KSQL is not configured to use a schema registry. "
            "To enable it, please set ksql.schema.registry.url",
            code=FAILED,
        )

    def there() -> bool:
        try:
            latest = registry.latest(statement.subject) if statement.subject is not None else None
            if statement.schema_id is None:
                return latest is not None
            registry.by_id(statement.schema_id)
            return statement.subject is None or latest is not None
        except RegistryError as error:
            if error.status == 404:
                return False
            raise

    named = [f"subject name {statement.subject}"] if statement.subject is not None else []
    named += [f"id {statement.schema_id}"] if statement.schema_id is not None else []

    def fault() -> str | None:
        found = there()
        return None if found is statement.exists else f"Schema with {' and '.join(named)} {'exists' if found else 'does not exist'}"

    _wait(fault, statement.timeout_ms or int(world.setting("ksql.assert.schema.default.timeout.ms")))
    return r.SchemaAsserted(statement.subject, statement.schema_id, statement.exists)


def _number(value: tree.Expr) -> int | None:
    return value.value if isinstance(value, tree.Integer) else None


def _wait(fault: Callable[[], str | None], timeout_ms: int) -> None:
    """Look until there is no fault. Raises RequestError 41700 with the last one."""
    pause = threading.Event()
    for _ in range(max(timeout_ms // LOOK_MS, 1)):
        if fault() is None:
            return
        pause.wait(LOOK_MS / 1000)
    message = fault()
    if message is not None:
        raise RequestError(message, code=FAILED)
