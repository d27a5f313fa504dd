"""The main job while processes of it are killed: its statements, what changes in Postgres meanwhile, and what Postgres says must come out.

The statements are those of demo/pipeline.sql, with page views from a file, so that each of them is known; a table of counts and the users
themselves flow back into Postgres too. A page view is only made once its user is in the table that it is joined with.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from demo.kafka.sources import sources, with_sources
from demo.postgres import Server as Postgres
from demo.stand import page_view

from millstream.sql import split
from tests.crash.server import Died
from tests.crash.server import Server as Millstream

DEMO = Path(__file__).resolve().parents[2] / "demo"
#: Seconds until everything must have arrived after a round.
PATIENCE_S = 180.0
USERS, IDLE, NEW, VIEWS, CHUNKS = 300, 100, 20, 500, 10

COUNTED = """
CREATE TABLE counted WITH (value_format='CONNECT_JSON') AS
  SELECT regionid, AS_VALUE(regionid) AS region, WINDOWSTART AS began, COUNT(*) AS views
  FROM pageviews_enriched WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY regionid EMIT CHANGES;
"""
_PLACE = """connector.class=JdbcSinkConnector, connection.url=jdbc:postgresql://localhost:15432/shop, connection.username=shop,
  connection.password=shop-secret, insert.mode=upsert, schema.evolution=basic, quote.identifiers=true"""
#: The counts; the users by their keys, with deletions; the users by their values.
BACKS = (
    f"""CREATE EXTERNAL SINK counts_back FROM counted WITH ({_PLACE},
  collection.name.format=counts_back, primary.key.mode=record_value, primary.key.fields='REGION,BEGAN');
""",
    f"""CREATE EXTERNAL SINK users_back FROM users_original WITH ({_PLACE},
  collection.name.format=users_back, primary.key.mode=record_key, primary.key.fields=userid, delete.enabled=true);
""",
    f"""CREATE EXTERNAL SINK users_back FROM users_original WITH ({_PLACE},
  collection.name.format=users_back, primary.key.mode=record_value, primary.key.fields=userid);
""",
)
#: (what it is, as Postgres says it, as it came out).
TABLES = (
    (
        "the join",
        "SELECT v.userid, v.viewtime, v.pageid, u.regionid, u.gender FROM pageviews v LEFT JOIN users u ON v.userid = u.userid",
        'SELECT "VISITOR", "VIEWTIME", "PAGEID", "REGIONID", "GENDER" FROM pageviews_enriched',
    ),
    (
        "the counts",
        "SELECT u.regionid, v.viewtime / 10000 * 10000, count(*) FROM pageviews v JOIN users u ON v.userid = u.userid GROUP BY 1, 2",
        'SELECT "REGION", "BEGAN", "VIEWS" FROM counts_back',
    ),
    ("the users", "SELECT userid, regionid, gender FROM users", "SELECT userid, regionid, gender FROM users_back"),
)


class Job:
    """The job on a Postgres. ``kafka``: for Debezium's connectors, or for the built-in ones."""

    def __init__(self, postgres: Postgres, folder: Path, kafka: bool, seed: int) -> None:
        self._postgres, self._kafka, self.dice = postgres, kafka, random.Random(seed)
        self._file = folder / "pageviews.txt"
        self._file.write_text(page_view("Nobody", 1, "Page_1"))  # a topic comes into being by its first record
        self.views = 1
        self._visible = USERS
        self._made = USERS
        postgres.execute((DEMO / "tables.sql").read_text().replace("10000", str(USERS)))
        postgres.execute(
            "SET ROLE shop", "INSERT INTO users (userid, regionid, gender) "
            f"SELECT 'Idle_' || n, 'Region_0', 'OTHER' FROM generate_series(1, {IDLE}) AS n", "ALTER TABLE users REPLICA IDENTITY FULL",
        )  # fmt: skip

    def statements(self) -> Iterator[str]:
        """What is created: connectors, tables, streams, queries."""
        text = (DEMO / "pipeline.sql").read_text()
        text = re.sub(r"CREATE EXTERNAL SINK counts-to-file .*?\);", "", text, flags=re.DOTALL)
        text = with_sources(text, {name: s for name, s in sources().items() if self._kafka or name == "pageviews-source"})
        text += COUNTED + BACKS[0] + (BACKS[1] if self._kafka else BACKS[2])
        places = {"localhost": "127.0.0.1", "15432": str(self._postgres.port), "file=pageviews.txt": f"file={self._file}"}
        for there, here in places.items():
            text = text.replace(there, here)
        yield from (s for s, _ in split(text) if re.sub(r"--.*", "", s).strip().startswith("CREATE"))

    def change_users(self) -> None:
        """New users, and others that nobody views change or go."""
        dice, moved = self.dice, [self.dice.randint(1, IDLE) for _ in range(10)]
        numbers = ", ".join(f"'Idle_{n}'" for n in moved)
        statements = ["SET ROLE shop"]
        statements += [
            f"INSERT INTO users (userid, regionid, gender) VALUES ('User_{n}', 'Region_{dice.randint(1, 9)}', 'OTHER')"
            for n in range(self._made + 1, self._made + NEW + 1)
        ]
        statements.append(
            f"UPDATE users SET regionid = 'Region_' || {dice.randint(10, 99)}, updated = clock_timestamp() WHERE userid IN ({numbers})"
        )
        if self._kafka:  # polling does not see what is gone
            statements.append(f"DELETE FROM users WHERE userid = 'Idle_{dice.randint(1, IDLE)}'")
        self._postgres.execute(*statements)
        self._made += NEW

    def view(self) -> None:
        """A few page views more of users that are there for sure."""
        with self._file.open("a") as file:
            for _ in range(VIEWS // CHUNKS):
                file.write(
                    page_view(f"User_{self.dice.randint(1, self._visible)}", 10 * self.views + 1, f"Page_{self.dice.randint(1, 99)}")
                )
                self.views += 1

    def settled(self) -> bool:
        """Whether all that went in has come out, right."""
        return self._count("pageviews") == self.views == self._count("pageviews_enriched") and not self.differences()

    def next(self) -> None:
        """The users that were new are now in the table."""
        self._visible = self._made

    def differences(self) -> list[str]:
        """Tables that are not as Postgres says, with how many rows."""
        found = []
        for what, theirs, ours in TABLES:
            tables = re.findall(r"(?:FROM|JOIN) (\w+)", f"{theirs} {ours}")
            if not all(self._exists(table) for table in tables):
                if not self._exists("pageviews") or self._rows(theirs):
                    found.append(f"{what} is not there yet")
            elif wrong := self._rows(f"({theirs} EXCEPT ALL {ours}) UNION ALL ({ours} EXCEPT ALL {theirs})"):
                found.append(f"{what}: {wrong} rows differ")
        return found

    def _rows(self, query: str) -> int:
        return int(self._postgres.execute(f"SELECT count(*) FROM ({query}) q")[0][0])

    def told(self) -> str:
        """Where it stands, for people."""
        arrived = f"{self._count('pageviews')} and {self._count('pageviews_enriched')} of {self.views} page views"
        return ", ".join([arrived, *self.differences()])

    def _exists(self, table: str) -> bool:
        return bool(self._postgres.execute(f"SELECT to_regclass('{table}') IS NOT NULL")[0][0])

    def _count(self, table: str) -> int:
        return int(self._postgres.execute(f"SELECT count(*) FROM {table}")[0][0]) if self._exists(table) else 0


def await_settled(job: Job, millstream: Callable[[], Millstream], also: Callable[[], str]) -> None:
    """Until the job is settled, and every query has read what there is. AssertionError says what is missing."""
    deadline = time.monotonic() + PATIENCE_S
    while not (job.settled() and _idle(millstream())):
        assert time.monotonic() < deadline, f"{job.told()}\n{_queries(millstream())}\n{millstream().said()}\n{also()}"
        threading.Event().wait(0.2)


def _queries(millstream: Millstream) -> list[dict[str, Any]]:
    """What SHOW QUERIES says; nothing while it does not lead yet, or one of its processes is about to be replaced."""
    try:
        (listed,) = millstream.run("SHOW QUERIES;")
    except (AssertionError, Died):
        return []
    queries: list[dict[str, Any]] = listed["queries"]
    return queries


def _idle(millstream: Millstream) -> bool:
    """Whether no query has anything left to read."""
    queries = _queries(millstream)
    return len(queries) == 3 and all(query.get("lag", 1) == 0 for query in queries)
