"""ASSERT VALUES, ASSERT NULL VALUES, ASSERT STREAM and ASSERT TABLE: what scripts expect. A failure is 417 with what was expected and got.

A record that does not fit fails at once; one that is not there yet is waited for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from millstream.catalog import Relation
from millstream.errors import BindError, RequestError
from millstream.plan.bind import BoundAssertion, bind_assert_values
from millstream.plan.bind.asserted import expected_columns, expected_properties, known_relation
from millstream.plan.bind.properties import With
from millstream.session import results as r
from millstream.session.handlers.asserts import FAILED, LOOK_MS
from millstream.session.planning import context
from millstream.session.records import Record, record_at
from millstream.session.worlds import World
from millstream.sql import tree
from millstream.types import Column

#: How long (ms) a record is waited for without TIMEOUT: a query's first result can take a second.
WAIT_MS = 10_000


def values(statement: tree.AssertValues, world: World) -> r.Result | None:
    """The record behind those that were asserted in this request, or behind OFFSET others."""
    bound = bind_assert_values(context(world), statement)
    asserted = world.request.asserted
    index = statement.offset if statement.offset is not None else asserted.get(statement.name, 0)
    asserted[statement.name] = index + 1
    if world.dry:
        return r.RecordAsserted(statement.name, index)
    pause = threading.Event()
    wait = WAIT_MS if statement.timeout_ms is None else statement.timeout_ms
    settled = world.partitions_of(bound.relation.topic) == 1
    for left in range(wait, -1, -LOOK_MS):
        record, count = record_at(world, bound.relation, index)
        if record is not None and _fits(bound, record):
            return r.RecordAsserted(statement.name, index)
        if left < LOOK_MS or (record is not None and settled):
            break
        pause.wait(LOOK_MS / 1000)
    if record is None:
        there = f"it has {count} record{'' if count == 1 else 's'}"
        raise RequestError(
            f"Record {index + 1} of {statement.name} did not come within {wait} ms: {there}.\n  expected: {_expected(bound)}", code=FAILED
        )
    raise RequestError(
        f"Record {index + 1} of {statement.name} is not as asserted.\n  expected: {_expected(bound)}\n  got:      {_got(bound, record)}",
        code=FAILED,
    )


def _fits(bound: BoundAssertion, record: Record) -> bool:
    from millstream.engine.values.compare import frozen

    if record.fault is not None or record.tombstone is not bound.tombstone:
        return False
    return all(frozen(record.values.get(c.name)) == frozen(value) for c, value in bound.expected)


def _expected(bound: BoundAssertion) -> str:
    return ("a tombstone with " if bound.tombstone else "") + _row((c, value) for c, value in bound.expected)


def _got(bound: BoundAssertion, record: Record) -> str:
    if record.fault is not None:
        return f"a record that cannot be read: {record.fault}"
    shown = [c for c, _ in bound.expected if c.name in record.values]
    if record.tombstone and not bound.tombstone:
        shown = [c for c in shown if c not in bound.relation.schema.value]
    elif bound.tombstone and not record.tombstone:
        shown += [c for c in bound.relation.schema.value if c not in shown]
    return ("a tombstone with " if record.tombstone else "") + _row((c, record.values.get(c.name)) for c in shown)


def _row(cells: Any) -> str:
    from millstream.engine.values.text import text

    return ", ".join(f"{c.name} = {'NULL' if value is None else text(value, c.type)}" for c, value in cells) or "no columns"


def relation(statement: tree.AssertRelation, world: World) -> r.Result:
    """The relation is of that kind and has exactly these columns and these properties, as far as they are written."""
    try:
        found = known_relation(context(world), statement.name, statement)
    except BindError as error:
        raise RequestError(error.message, hint=error.hint, code=FAILED) from error
    if found.kind != statement.kind:
        raise RequestError(f"{statement.name} is no {statement.kind.lower()}, it is a {found.kind.lower()}.", code=FAILED)
    if statement.columns:
        _same_columns(found, expected_columns(context(world), statement))
    _same_properties(found, expected_properties(statement), world)
    return r.SourceAsserted(statement.name, found.kind)


def _same_columns(found: Relation, expected: Sequence[Column]) -> None:
    if tuple(expected) != tuple(sorted(found.schema, key=lambda c: c not in found.schema.key)):
        listed = ", ".join(map(str, expected))
        message = f"The columns of {found.name} are not as asserted.\n  expected: {listed}\n  got:      {found.schema}"
        raise RequestError(message, code=FAILED)


def _same_properties(found: Relation, expected: With, world: World) -> None:
    faults = []
    for name in expected.values:
        wanted, got = _PROPERTIES.get(name, _unknown)(found, expected, name, world)
        if wanted != got:
            faults.append(f"{name}: expected {wanted}, got {got}")
    if faults:
        raise RequestError(f"{found.name} is not as asserted. {'; '.join(faults)}", code=FAILED)


#: A property as the statement gives it, and as the relation has it.
Pair = tuple[Any, Any]
Compare = Callable[[Relation, With, str, World], Pair]


def _unknown(found: Relation, _: With, name: str, __: World) -> Pair:
    known = ", ".join(sorted(_PROPERTIES))
    raise RequestError(f"{name} of {found.name} cannot be asserted.", hint=f"These can: {known}.", code=FAILED)


def _text(get: Callable[[Relation], Any]) -> Compare:
    return lambda found, given, name, _: (given.text(name), get(found))


def _upper(get: Callable[[Relation], Any]) -> Compare:
    return lambda found, given, name, _: ((given.text(name) or "").upper(), get(found))


def _both_formats(found: Relation) -> str:
    key, value = found.key_format.name, found.value_format.name
    return key if key == value else f"KEY_FORMAT {key} and VALUE_FORMAT {value}"


def _number(get: Callable[[Relation, World], int | None]) -> Compare:
    return lambda found, given, name, world: (given.number(name), get(found, world))


def _replicas(found: Relation, world: World) -> int | None:
    info = world.topic(found.topic)
    return None if info is None else info.replicas


def _retention(found: Relation, world: World) -> int | None:
    info = world.topic(found.topic)
    kept = None if info is None else info.config.get("retention.ms")
    return None if kept is None else int(kept)


def _wrapped(found: Relation, given: With, name: str, _: World) -> Pair:
    return given.boolean(name), not found.value_format.options.unwrapped


_PROPERTIES: dict[str, Compare] = {
    "KAFKA_TOPIC": _text(lambda found: found.topic),
    "FORMAT": _upper(_both_formats),
    "KEY_FORMAT": _upper(lambda found: found.key_format.name),
    "VALUE_FORMAT": _upper(lambda found: found.value_format.name),
    "KEY_DELIMITER": _text(lambda found: found.key_format.options.delimiter),
    "VALUE_DELIMITER": _text(lambda found: found.value_format.options.delimiter),
    "TIMESTAMP": _upper(lambda found: None if found.timestamp is None else found.timestamp.column),
    "TIMESTAMP_FORMAT": _text(lambda found: None if found.timestamp is None else found.timestamp.format),
    "WINDOW_TYPE": _upper(lambda found: None if found.window is None else found.window.kind),
    "WINDOW_SIZE": lambda found, given, name, _: (given.duration(name), None if found.window is None else found.window.size),
    "WRAP_SINGLE_VALUE": _wrapped,
    "PARTITIONS": _number(lambda found, world: world.partitions_of(found.topic)),
    "REPLICAS": _number(_replicas),
    "RETENTION_MS": _number(_retention),
    "KEY_SCHEMA_ID": _number(lambda found, _: found.key_format.options.schema_id),
    "VALUE_SCHEMA_ID": _number(lambda found, _: found.value_format.options.schema_id),
    "KEY_SCHEMA_FULL_NAME": _text(lambda found: found.key_format.options.full_schema_name),
    "VALUE_SCHEMA_FULL_NAME": _text(lambda found: found.value_format.options.full_schema_name),
}
