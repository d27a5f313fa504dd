"""The main job, as a person would type it: starts Postgres and Millstream, runs ``pipeline.sql`` part by part, changes a user.

With the argument ``kafka`` it does so over a Kafka broker and a Connect worker of Kafka. Ends with status 0 only if the sink table equals
the join that Postgres itself computes. Leaves nothing running and nothing behind.
"""

from __future__ import annotations

import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

signal.signal(signal.SIGINT, signal.SIG_DFL)  # until something runs that has to be stopped

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from demo import postgres  # noqa: E402
from demo.kafka import maven  # noqa: E402
from demo.stand import PAGE_VIEWS, Stand, alone, on_kafka  # noqa: E402
from millstream.console.client import Client  # noqa: E402
from millstream.console.interpreter import Failed, Interpreter  # noqa: E402
from millstream.sql import split  # noqa: E402

#: Users of tables.sql.
USERS = 10_000
#: Longest time for anything to arrive, in seconds.
PATIENCE = 60
JOIN = """
SELECT v.userid, v.viewtime, v.pageid, u.regionid, u.gender FROM pageviews v LEFT JOIN users u ON v.userid = u.userid
"""
SINK = 'SELECT "VISITOR", "VIEWTIME", "PAGEID", "REGIONID", "GENDER" FROM pageviews_enriched'


def main(arguments: list[str]) -> int:
    """The exit status: 0 where everything arrived and was right, 128 and its number where a signal ended it."""
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda number, _: stop(number))
    start = on_kafka if arguments == ["kafka"] else alone
    if start is on_kafka and maven.missing():
        sys.exit(f"The demo on Kafka needs Java 17 and Maven: {' and '.join(maven.missing())} not found. `make demo` needs neither.")
    with tempfile.TemporaryDirectory(prefix="millstream-demo-") as folder, postgres.running(port=15432, database="shop") as server:
        say(f"Postgres runs on port {server.port}; it gets 10 000 users.")
        server.execute((HERE / "tables.sql").read_text())
        counts = Path(folder) / "views_by_region.txt"
        text = (HERE / "pipeline.sql").read_text().replace("views_by_region.txt", str(counts))
        with start(Path(folder), text, say) as stand:
            stand.pipeline = stand.pipeline.replace("localhost:15432", f"127.0.0.1:{server.port}").replace("15432", str(server.port))
            return job(server, stand, counts)


def stop(number: int) -> NoReturn:
    """End as the signal asks: everything that runs is stopped on the way out, once."""
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.SIG_IGN)
    say("Interrupted; everything is being stopped.")
    sys.exit(128 + number)


def job(server: postgres.Server, stand: Stand, counts: Path) -> int:
    """All parts of the pipeline, then the change, then the check."""
    console = Interpreter(Client(stand.url), lambda text: print(text, flush=True), lambda text: print(text, file=sys.stderr), lambda: 150)
    console.properties["auto.offset.reset"] = "earliest"
    for title, statements in parts(stand.pipeline):
        say(title)
        run(console, statements)
        if "CREATE TABLE users_original" in statements:
            waited(lambda: all_users(console), "all users in the table")
            print(f"All {USERS} users have come; page views that follow meet them")

    say("Everything that came in has gone out: the sink table is compared with the join that Postgres computes")
    waited(
        lambda: number(server, "pageviews_enriched") == PAGE_VIEWS and number(server, "pageviews") == PAGE_VIEWS,
        "all rows in the sink tables",
    )
    wrong = server.execute(f"SELECT count(*) FROM (({JOIN} EXCEPT {SINK}) UNION ALL ({SINK} EXCEPT {JOIN})) d")[0][0]
    print(f"{number(server, 'pageviews_enriched')} rows in the sink table, {wrong} of them differ from Postgres's own join")

    say("A user moves: the next page view is joined with the new region")
    server.execute("UPDATE users SET regionid = 'Region_new', updated = clock_timestamp() WHERE userid = 'User_7'")
    print("postgres> UPDATE users SET regionid = 'Region_new' WHERE userid = 'User_7'")
    moved = waited(lambda: seen(console, stand, "User_7", "Region_new"), "the change in a joined row")
    print(f"The change was in a joined row after {moved:.1f} s")
    run(console, "SELECT * FROM pageviews_enriched WHERE userid = 'User_7' AND regionid = 'Region_new' EMIT CHANGES LIMIT 1;")

    lines = counts.read_text().splitlines()
    print(f"{len(lines)} lines in {counts.name}, the last: {lines[-1]}")
    ok = wrong == 0 and bool(lines)
    say("Done." if ok else "The sink table differs from Postgres's own join.")
    return 0 if ok else 1


def parts(text: str) -> list[tuple[str, str]]:
    """(title, statements) of each ``-- ##`` part."""
    pieces = re.split(r"^-- ## (.*)$", text, flags=re.MULTILINE)
    return list(zip(pieces[1::2], pieces[2::2], strict=True))


def run(console: Interpreter, statements: str) -> None:
    """Run statements one by one, each shown as if typed."""
    for statement, _ in split(statements):
        print(f"\nmillstream> {without_passwords(statement).strip()}\n", flush=True)
        try:
            console.run(statement)
        except Failed:
            raise SystemExit(1) from None


def without_passwords(statement: str) -> str:
    return re.sub(r"(?<=password=)[^\s,)]+", "******", statement)


#: Event times of the page views made after Datagen's.
_probes = iter(range(10 * PAGE_VIEWS + 1, 10**9, 10))


def all_users(console: Interpreter) -> bool:
    """Whether the table has them: a push query that ends with the last."""
    rows = console.client.query(f"SELECT userid FROM users_original EMIT CHANGES LIMIT {USERS};", console.properties, {})
    return sum("row" in piece for piece in rows) == USERS


def seen(console: Interpreter, stand: Stand, user: str, region: str) -> bool:
    """Whether a page view made now is joined with the region."""
    client, at = console.client, next(_probes)
    stand.view(client, user, at)
    rows = client.query(f"SELECT regionid FROM pageviews_enriched WHERE viewtime = {at} EMIT CHANGES LIMIT 1;", console.properties, {})
    return any(piece["row"]["columns"] == [region] for piece in rows if "row" in piece)


def number(server: postgres.Server, table: str) -> int:
    """Rows of a table; 0 while there is none."""
    if not server.execute(f"SELECT to_regclass('{table}') IS NOT NULL")[0][0]:
        return 0
    return int(server.execute(f"SELECT count(*) FROM {table}")[0][0])


def waited(done: Callable[[], Any], what: str) -> float:
    """Wait until something is done; the seconds it took."""
    started = time.monotonic()
    while not done():
        if time.monotonic() - started > PATIENCE:
            raise SystemExit(f"Waited {PATIENCE} s for {what}, in vain.")
        time.sleep(0.05)
    return time.monotonic() - started


def say(text: str) -> None:
    print(f"\n== {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
