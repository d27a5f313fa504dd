"""The deterministic run: users from a database, page views, changes of users in between; joined, counted by window, and out to three sinks.

Every step can be taken again after a crash: definitions say IF NOT EXISTS, the database's rows have numbers. What must come out is worked
out by a model in a few lines, from what Datagen gives when nobody disturbs it.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from millstream.worker.clock import ManualClock
from millstream.worker.connectors.datagen.connector import DatagenTask
from tests.crash.server import Server

#: Page views before and after the users change; how many users there are, and how many of them change.
BEFORE, AFTER, USERS, CHANGED = 600, 600, 20, 7
WINDOW_MS = 1000
Row = dict[str, Any]


class Pipeline:
    """A folder with the data directory, the database and the files of one run."""

    def __init__(self, folder: Path) -> None:
        self.data, self.joined, self.counted, self.users = (
            folder / "data",
            folder / "joined.txt",
            folder / "counted.txt",
            folder / "users.txt",
        )
        self._database = folder / "shop.db"
        self._sql("CREATE TABLE users (id INTEGER PRIMARY KEY, userid TEXT, regionid TEXT)")
        self._write_users(range(1, USERS + 1), "Region_old")

    def steps(self) -> list[Callable[[Server], None]]:
        return [
            self._define,
            self._see_users,
            self._view(1, BEFORE),
            self._change_users,
            self._view(2, AFTER),
            self._all_arrived,
            self._tidy,
        ]

    def _define(self, server: Server) -> None:
        url = f"jdbc:sqlite:{self._database}"
        server.run(
            "CREATE SOURCE CONNECTOR IF NOT EXISTS shop WITH ('connector.class'='JdbcSourceConnector', "
            f"'connection.url'='{url}', 'table.whitelist'='users', 'mode'='incrementing', 'incrementing.column.name'='id', "
            "'poll.interval.ms'='50', 'key'='userid', 'topic.prefix'='shop-');"
        )
        for statement in DEFINITIONS.split(";")[:-1]:
            server.run(statement + ";")
        for name, relation, file in (("seen", "users", self.users), ("out", "joined", self.joined), ("counts", "counted", self.counted)):
            server.run(
                f"CREATE SINK CONNECTOR IF NOT EXISTS {name} WITH ('connector.class'='FileStreamSink', {_TOPICS[relation]}'file'='{file}');"
            )
        server.run(
            "CREATE SINK CONNECTOR IF NOT EXISTS rows WITH ('connector.class'='JdbcSinkConnector', 'topics'='JOINED', "
            "'key.converter'='org.apache.kafka.connect.storage.StringConverter', "
            f"'connection.url'='{url}', 'table.name.format'='joined', 'insert.mode'='upsert', 'pk.mode'='record_value', "
            "'pk.fields'='VIEWTIME', 'auto.create'='true');"
        )

    def _see_users(self, server: Server) -> None:
        self._table_is_at(server, USERS)

    def _change_users(self, server: Server) -> None:
        self._write_users(range(USERS + 1, USERS + CHANGED + 1), "Region_new")
        self._table_is_at(server, USERS + CHANGED)

    def _table_is_at(self, server: Server, rows: int) -> None:
        """The topic has the rows, and the join has read them: what is viewed from now on meets them."""
        server.until(lambda: len(_lines(self.users)) >= rows, f"users to be {rows}")

        def read() -> bool:
            (listed,) = server.run("SHOW QUERIES;")
            return all(q.get("lag", 0) == 0 for q in listed["queries"])

        server.until(read, "the users to be read")

    def _view(self, part: int, count: int) -> Callable[[Server], None]:
        def view(server: Server) -> None:
            listed = ", ".join(f"'{k}'='{v}'" for k, v in datagen(part).items())
            server.run(f"CREATE SOURCE CONNECTOR IF NOT EXISTS views{part} WITH ('connector.class'='DatagenConnector', {listed});")
            wanted = BEFORE if part == 1 else BEFORE + AFTER
            server.until(lambda: len(_lines(self.joined)) >= wanted, f"{wanted} joined rows")

        return view

    def _all_arrived(self, server: Server) -> None:
        server.until(lambda: len(_lines(self.counted)) >= BEFORE + AFTER, "all counts")
        server.until(lambda: len(self.sink_rows()) >= BEFORE + AFTER, "all rows")

    def _tidy(self, server: Server) -> None:
        """Drop the query, table and topic that nothing reads."""
        server.run("DROP TABLE IF EXISTS scratch DELETE TOPIC;")

    def sink_rows(self) -> list[Row]:
        """The JDBC sink's table, by the time of view."""
        with closing(sqlite3.connect(self._database, timeout=30)) as database:
            if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'joined'").fetchall():
                return []
            return [dict(zip(COLUMNS, row, strict=True)) for row in database.execute(f"SELECT {', '.join(COLUMNS)} FROM joined ORDER BY 1")]

    def _write_users(self, ids: range, region: str) -> None:
        for number in ids:
            user = (number - 1) % USERS + 1
            self._sql(f"INSERT OR IGNORE INTO users VALUES ({number}, 'User_{user}', '{region}_{user % 3}')")

    def _sql(self, statement: str) -> None:
        with closing(sqlite3.connect(self._database, timeout=30)) as database, database:
            database.execute(statement)


COLUMNS = ("VIEWTIME", "VISITOR", "PAGEID", "REGIONID")
DEFINITIONS = """
CREATE TABLE IF NOT EXISTS users WITH (kafka_topic='shop-users');
CREATE STREAM IF NOT EXISTS views (viewtime BIGINT, userid VARCHAR, pageid VARCHAR)
  WITH (kafka_topic='views', value_format='JSON', partitions=1, timestamp='viewtime');
CREATE STREAM IF NOT EXISTS joined WITH (value_format='JSON_SR') AS
  SELECT v.userid AS userid, v.viewtime AS viewtime, AS_VALUE(v.userid) AS visitor, v.pageid AS pageid,
  u.regionid AS regionid FROM views v LEFT JOIN users u ON v.userid = u.userid EMIT CHANGES;
CREATE TABLE IF NOT EXISTS counted AS SELECT regionid, AS_VALUE(regionid) AS region, COUNT(*) AS n FROM joined
  WINDOW TUMBLING (SIZE 1 SECONDS) GROUP BY regionid EMIT CHANGES;
CREATE TABLE IF NOT EXISTS scratch AS SELECT userid, COUNT(*) AS n FROM views GROUP BY userid EMIT CHANGES;
"""
_STRING_KEY = "'key.converter'='org.apache.kafka.connect.storage.StringConverter', "
_TOPICS = {
    "users": f"'topics'='shop-users', {_STRING_KEY}",
    "joined": f"'topics'='JOINED', {_STRING_KEY}",
    "counted": f"'topics'='COUNTED', {_STRING_KEY}",
}


def datagen(part: int) -> dict[str, str]:
    """The configuration that makes the page views of a part."""
    start, count = (1, BEFORE) if part == 1 else (1 + 10 * BEFORE, AFTER)
    rules: list[tuple[str, str, dict[str, Any]]] = [
        ("viewtime", "long", {"iteration": {"start": start, "step": 10}}),
        ("userid", "string", {"options": [f"User_{n}" for n in range(1, USERS + 1)]}),
        ("pageid", "string", {"options": [f"Page_{n}" for n in range(1, 100)]}),
    ]
    schema = {"type": "record", "name": "views", "fields": [{"name": n, "type": {"type": t, "arg.properties": r}} for n, t, r in rules]}
    settings = {"kafka.topic": "views", "iterations": count, "max.interval": 1, "random.seed": part, "schema.string": json.dumps(schema)}
    plain = {"value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false"}
    return {**{k: str(v) for k, v in settings.items()}, **plain}


class _Undisturbed:
    """What a Datagen task asks of its surroundings, where nothing was committed before."""

    connector, task, stopping, tolerates = "views", 0, False, False

    def __init__(self) -> None:
        self.clock = ManualClock()

    def wait(self, timeout_ms: float) -> bool:
        return False

    def offset(self, partition: Any) -> None:
        return None

    def report(self, records: Any, error: Exception) -> None:
        raise error


def views() -> Iterator[Row]:
    """Every page view, as Datagen makes them in one go."""
    for part in (1, 2):
        task = DatagenTask()
        task.start({**datagen(part), "max.interval": "0"}, _Undisturbed())
        for polled in task.poll():
            yield from polled.records.values


def expected_joined() -> list[Row]:
    """The joined rows in order: the first views meet the old users, the later ones those that changed."""
    regions: dict[str, str] = {f"User_{n}": f"Region_old_{n % 3}" for n in range(1, USERS + 1)}
    rows = []
    for number, view in enumerate(views()):
        if number == BEFORE:
            regions |= {f"User_{n}": f"Region_new_{n % 3}" for n in range(1, CHANGED + 1)}
        rows.append(dict(zip(COLUMNS, (view["viewtime"], view["userid"], view["pageid"], regions[view["userid"]]), strict=True)))
    return rows


def expected_counts() -> list[Row]:
    """Each change of a count, in order."""
    counts: Counter[tuple[str, int]] = Counter()
    rows = []
    for row in expected_joined():
        where = row["REGIONID"], row["VIEWTIME"] // WINDOW_MS
        counts[where] += 1
        rows.append({"REGION": row["REGIONID"], "N": counts[where]})
    return rows


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def rows_of(path: Path) -> list[Row]:
    """The lines of a file sink."""
    return [json.loads(line) for line in _lines(path)]
