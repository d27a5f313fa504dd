"""The JDBC source on SQLite, which has no type for times: texts in several forms, or numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.worker.conftest import Bench

CLASS = "io.confluent.connect.jdbc.JdbcSourceConnector"
#: Four moments in order, in each form. The digits behind the point end with zeros, or differ in number.
FORMS = {
    "as CURRENT_TIMESTAMP": ["2024-02-29 10:00:00", "2024-02-29 10:00:01", "2024-02-29 10:00:02", "2024-02-29 10:00:03"],
    "milliseconds": ["2024-02-29 10:00:00.100", "2024-02-29 10:00:00.120", "2024-02-29 10:00:00.200", "2024-02-29 10:00:00.210"],
    "few digits": ["2024-02-29 10:00:00", "2024-02-29 10:00:00.1", "2024-02-29 10:00:00.123456", "2024-02-29 10:00:00.2"],
    "ISO 8601": ["2024-02-29T10:00:00.10", "2024-02-29T10:00:00.11", "2024-02-29T10:00:01.00", "2024-02-29T10:00:02.00"],
    "zones": ["2024-02-29T10:00:00+02:00", "2024-02-29T09:00:00Z", "2024-02-29T09:30:00.000Z", "2024-02-29T12:00:00+02:00"],
    "numbers": [1709200800100, 1709200800120, 1709200800200, 1709200800210],
}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "shop.db", isolation_level=None)
    yield connection
    connection.close()


def _config(tmp_path: Path, mode: str, **more: str) -> dict[str, Any]:
    return {
        "connector.class": CLASS, "connection.url": f"jdbc:sqlite:{tmp_path}/shop.db", "mode": mode, "table.whitelist": "t",
        "topic.prefix": "lite-", "poll.interval.ms": "20", "value.converter": "JsonConverter",
        "value.converter.schemas.enable": "false", **more,
    }  # fmt: skip


def _start(bench: Bench, configuration: dict[str, Any]) -> None:
    answer = bench.call("POST", "/connectors", {"name": "src", "config": configuration})
    assert answer.status_code == 201, answer.json()["message"]


def _ids(bench: Bench, count: int) -> list[int]:
    return [msgspec.json.decode(v or b"null")["id"] for v in bench.records("lite-t", count).values]


@pytest.mark.parametrize(
    ("mode", "form", "kind"),
    [
        ("bulk", "milliseconds", "timestamp"),
        ("incrementing", "milliseconds", "timestamp"),
        *((mode, form, "timestamp") for mode in ("timestamp", "timestamp+incrementing") for form in FORMS),
        ("timestamp", "numbers", "integer"),
        ("timestamp", "milliseconds", "text"),
    ],
)
def test_each_row_comes_once(bench: Bench, database: sqlite3.Connection, tmp_path: Path, mode: str, form: str, kind: str) -> None:
    """Rows there at first, then one after the other, in every mode, whatever form times have; bulk sends them once a poll."""
    database.execute(f"CREATE TABLE t (id integer PRIMARY KEY, at {kind} NOT NULL)")
    moments = FORMS[form]
    database.executemany("INSERT INTO t VALUES (?, ?)", enumerate(moments[:2]))
    marks = {"timestamp.column.name": "at"} if "timestamp" in mode else {}
    if "incrementing" in mode:
        marks["incrementing.column.name"] = "id"
    if mode == "bulk":
        marks["poll.interval.ms"] = "3600000"
    _start(bench, _config(tmp_path, mode, **marks))
    assert _ids(bench, 2) == [0, 1]
    if mode != "bulk":
        for number in (2, 3):
            database.execute("INSERT INTO t VALUES (?, ?)", (number, moments[number]))
            assert _ids(bench, number + 1) == list(range(number + 1))


def test_a_changed_row_comes_again_across_a_restart(bench: Bench, database: sqlite3.Connection, tmp_path: Path) -> None:
    """Times without a zone are those of ``db.timezone``, when they are read as when they are compared."""
    database.execute("CREATE TABLE t (id integer PRIMARY KEY, at timestamp NOT NULL)")
    database.execute("INSERT INTO t VALUES (1, '2024-02-29 10:00:00.500'), (2, '2024-02-29 10:00:00.600')")
    marks = {"timestamp.column.name": "at", "incrementing.column.name": "id", "db.timezone": "Asia/Tokyo"}
    _start(bench, _config(tmp_path, "timestamp+incrementing", **marks))
    assert _ids(bench, 2) == [1, 2]
    bench.call("PUT", "/connectors/src/stop")
    database.execute("UPDATE t SET at = '2024-02-29 10:00:00.700' WHERE id = 1")
    bench.call("PUT", "/connectors/src/resume")
    assert _ids(bench, 3) == [1, 2, 1]
    assert msgspec.json.decode(bench.records("lite-t", 3).values[2] or b"")["at"] == 1709168400700


def test_what_is_no_time_fails_the_task_by_name(bench: Bench, database: sqlite3.Connection, tmp_path: Path) -> None:
    database.execute("CREATE TABLE t (id integer PRIMARY KEY, at timestamp NOT NULL)")
    database.execute("INSERT INTO t VALUES (1, '2024-02-29 10:00:00')")
    _start(bench, _config(tmp_path, "timestamp", **{"timestamp.column.name": "at"}))
    assert _ids(bench, 1) == [1]
    database.execute("INSERT INTO t VALUES (2, 'yesterday')")
    assert "Column 'at' is declared timestamp but holds 'yesterday'" in bench.await_state("src", "FAILED")["trace"]


@pytest.mark.parametrize(
    ("kind", "mapping"),
    [("numeric", "none"), ("numeric", "best_fit_eager_double"), ("decimal(9, 0)", "best_fit"), ("real", "none"), ("boolean", "none")],
)
def test_what_does_not_fit_its_column_fails_the_task_by_name(
    bench: Bench, database: sqlite3.Connection, tmp_path: Path, kind: str, mapping: str
) -> None:
    """SQLite keeps any value in any column."""
    database.execute(f"CREATE TABLE t (id integer PRIMARY KEY, x {kind})")
    database.execute("INSERT INTO t VALUES (1, 'abc')")
    config = _config(tmp_path, "incrementing", **{"incrementing.column.name": "id", "numeric.mapping": mapping})
    assert bench.call("POST", "/connectors", {"name": "src", "config": config}).status_code == 201
    first = bench.await_state("src", "FAILED")["trace"].splitlines()[0]
    assert f"Column 'x' is declared {kind.split('(')[0]} but holds 'abc'." in first


def test_booleans_may_be_texts(bench: Bench, database: sqlite3.Connection, tmp_path: Path) -> None:
    """As programs write them: no text is true just because it is there."""
    database.execute("CREATE TABLE t (id integer PRIMARY KEY, x boolean)")
    database.executemany("INSERT INTO t VALUES (?, ?)", enumerate([1, 0, "true", "False", "t", "f", None]))
    _start(bench, _config(tmp_path, "incrementing", **{"incrementing.column.name": "id"}))
    values = [msgspec.json.decode(v or b"null")["x"] for v in bench.records("lite-t", 7).values]
    assert values == [True, False, True, False, True, False, None]


def test_a_view_among_the_tables_is_told_how_to_be_taken(bench: Bench, database: sqlite3.Connection, tmp_path: Path) -> None:
    database.executescript("CREATE TABLE base (id integer PRIMARY KEY); CREATE VIEW t AS SELECT * FROM base; INSERT INTO base VALUES (7);")
    config = _config(tmp_path, "bulk", **{"poll.interval.ms": "3600000"})
    answer = bench.call("POST", "/connectors", {"name": "src", "config": config})
    assert answer.status_code == 400
    assert "There is no table t. It is a view: set table.types=TABLE,VIEW" in answer.json()["message"]
    _start(bench, {**config, "table.types": "TABLE,VIEW"})
    assert _ids(bench, 1) == [7]
