"""The records that jobs read: page views by user, users, and page views as careless producers write them."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator

from millstream.log.base import Batch, Log
from millstream.log.partitioner import Partitioner

USERS = 10_000
PARTITIONS = 4
#: Timestamps are recent, so that retention leaves them alone, and a millisecond apart.
START = time.time_ns() // 1_000_000 - 40_000_000

#: A view in other spellings, and with another type.
ODD = (b'{"viewtime":%d,"UserId":"%s","pageid":"Page_%d"}', b'{"VIEWTIME":"%d","USERID":"%s","PAGEID":"Page_%d"}')

Record = tuple[bytes, bytes, int]
TABLE = f"""
CREATE TABLE users (userid STRING PRIMARY KEY, regionid STRING, gender STRING)
  WITH (kafka_topic='users', value_format='JSON', partitions={PARTITIONS});
"""


def stream(name: str) -> str:
    """The statement that declares page views over the topic of the same name."""
    return f"""
CREATE STREAM {name} (k STRING KEY, viewtime BIGINT, userid STRING, pageid STRING)
  WITH (kafka_topic='{name}', value_format='JSON', partitions={PARTITIONS});
"""


def users() -> Iterator[Record]:
    """All of them, older than any page view."""
    for number in range(USERS):
        gender = (b"MALE", b"FEMALE", b"OTHER")[number % 3]
        yield b"User_%d" % number, b'{"REGIONID":"Region_%d","GENDER":"%s"}' % (number % 9, gender), START - 1000


def views(count: int, odd: float = 0.0, first: int = 0) -> Iterator[Record]:
    """Page views; a share of them with names in another case, or with other types."""
    chance = random.Random(7 + first)
    for number in range(first, first + count):
        key = b"User_%d" % chance.randrange(USERS)
        form = b'{"VIEWTIME":%d,"USERID":"%s","PAGEID":"Page_%d"}'
        if odd and chance.random() < odd:
            form = chance.choice(ODD)
        yield key, form % (number, key, number % 500), START + number


def load(log: Log, topic: str, records: Iterable[Record], each: int = 50_000, partitions: int = PARTITIONS) -> None:
    """Append, ``each`` records a commit, every one to the partition of its key."""
    where = Partitioner(partitions)
    batches: dict[int, Batch] = {}
    held = 0
    for key, value, stamp in records:
        batch = batches.setdefault(where.partition(key), Batch([], [], []))
        batch.keys.append(key)
        batch.values.append(value)
        batch.timestamps.append(stamp)
        held += 1
        if held >= each:
            _append(log, topic, batches)
            batches, held = {}, 0
    _append(log, topic, batches)


def _append(log: Log, topic: str, batches: dict[int, Batch]) -> None:
    with log.begin("load") as transaction:
        for partition, batch in batches.items():
            transaction.append(topic, partition, batch)
