"""The jobs. J1 joins page views with users, J2 counts the joined rows by region and gender in minutes, J3 filters and projects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bench.data import START, USERS
from bench.producing import Record

PARTITIONS = 4
VIEWS, PEOPLE = "views", "people"

DECLARE = f"""
CREATE TABLE {PEOPLE} (id STRING PRIMARY KEY, regionid STRING, gender STRING) WITH (kafka_topic='{PEOPLE}', value_format='JSON');
CREATE STREAM {{views}} (id STRING KEY, viewtime BIGINT, userid STRING, pageid STRING) WITH (kafka_topic='{{views}}', value_format='JSON');
"""


@dataclass(frozen=True)
class JobSpec:
    """``statement`` writes to the topic ``{out}``. ``timed``: whether a row's time says something.

    The time of a count is the latest of what it counts, which depends on how partitions were interleaved.
    """

    name: str
    statement: str
    timed: bool = True
    least: float = 2.5
    table: bool = False


J1 = JobSpec(
    "J1",
    "CREATE STREAM {out} WITH (kafka_topic='{out}') AS SELECT v.id AS id, v.userid AS userid, v.pageid AS pageid, u.regionid AS regionid,"
    " u.gender AS gender FROM {views} v JOIN people u ON v.id = u.id EMIT CHANGES;",
)
J2 = JobSpec(
    "J2",
    "CREATE TABLE {out} WITH (kafka_topic='{out}', key_format='JSON') AS"
    " SELECT u.regionid AS regionid, u.gender AS gender, COUNT(*) AS total"
    " FROM {views} v JOIN people u ON v.id = u.id WINDOW TUMBLING (SIZE 60 SECONDS, GRACE PERIOD 24 HOURS)"
    " GROUP BY u.regionid, u.gender EMIT CHANGES;",
    timed=False,
    table=True,
)
J3 = JobSpec(
    "J3",
    "CREATE STREAM {out} WITH (kafka_topic='{out}') AS SELECT id, userid, pageid FROM {views} WHERE viewtime % 10 <> 0 EMIT CHANGES;",
    least=2.0,
)
ALL = (J1, J2, J3)


def people() -> Iterator[Record]:
    """All users, older than any page view."""
    for number in range(USERS):
        gender = (b"MALE", b"FEMALE", b"OTHER")[number % 3]
        value = b'{"userid":"User_%d","regionid":"Region_%d","gender":"%s"}' % (number, number % 9, gender)
        yield b"User_%d" % number, value, START - 1000


def views(numbers: Iterable[int]) -> Iterator[Record]:
    """Page views by user, a millisecond apart."""
    for number in numbers:
        key = b"User_%d" % (number * 7919 % USERS)
        yield key, b'{"viewtime":%d,"userid":"%s","pageid":"Page_%d"}' % (START + number, key, number * 31 % 1000), START + number
