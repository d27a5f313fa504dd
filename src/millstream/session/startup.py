"""What happens when a database opens: the journal is replayed, queries start, the processing log gets its stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millstream.config import processing_log_topic
from millstream.errors import ExecutionError, LogError, MillstreamError
from millstream.log.base import TopicInfo
from millstream.session.journal import Entry
from millstream.session.request import Request
from millstream.session.worlds import Replay
from millstream.sql import parse_one, tree

if TYPE_CHECKING:
    from millstream.session.database import Database

_CAUSE = "CAUSE ARRAY<STRING>"
_TARGET = f"TARGET STRING, ERRORMESSAGE STRING, {{}}{_CAUSE}, `topic` STRING"
PROCESSING_LOG = (
    "CREATE STREAM {name} (LOGGER STRING, LEVEL STRING, TIME BIGINT, MESSAGE STRUCT<TYPE INTEGER, "
    f"DESERIALIZATIONERROR STRUCT<{_TARGET.format('RECORDB64 STRING, ')}>, "
    f"RECORDPROCESSINGERROR STRUCT<ERRORMESSAGE STRING, RECORD STRING, {_CAUSE}>, "
    "PRODUCTIONERROR STRUCT<ERRORMESSAGE STRING>, "
    f"SERIALIZATIONERROR STRUCT<{_TARGET.format('RECORD STRING, ')}>, "
    f"KAFKASTREAMSTHREADERROR STRUCT<ERRORMESSAGE STRING, THREADNAME STRING, {_CAUSE}>>) "
    "WITH (KAFKA_TOPIC='{topic}', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON');"
)


def processing_log(database: Database) -> None:
    """The topic of bad records, and the stream over it. It is built in, so the journal does not hold it."""
    if not database.config.flag("ksql.logging.processing.stream.auto.create"):
        return
    name = database.config.text("ksql.logging.processing.stream.name")
    topic = processing_log_topic(database.config)
    if database.log.topic(topic) is None:
        retention = str(database.config.number("log.retention.ms"))
        try:
            database.log.create(TopicInfo(topic, 1, 1, {"cleanup.policy": "delete", "retention.ms": retention}))
        except LogError:
            if database.log.topic(topic) is None:
                raise  # else another server of the service was first
    if name in database.catalog.relations:
        return
    sequence = database.catalog.sequence
    _apply(database, Entry(sequence, PROCESSING_LOG.format(name=name, topic=topic)))
    database.catalog.sequence = sequence


def replay(database: Database) -> None:
    """Rebuild the catalog from the journal, then start the queries. Raises ExecutionError for a definition that this version plans
    otherwise."""
    entries = list(database.journal.entries())
    if not any(_creates(entry, database.config.text("ksql.logging.processing.stream.name")) for entry in entries):
        processing_log(database)  # before the queries that read it
    for entry in entries:
        database.catalog.sequence = entry.sequence
        try:
            _apply(database, entry)
        except MillstreamError as fault:
            raise ExecutionError(
                f"The definition\n  {entry.text}\ncannot be replayed: {fault.message}",
                hint="Start the version of Millstream that wrote it, or move the data directory away to begin anew.",
            ) from fault
    database.catalog.sequence = max(database.journal.sequence(), database.catalog.sequence)
    for query in database.catalog.queries.values():
        database.runtime.start(query.plan, again=True)
        if query.paused:
            database.runtime.pause(query.id)


def _creates(entry: Entry, name: str) -> bool:
    """Whether someone has put a relation of their own in the place of a built-in one."""
    if name.upper() not in entry.text.upper():
        return False
    statement = parse_one(entry.text)
    return isinstance(statement, tree.CreateSource | tree.CreateAs) and statement.name == name and not statement.or_replace


def _apply(database: Database, entry: Entry) -> None:
    from millstream.session.dispatch import handle

    world = Replay(database, database.catalog, Request.make(database.config, entry.properties, None), entry)
    handle(parse_one(entry.text), world)
    _check_plan(database, entry)


def _check_plan(database: Database, entry: Entry) -> None:
    from millstream.plan.digest import digest

    query = database.catalog.queries.get(entry.query_id or "")
    if entry.digest is None or query is None:
        return
    if digest(query.plan) != entry.digest:
        raise ExecutionError(
            f"This version of Millstream would run the query {query.id} in another way, so it cannot go on from its state.",
            hint=f"Go on with the version that created it, or TERMINATE {query.id}; there, and create it anew here.",
        )
