"""PRINT: the records of a topic as lines, whatever wrote them. Formats are guessed from the first records that have data.

What may not live here: formats themselves; the guess uses them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

from millstream.engine.values.javatime import format_pattern
from millstream.errors import RequestError, StatementError
from millstream.log.base import Batch, Log
from millstream.session import results as r
from millstream.session.guessing import NO_DATA, Reader, guess
from millstream.session.worlds import World
from millstream.sql import tree

#: How long (ms) a PRINT waits for new records before it gives its taker a chance to stop.
WAIT_MS = 500


def open_print(statement: tree.Print, world: World) -> r.Printed:
    """Raises RequestError for a topic that is not there, StatementError for an INTERVAL or LIMIT below one."""
    log, topic = world.database.log, statement.topic
    if log.topic(topic) is None:
        near = [name for name in log.topics() if name.lower() == topic.lower()]
        did = f"\nDid you mean:\n\tprint {near[0]};" if near else ""
        message = (
            f"Could not find topic '{topic}', or the KSQL user does not have permissions to list the topic. Topic names are case-sensitive."
        )
        raise RequestError(message + did)
    for word, number in (("INTERVAL", statement.interval), ("LIMIT", statement.limit)):
        if number is not None and number < 1:
            raise StatementError(f"{word} of PRINT must be at least 1, got {number}")
    sample = _sample(log, topic)
    key, value = guess(sample.keys, world.registry), guess(sample.values, world.registry)
    stop = threading.Event()
    return r.Printed(topic, _lines(log, statement, key, value, stop), (key.name, value.name), stop.set)


def _sample(log: Log, topic: str) -> Batch:
    """The first records of the topic, to look at."""
    sample = Batch([], [], [])
    for partition, start in enumerate(log.start_offsets(topic)):
        batch = log.read(topic, partition, start, 1 << 16)
        sample.keys += batch.keys[:100]
        sample.values += batch.values[:100]
    return sample


def _lines(log: Log, statement: tree.Print, key: Reader, value: Reader, stop: threading.Event) -> Iterator[str | None]:
    topic = statement.topic
    starts = log.start_offsets(topic) if statement.from_beginning else log.end_offsets(topic)
    positions = {(topic, partition): offset for partition, offset in enumerate(starts)}
    interval, limit = statement.interval or 1, statement.limit
    seen = shown = 0
    while not stop.is_set():
        found = False
        for (_, partition), offset in list(positions.items()):
            batch = log.read(topic, partition, offset)
            positions[topic, partition] = batch.next_offset
            for index in range(len(batch)):
                found = True
                seen += 1
                if (seen - 1) % interval:
                    continue
                yield _line(batch, index, partition, key, value)
                shown += 1
                if shown == limit:
                    return
        if not found:
            yield None
            log.wait(positions, WAIT_MS)


def _line(batch: Batch, index: int, partition: int, key: Reader, value: Reader) -> str:
    time = format_pattern(batch.timestamps[index], "yyyy/MM/dd HH:mm:ss.SSS 'Z'")
    return f"rowtime: {time}, key: {_show(key, batch.keys[index])}, value: {_show(value, batch.values[index])}, partition: {partition}"


def _show(reader: Reader, data: bytes | None) -> str:
    return "<null>" if data is None else reader.show(data)


__all__ = ["NO_DATA", "open_print"]
