"""Bad records, bad connectors, bad places for data: a clear error each, nothing lost, no traceback on the screen."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from demo.postgres import Server as Postgres

from millstream.server.start import running_at, start_embedded
from tests.hostile.conftest import Session

BAD = ["{", "[1", "nope", '{"id": "x"}', '{"id": {}}', "\x00", '"text"']


def test_bad_records_are_reported_and_the_good_ones_kept(session: Session) -> None:
    """Malformed JSON and wrong types never stop a query; each is a row of the processing log."""
    session.run(
        "CREATE STREAM raw (v VARCHAR) WITH (kafka_topic='mixed', value_format='KAFKA', partitions=1);"
        "CREATE STREAM mixed (id INT) WITH (kafka_topic='mixed', value_format='JSON');"
        "CREATE STREAM kept AS SELECT id, id * 2 AS twice FROM mixed WHERE id IS NOT NULL EMIT CHANGES;"
    )
    for number, bad in enumerate(BAD):
        session.run(f"INSERT INTO raw VALUES ('{bad}'); INSERT INTO raw VALUES ('{{\"ID\": {number}}}');")
    rows = session.rows(f"SELECT id, twice FROM kept EMIT CHANGES LIMIT {len(BAD)};")
    assert rows == [[n, 2 * n] for n in range(len(BAD))]
    reported = session.rows("SELECT * FROM ksql_processing_log EMIT CHANGES LIMIT 5;")
    assert len(reported) == 5
    assert "RUNNING" in session.run("SHOW QUERIES;")


def test_fields_whose_names_json_must_escape_do_no_harm(session: Session) -> None:
    """A feed with such names, long enough that its spelling is looked at."""
    session.run(
        "CREATE STREAM feed_raw (v VARCHAR) WITH (kafka_topic='feed', value_format='KAFKA', partitions=1);"
        "CREATE STREAM feed (id INT) WITH (kafka_topic='feed', value_format='JSON');"
        "CREATE STREAM fed AS SELECT id FROM feed EMIT CHANGES;"
    )
    session.run("".join(f'INSERT INTO feed_raw VALUES (\'{{"Id": {n}, "a\\"b\\\\": 1}}\');' for n in range(40)))
    assert session.rows("SELECT id FROM fed EMIT CHANGES LIMIT 40;") == [[n] for n in range(40)]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("SELECT nope FROM people EMIT CHANGES;", "NOPE"),
        ("CREATE STREAM x AS SELECT nmae FROM people EMIT CHANGES;", "Did you mean 'NAME'?"),
        ("INSERT INTO people (id, nope) VALUES (1, 2);", "NOPE"),
        ("INSERT INTO people (id) VALUES ('x');", "ID"),
        ("SELECT id + name FROM people EMIT CHANGES;", "INTEGER"),
        ("SELECT * FROM nobody EMIT CHANGES;", "NOBODY"),
        ("CREATE EXTERNAL SOURCE x WITH (connector.class=Nope);", "There is no connector class 'Nope'"),
        ("CREATE EXTERNAL SOURCE x WITH (connector.class=DatagenConnector);", "kafka.topic"),
        ("CREATE EXTERNAL SOURCE x WITH (connector.class=DatagenConnector, kafka.topic=t, quickstart=nope);", "nope"),
        ("CREATE EXTERNAL SOURCE x WITH (connector.class=DatagenConnector, kafka.topic=t, quickstart=users, iterations=many);", "many"),
        ("CREATE EXTERNAL SOURCE x WITH (connector.class=JdbcSinkConnector, topics=t);", "SINK"),
        ("CREATE EXTERNAL SOURCE x WITH (mode=bulk);", "connector.class"),
        ("CREATE EXTERNAL SOURCE x WITH (connector.class=JdbcSourceConnector, connection.url=ftp://x, mode=bulk);", "ftp"),
        ("CREATE STREAM;", "line 1:"),
        ("CREATE STREAM x (", "line 1:"),
    ],
)
def test_mistakes_are_named(session: Session, statement: str, said: str) -> None:
    """The thing that is wrong is in the message, and nothing was made."""
    session.run("CREATE STREAM IF NOT EXISTS people (id INT, name VARCHAR) WITH (kafka_topic='people', value_format='JSON', partitions=1);")
    message = session.fails(statement)
    assert said in message, message
    assert " X " not in session.run("SHOW STREAMS;")


def test_a_database_that_is_not_there(session: Session) -> None:
    """The connector says so at once, or fails with the reason; the server goes on."""
    said = session.run_or_fail(
        "CREATE EXTERNAL SOURCE nowhere WITH (connector.class=JdbcSourceConnector, connection.url=jdbc:postgresql://127.0.0.1:1/app, "
        "mode=bulk, topic.prefix=n-, connection.attempts=1, connection.backoff.ms=10);"
    )
    assert "127.0.0.1" in said
    assert "refused" in said.lower()
    assert "name" in session.run("SHOW EXTERNAL SOURCES;")


def test_a_wrong_password(session: Session, postgres: Postgres) -> None:
    said = session.run_or_fail(
        f"CREATE EXTERNAL SOURCE closed WITH (connector.class=JdbcSourceConnector, connection.url={postgres.jdbc_url}, "
        "connection.user=postgres, connection.password=wrong-one, mode=bulk, topic.prefix=c-, connection.attempts=1);"
    )
    assert "password authentication failed" in said
    assert "wrong-one" not in said


def _command(*arguments: str, **named: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "millstream", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL, **named)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize("place", ["file/data", "file", "/proc/data", "closed/data"])
def test_a_data_directory_that_cannot_be_written(tmp_path: Path, place: str) -> None:
    """The message names it; the status is 3."""
    (tmp_path / "file").write_text("")
    (tmp_path / "closed").mkdir(mode=0o500)
    if place == "closed/data" and os.getuid() == 0:
        place = "/sys/data"  # root writes into what is closed to others
    directory = str(tmp_path / place)
    for arguments in (["--data-dir", directory, "-e", "SHOW STREAMS;"], ["server", "--data-dir", directory, "--listen", "127.0.0.1:0"]):
        done = _command(*arguments)
        assert done.returncode == 3, done.stderr
        assert directory in done.stderr
        assert "Traceback" not in done.stderr


def test_a_data_directory_in_use(tmp_path: Path) -> None:
    """A server refuses and says where the other is; a console talks to it."""
    with start_embedded(tmp_path) as server:
        done = _command("server", "--data-dir", str(tmp_path), "--listen", "127.0.0.1:0")
        assert done.returncode == 3
        assert server.url in done.stderr
        assert "Traceback" not in done.stderr
        assert running_at(tmp_path) == server.url
        assert _command("--data-dir", str(tmp_path), "-e", "SHOW STREAMS;").returncode == 0


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    """No file may grow beyond a limit, as on a full disk: what was acknowledged is there afterwards, the refusal says why."""
    code = "import sys, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); from millstream.__main__ import main; sys.exit(main())"
    command = [
        sys.executable,
        "-c",
        code,
        "server",
        "--data-dir",
        str(tmp_path / "d"),
        "--listen",
        "127.0.0.1:0",
        "--connect-listen",
        "127.0.0.1:0",
    ]
    limit = 6 << 20
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    ) as server:
        assert server.stderr is not None
        url = next(line.split()[-1] for line in server.stderr if "listens at" in line)
        post = lambda text: httpx.post(url + "/ksql", json={"ksql": text}, timeout=60)  # noqa: E731
        post("CREATE STREAM s (n INT, v VARCHAR) WITH (kafka_topic='s', value_format='JSON', partitions=1);").raise_for_status()
        taken = 0
        for number in range(100):
            answer = post(f"INSERT INTO s VALUES ({number}, '{'x' * 200_000}');")
            if answer.status_code != 200:
                break
            taken += 1
        assert 5 < taken < 100
        assert "too large" in answer.text.lower() or "space" in answer.text.lower(), answer.text
        assert "Traceback" not in answer.text
        server.terminate()
        rest = server.stderr.read()
        assert server.wait() == 0, rest
        assert "Traceback" not in rest
    with start_embedded(tmp_path / "d") as again:
        found = httpx.post(
            again.url + "/query-stream",
            json={"sql": f"SELECT n FROM s EMIT CHANGES LIMIT {taken};", "properties": {"auto.offset.reset": "earliest"}},
            headers={"accept": "application/vnd.ksqlapi.delimited.v1"}, timeout=60,
        )  # fmt: skip
        assert found.text.splitlines()[1 : taken + 1] == [f"[{n}]" for n in range(taken)]
