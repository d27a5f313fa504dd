"""CREATE STREAM | TABLE with less than ksqlDB wants, over a topic that a connector fills: KLIP 7's ``CREATE TABLE users WITH
(kafka_topic='...')``.

Value format and columns come from the topic's schemas, a table's key from the connector's configuration. A topic that a running connector
has announced is waited for. Statements that say everything themselves pass untouched.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from millstream.connect.contents import Announcer, announcer_of
from millstream.connect.waiting import failure_of
from millstream.dataclass import dataclass
from millstream.errors import RequestError
from millstream.session import connect_records, sampling
from millstream.session.keying import find_key
from millstream.session.worlds import World
from millstream.sql import tree
from millstream.types import Column

LOOK_S = 0.05
_FORMATS = ("FORMAT", "VALUE_FORMAT")


@dataclass(frozen=True, slots=True)
class Completed:
    """The statement with what was found out; ``warnings`` say what people should know of it."""

    statement: tree.CreateSource
    warnings: tuple[str, ...] = ()


def complete(statement: tree.CreateSource, world: World) -> Completed:
    """Fill in format, columns and key where the statement leaves them open and the topic can tell."""
    topic = _topic(statement)
    if topic is None or statement.columns or world.record is not None:
        return Completed(statement)
    given = {key.upper() for key, _ in statement.properties}
    announcer = announcer_of(world.database.connect, topic)
    if announcer is None and given.intersection(_FORMATS):
        return Completed(statement)
    if announcer is None and sampling.registered(world, topic) is None:
        return Completed(statement)
    return _filled(statement, world, topic, announcer, bool(given.intersection(_FORMATS)))


def _filled(statement: tree.CreateSource, world: World, topic: str, announcer: Announcer | None, has_format: bool) -> Completed:
    schema = sampling.registered(world, topic)
    if schema is not None:
        form, columns = sampling.FORMAT_OF_KIND[schema.kind], sampling.registered_columns(schema, topic)
    else:
        side = connect_records.value_side(world, topic)
        if side is None:
            return Completed(statement)
        form, columns = side.form, side.columns
    if not columns:
        return Completed(statement)
    properties = statement.properties if has_format else (*statement.properties, ("VALUE_FORMAT", tree.String(form)))
    key = find_key(statement, world, topic, announcer, form, columns)
    if key.form is not None:
        properties = (*properties, ("KEY_FORMAT", tree.String(key.form)))
    names = {c.name for c in key.columns}
    defined = [_definition(c, "PRIMARY KEY" if statement.kind == "TABLE" else "KEY") for c in key.columns]
    defined += [_definition(c, None) for c in columns if c.name not in names]
    return Completed(replace(statement, columns=tuple(defined), properties=properties), key.warnings)


def _definition(column: Column, constraint: str | None) -> tree.ColumnDef:
    return tree.ColumnDef(column.name, tree.TypeName(type=column.type), constraint)


def _topic(statement: tree.CreateSource) -> str | None:
    return next((v.value for k, v in statement.properties if k.upper() == "KAFKA_TOPIC" and isinstance(v, tree.String)), None)


def await_topic(statement: tree.CreateSource, world: World) -> None:
    """Wait for a topic that a running connector has announced. No lock may be held. Raises RequestError when it failed, or in the end."""
    topic = _topic(statement)
    if topic is None or any(key.upper() == "PARTITIONS" for key, _ in statement.properties) or _ready(statement, world, topic):
        return
    announcer = announcer_of(world.database.connect, topic)
    if announcer is None:
        return
    timeout = world.database.config.number("connect.topic.timeout.ms") / 1000
    deadline = time.monotonic() + timeout
    while not _ready(statement, world, topic):
        failure = failure_of(announcer.status)
        if failure is not None:
            raise RequestError(
                f"Topic '{topic}' does not exist: the connector {announcer.name} that should fill it has failed: {failure}",
                hint=f"DESCRIBE {announcer.name}; shows more.",
            )
        if time.monotonic() >= deadline:
            if world.topic(topic) is None:
                raise RequestError(
                    f"Topic '{topic}' does not exist. The connector {announcer.name} "
                    f"announced it and has not written to it for {timeout:g} s.",
                    hint=f"DESCRIBE {announcer.name}; shows whether it runs. An empty table of the other side makes no topic.",
                )
            return
        threading.Event().wait(LOOK_S)
        announcer = announcer_of(world.database.connect, topic) or announcer


def _ready(statement: tree.CreateSource, world: World, topic: str) -> bool:
    """The topic is there, and (where columns are to be found out) something in it."""
    info = world.topic(topic)
    if info is None:
        return False
    return bool(statement.columns) or sampling.registered(world, topic) is not None or any(world.database.log.end_offsets(topic))
