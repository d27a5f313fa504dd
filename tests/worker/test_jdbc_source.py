"""The JDBC source against a real PostgreSQL: records as the real connectors wrote them, modes, offsets, errors."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from demo.postgres import PASSWORD, Server

from millstream.worker.connectors.jdbc.postgres import Postgres
from millstream.worker.connectors.jdbc.source import JdbcSourceConnector
from tests.worker.conftest import Bench, until

CLASS = "io.confluent.connect.jdbc.JdbcSourceConnector"
PLAIN = {"value.converter": "JsonConverter", "value.converter.schemas.enable": "false"}
ENVELOPE = {"value.converter": "org.apache.kafka.connect.json.JsonConverter"}

_CREATE = """CREATE TABLE typed (
    id serial PRIMARY KEY, big bigint NOT NULL, small smallint, txt text NOT NULL, vc varchar(20), ch char(5), num numeric(10,2),
    num_int numeric(9,0), flag boolean NOT NULL, d date, t time, ts timestamp NOT NULL, tstz timestamptz, bin bytea, u uuid, js jsonb,
    j json, dbl double precision, rl real, updated_at timestamp NOT NULL, arr int[], mood interval)"""
_ROWS = """INSERT INTO typed VALUES
    (1, 9007199254740993, 7, 'hello', 'värchar', 'ab', 12345.67, 123456789, true, '2024-02-29', '13:14:15.123456',
     '2024-02-29 13:14:15.123456', '2024-02-29 13:14:15.123456+02', '\\xdeadbeef', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
     '{"a": 1, "b": [1, 2]}', '{"a":1}', 1.5e10, 2.5, '2024-03-01 00:00:00.001', '{1,2,NULL}', '1 day'),
    (2, -1, NULL, 'nulls', NULL, NULL, NULL, NULL, false, NULL, NULL, '1969-12-31 23:59:59.999', NULL, NULL, NULL, NULL, NULL, NULL,
     NULL, '2024-03-01 00:00:00.002', NULL, NULL),
    (3, 0, -32768, '', '', '', -0.01, 0, true, '1970-01-01', '00:00', '1970-01-01', '1970-01-01Z', '', NULL, 'null', '[]', 'NaN', 0.1,
     '2024-03-01 00:00:00.003', '{}', NULL)"""

#: What Confluent's connector wrote for the first row, but for ``arr`` and ``mood``, which it leaves out.
FIRST = {
    "id": 1, "big": 9007199254740993, "small": 7, "txt": "hello", "vc": "värchar", "ch": "ab   ", "num": "EtaH", "num_int": "B1vNFQ==",
    "flag": True, "d": 19782, "t": 47655123, "ts": 1709212455123, "tstz": 1709205255123, "bin": "3q2+7w==",
    "u": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "js": '{"a": 1, "b": [1, 2]}', "j": '{"a":1}', "dbl": 1.5e10, "rl": 2.5,
    "updated_at": 1709251200001, "arr": [1, 2, None], "mood": "1 day",
}  # fmt: skip
SECOND = {
    **dict.fromkeys(FIRST), "id": 2, "big": -1, "txt": "nulls", "flag": False, "ts": -1, "updated_at": 1709251200002,
}  # fmt: skip
THIRD = {
    "id": 3, "big": 0, "small": -32768, "txt": "", "vc": "", "ch": "     ", "num": "/w==", "num_int": "AA==", "flag": True, "d": 0, "t": 0,
    "ts": 0, "tstz": 0, "bin": "", "u": None, "js": "null", "j": "[]", "dbl": "NaN", "rl": 0.1, "updated_at": 1709251200003, "arr": [],
    "mood": None,
}  # fmt: skip


@pytest.fixture
def typed(postgres: Server) -> Iterator[Server]:
    """The table of typical types."""
    postgres.execute("DROP TABLE IF EXISTS typed", _CREATE, _ROWS, "SELECT setval('typed_id_seq', 10)")
    yield postgres
    postgres.execute("DROP TABLE IF EXISTS typed, other")


def config(server: Server, **more: Any) -> dict[str, Any]:
    return {
        "connector.class": CLASS, "connection.url": server.jdbc_url, "connection.user": "postgres", "connection.password": PASSWORD,
        "mode": "incrementing", "incrementing.column.name": "id", "table.whitelist": "typed", "topic.prefix": "pg-",
        "poll.interval.ms": "20",
        **more,
    }  # fmt: skip


def start(bench: Bench, configuration: dict[str, Any], name: str = "src") -> None:
    answer = bench.call("POST", "/connectors", {"name": name, "config": configuration})
    assert answer.status_code == 201, answer.json()["message"]


def values(bench: Bench, topic: str, count: int) -> list[Any]:
    return [msgspec.json.decode(v or b"null") for v in bench.records(topic, count).values]


def errors(bench: Bench, configuration: dict[str, Any]) -> dict[str, list[str]]:
    """Errors by key."""
    body = bench.call("PUT", f"/connector-plugins/{CLASS}/config/validate", {"name": "x", **configuration}).json()
    return {c["value"]["name"]: c["value"]["errors"] for c in body["configs"] if c["value"]["errors"]}


def test_values_are_those_of_the_real_connectors(bench: Bench, typed: Server) -> None:
    """Every type as Confluent's connector writes it; arrays and types it drops are kept."""
    start(bench, config(typed, **PLAIN))
    assert values(bench, "pg-typed", 3) == [FIRST, SECOND, THIRD]
    assert bench.records("pg-typed", 3).keys == [None, None, None]


def test_the_schema_is_that_of_the_real_connectors(bench: Bench, typed: Server) -> None:
    """Types, names, versions and parameters in Connect's envelope."""
    start(bench, config(typed, **ENVELOPE))
    schema = values(bench, "pg-typed", 3)[0]["schema"]
    fields = {f.pop("field"): f for f in schema["fields"]}
    assert (schema["type"], schema["optional"], schema["name"]) == ("struct", False, "typed")
    assert fields["id"] == {"type": "int32", "optional": False}
    assert fields["small"] == {"type": "int16", "optional": True}
    assert fields["num"] == {
        "type": "bytes", "optional": True, "name": "org.apache.kafka.connect.data.Decimal", "version": 1,
        "parameters": {"scale": "2", "connect.decimal.precision": "10"},
    }  # fmt: skip
    assert fields["d"] == {"type": "int32", "optional": True, "name": "org.apache.kafka.connect.data.Date", "version": 1}
    assert fields["t"] == {"type": "int32", "optional": True, "name": "org.apache.kafka.connect.data.Time", "version": 1}
    assert fields["ts"] == {"type": "int64", "optional": False, "name": "org.apache.kafka.connect.data.Timestamp", "version": 1}
    assert fields["rl"] == {"type": "float", "optional": True}
    assert fields["dbl"] == {"type": "double", "optional": True}
    assert fields["bin"] == {"type": "bytes", "optional": True}
    assert fields["arr"] == {"type": "array", "items": {"type": "int32", "optional": True}, "optional": True}


@pytest.mark.parametrize(
    ("mapping", "num", "num_int"),
    [("none", "EtaH", "B1vNFQ=="), ("precision_only", "EtaH", 123456789), ("best_fit", 12345.67, 123456789)],
)
def test_numeric_mapping(bench: Bench, typed: Server, mapping: str, num: Any, num_int: Any) -> None:
    """As the real connectors map NUMERIC."""
    start(bench, config(typed, **PLAIN, **{"numeric.mapping": mapping}))
    first = values(bench, "pg-typed", 3)[0]
    assert (first["num"], first["num_int"]) == (num, num_int)


def test_a_numeric_without_precision_keeps_its_digits(bench: Bench, postgres: Server) -> None:
    """It is DECIMAL(38, 18); more digits than that fail with the cure in the text, they are never cut."""
    postgres.execute("DROP TABLE IF EXISTS n", "CREATE TABLE n (id int PRIMARY KEY, x numeric)", "INSERT INTO n VALUES (1, 1.23456789)")
    numeric = {**PLAIN, "value.converter.decimal.format": "NUMERIC"}
    start(bench, config(postgres, **numeric, **{"table.whitelist": "n"}))
    raw = bench.records("pg-n", 1).values[0] or b""
    assert msgspec.json.decode(raw, type=dict[str, Decimal])["x"] == Decimal("1.23456789")
    postgres.execute("INSERT INTO n VALUES (2, 0.1234567890123456789)")
    task = bench.await_state("src", "FAILED")
    assert "0.1234567890123456789 does not fit DECIMAL(38, 18)" in task["trace"].splitlines()[0]


def test_long_decimals_keep_all_their_digits(bench: Bench, postgres: Server) -> None:
    """Up to the column's own precision, beyond the 28 digits that Python's arithmetic keeps unless told otherwise."""
    whole, declared = Decimal("12345678901234567890.123456789"), Decimal("1234567890123456789012345678.9876543210")
    postgres.execute(
        "DROP TABLE IF EXISTS n",
        "CREATE TABLE n (id int PRIMARY KEY, x numeric, y numeric(38,10))",
        f"INSERT INTO n VALUES (1, {whole}, {declared})",
    )
    numeric = {**PLAIN, "value.converter.decimal.format": "NUMERIC"}
    start(bench, config(postgres, **numeric, **{"table.whitelist": "n"}))
    read = msgspec.json.decode(bench.records("pg-n", 1).values[0] or b"", type=dict[str, Decimal])
    assert (read["x"], read["y"]) == (whole, declared)
    postgres.execute("INSERT INTO n VALUES (2, 123456789012345678901, 0)")
    task = bench.await_state("src", "FAILED")
    assert "123456789012345678901 does not fit DECIMAL(38, 18)" in task["trace"].splitlines()[0]


def test_incrementing_offsets_and_a_restart(bench: Bench, typed: Server) -> None:
    """The offset has Confluent's form; after a restart only new rows come."""
    start(bench, config(typed, **PLAIN))
    bench.records("pg-typed", 3)
    assert bench.call("GET", "/connectors/src/offsets").json() == {
        "offsets": [{"partition": {"protocol": "1", "table": "public.typed"}, "offset": {"incrementing": 3}}]
    }
    bench.call("PUT", "/connectors/src/stop")
    typed.execute("INSERT INTO typed (big, txt, flag, ts, updated_at) VALUES (5, 'new', true, '2024-01-01', '2024-03-01 00:00:00.009')")
    bench.call("PUT", "/connectors/src/resume")
    assert [v["id"] for v in values(bench, "pg-typed", 4)] == [1, 2, 3, 11]


def test_timestamp_mode_sees_changes(bench: Bench, typed: Server) -> None:
    """Changed rows come again; the offset has milliseconds and nanoseconds."""
    start(bench, config(typed, **PLAIN, **{"mode": "timestamp", "timestamp.column.name": "updated_at"}))
    bench.records("pg-typed", 3)
    assert bench.call("GET", "/connectors/src/offsets").json()["offsets"][0]["offset"] == {
        "timestamp_nanos": 3000000,
        "timestamp": 1709251200003,
    }
    typed.execute("UPDATE typed SET txt = 'changed', updated_at = '2024-03-02' WHERE id = 1")
    assert [(v["id"], v["txt"]) for v in values(bench, "pg-typed", 4)][3] == (1, "changed")


def test_rows_of_one_timestamp_are_not_lost_between_batches(bench: Bench, postgres: Server) -> None:
    """Batches of two over groups of three: a stop at any batch neither misses nor repeats a row."""
    postgres.execute("DROP TABLE IF EXISTS g", "CREATE TABLE g (id int PRIMARY KEY, at timestamp NOT NULL)")
    postgres.execute("INSERT INTO g SELECT i, timestamp '2024-01-01' + interval '1 ms' * (i / 3) FROM generate_series(0, 29) i")
    settings = {"mode": "timestamp", "timestamp.column.name": "at", "table.whitelist": "g", "batch.max.rows": "2"}
    start(bench, config(postgres, **PLAIN, **settings))
    for _ in range(4):
        bench.call("PUT", "/connectors/src/stop")
        bench.call("PUT", "/connectors/src/resume")
    assert sorted(v["id"] for v in values(bench, "pg-g", 30)) == list(range(30))


def test_timestamp_and_incrementing(bench: Bench, typed: Server) -> None:
    """The offset has both; a row with the same time and a higher id is new."""
    start(bench, config(typed, **PLAIN, **{"mode": "timestamp+incrementing", "timestamp.column.name": "updated_at"}))
    bench.records("pg-typed", 3)
    assert bench.call("GET", "/connectors/src/offsets").json()["offsets"][0]["offset"] == {
        "timestamp_nanos": 3000000, "incrementing": 3, "timestamp": 1709251200003,
    }  # fmt: skip
    typed.execute("INSERT INTO typed (big, txt, flag, ts, updated_at) VALUES (5, 'new', true, '2024-01-01', '2024-03-01 00:00:00.003')")
    assert [v["id"] for v in values(bench, "pg-typed", 4)] == [1, 2, 3, 11]


def test_bulk_reads_everything_again(bench: Bench, typed: Server) -> None:
    """All rows at each poll, no offset."""
    start(bench, config(typed, **PLAIN, mode="bulk"))
    assert [v["id"] for v in values(bench, "pg-typed", 6)][:6] == [1, 2, 3, 1, 2, 3]
    assert bench.call("GET", "/connectors/src/offsets").json() == {"offsets": []}


def test_a_query(bench: Bench, typed: Server) -> None:
    """The topic is the prefix, the partition is the query; the query may have a WHERE and a per cent sign."""
    query = "select id, txt, num from typed where txt not like '%x%'"
    settings = {"query": query, "table.whitelist": "", "topic.prefix": "q"}
    start(bench, config(typed, **PLAIN, **settings))
    assert values(bench, "q", 3)[0] == {"id": 1, "txt": "hello", "num": "EtaH"}
    assert bench.call("GET", "/connectors/src/offsets").json() == {
        "offsets": [{"partition": {"query": "query"}, "offset": {"incrementing": 3}}]
    }


def test_keys_by_ksqldbs_shortcut_and_by_transforms(bench: Bench, typed: Server) -> None:
    """key='id' makes the column the key; transforms do the same, as JSON with a schema."""
    start(bench, config(typed, **PLAIN, key="id"), "short")
    transforms = {
        "transforms": "k,x", "transforms.k.type": "org.apache.kafka.connect.transforms.ValueToKey", "transforms.k.fields": "id",
        "transforms.x.type": "org.apache.kafka.connect.transforms.ExtractField$Key", "transforms.x.field": "id",
    }  # fmt: skip
    start(bench, config(typed, **PLAIN, **transforms, **{"key.converter": "JsonConverter", "topic.prefix": "long-"}), "long")
    assert bench.records("pg-typed", 3).keys == [b"\0\0\0\1", b"\0\0\0\2", b"\0\0\0\3"]
    assert bench.records("long-typed", 3).keys[0] == b'{"schema":{"type":"int32","optional":false},"payload":1}'
    assert bench.log.topics()["pg-typed"].config["cleanup.policy"] == "compact"


def test_an_empty_table_is_announced_with_its_schema(bench: Bench, postgres: Server) -> None:
    """Topic and schema are there before the first row, so that a table can be declared over them."""
    postgres.execute("DROP TABLE IF EXISTS e", "CREATE TABLE e (id int PRIMARY KEY, name text)")
    start(bench, config(postgres, **{"table.whitelist": "e", "key": "id"}))
    until(bench.log, lambda: bench.call("GET", "/connectors/src/topics").json()["src"]["topics"] == ["pg-e"])
    schema = bench.registry.latest("pg-e-value") if bench.registry else None
    assert schema is not None
    assert msgspec.json.decode(schema.text)["properties"]["name"] == {
        "oneOf": [{"type": "null"}, {"type": "string"}], "connect.index": 1,
    }  # fmt: skip


def test_several_tables_share_tasks_and_a_new_one_is_found(bench: Bench, typed: Server) -> None:
    """Tables are dealt out to tasks; new ones are looked for every table.poll.interval.ms."""
    settings = {"table.whitelist": "", "table.include.list": "typed|public[.]other", "tasks.max": "2", "table.poll.interval.ms": "30"}
    start(bench, config(typed, **PLAIN, **settings))
    bench.records("pg-typed", 3)
    typed.execute("CREATE TABLE other (id serial PRIMARY KEY, txt text)", "INSERT INTO other (txt) VALUES ('x')")
    assert values(bench, "pg-other", 1) == [{"id": 1, "txt": "x"}]
    assert len(bench.status("src")["tasks"]) == 2
    assert len(bench.records("pg-typed", 3)) == 3


def test_the_incrementing_column_is_found(bench: Bench, typed: Server) -> None:
    """Without a name it is the serial column."""
    settings = config(typed, **PLAIN)
    del settings["incrementing.column.name"]
    start(bench, settings)
    assert [v["id"] for v in values(bench, "pg-typed", 3)] == [1, 2, 3]


def test_a_column_added_later_is_read(bench: Bench, typed: Server) -> None:
    """ALTER TABLE shows in the next rows."""
    start(bench, config(typed, **PLAIN))
    bench.records("pg-typed", 3)
    typed.execute(
        "ALTER TABLE typed ADD extra text",
        "INSERT INTO typed (big, txt, flag, ts, updated_at, extra) VALUES (5, 'n', true, '2024-01-01', '2024-03-01', 'more')",
    )
    assert values(bench, "pg-typed", 4)[3]["extra"] == "more"


@pytest.mark.parametrize("change", ["ADD extra text DEFAULT 'more'", "DROP small", "ALTER small TYPE bigint"])
def test_a_table_altered_between_two_looks_is_read_as_it_is(
    bench: Bench, typed: Server, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """Whenever the table changes, a row comes with the columns that it has: here right before its query."""
    plain, changed = Postgres.stream, []

    def stream(self: Postgres, sql: str, parameters: Any, size: int) -> Any:
        if parameters == [3] and not changed:
            changed.append(change)
            row = "INSERT INTO typed (big, txt, flag, ts, updated_at) VALUES (5, 'n', true, '2024-01-01', '2024-03-01')"
            typed.execute(f"ALTER TABLE typed {change}", row)
        return plain(self, sql, parameters, size)

    monkeypatch.setattr(Postgres, "stream", stream)
    start(bench, config(typed, **PLAIN))
    row = values(bench, "pg-typed", 4)[3]
    assert (row["big"], row.get("extra"), "small" in row) == (5, "more" if "extra" in change else None, "DROP" not in change)
    assert changed


def test_time_zone_of_timestamps_without_one(bench: Bench, typed: Server) -> None:
    """db.timezone says where the clock of the column stands."""
    start(bench, config(typed, **PLAIN, **{"db.timezone": "Europe/Berlin", "mode": "timestamp", "timestamp.column.name": "updated_at"}))
    first = values(bench, "pg-typed", 3)[0]
    assert (first["ts"], first["tstz"]) == (1709212455123 - 3600_000, 1709205255123)


@pytest.mark.parametrize(
    ("change", "key", "text"),
    [
        ({"connection.url": "jdbc:postgresql://127.0.0.1:1/app"}, "connection.url", "Connection refused"),
        ({"connection.url": "jdbc:mysql://h/d"}, "connection.url", "is not supported: expected jdbc:postgresql://host:port/database"),
        ({"connection.url": "jdbc:postgresql://127.0.0.1:{port}/nowhere"}, "connection.url", 'database "nowhere" does not exist'),
        ({"connection.password": "wrong-secret"}, "connection.password", "password authentication failed"),
        ({"table.whitelist": "tpyed"}, "table.whitelist", "There is no table tpyed. Existing tables: "),
        ({"incrementing.column.name": "idd"}, "incrementing.column.name", "has no column idd (incrementing.column.name). Existing"),
        ({"incrementing.column.name": "small"}, "incrementing.column.name", "because this column is nullable."),
        ({"mode": "timestamp", "timestamp.column.name": "tstz"}, "timestamp.column.name", "because all of these columns are nullable."),
        ({"mode": "sideways"}, "mode", "String must be one of: bulk, timestamp, incrementing, timestamp+incrementing"),
        ({"query": "selec 1", "table.whitelist": ""}, "query", "The query cannot be run: syntax error"),
        ({"query": "select 1"}, "query", "query and table.whitelist cannot be used together"),
        ({"key": "idd"}, "key", "has no column idd. Existing columns: id, big"),
    ],
)  # fmt: skip
def test_faults_are_told_by_key_and_without_the_password(bench: Bench, typed: Server, change: dict[str, str], key: str, text: str) -> None:
    """Unreachable database, wrong password, missing table or column: each at its key."""
    changed = {k: v.replace("{port}", str(typed.port)) for k, v in change.items()}
    found = errors(bench, config(typed, **changed))
    assert list(found) == [key]
    assert text in found[key][0]
    assert PASSWORD not in str(found)
    assert "wrong-secret" not in str(found)


def test_a_table_dropped_while_it_is_read_fails_the_task(bench: Bench, typed: Server) -> None:
    """The trace begins with what happened."""
    start(bench, config(typed, **PLAIN))
    bench.records("pg-typed", 3)
    typed.execute("DROP TABLE typed")
    task = bench.await_state("src", "FAILED")
    assert task["trace"].startswith("TaskError: There is no table public.typed (any more), or it has no columns.")


def test_a_lost_connection_is_made_anew(bench: Bench, typed: Server) -> None:
    """A terminated session costs nothing: no row is missed or repeated."""
    start(bench, config(typed, **PLAIN, **{"connection.backoff.ms": "1"}))
    bench.records("pg-typed", 3)
    typed.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'app'",
        "INSERT INTO typed (big, txt, flag, ts, updated_at) VALUES (5, 'new', true, '2024-01-01', '2024-03-01 00:00:00.009')",
    )
    assert [v["id"] for v in values(bench, "pg-typed", 4)] == [1, 2, 3, 11]
    assert bench.await_state("src", "RUNNING")


@pytest.mark.parametrize(
    ("partition", "offset", "text"),
    [
        ({"file": "x"}, {"incrementing": 1}, "Partition objects should contain the key 'table'"),
        ({"protocol": "1", "table": "t"}, {"id": 1}, "Offset objects should either be null or contain 'incrementing' or 'timestamp'"),
        ({"query": "query"}, {"timestamp": "now"}, "The value for the 'timestamp' key in the offset is expected to be a Long value"),
        ({"query": "query"}, {"timestamp": 1, "timestamp_nanos": 0, "incrementing": 5}, None),
        ({"whatever": 1}, None, None),
    ],
)
def test_offsets_that_no_task_could_go_on_from_are_refused(partition: dict[str, Any], offset: Any, text: str | None) -> None:
    """When they are set, not when the task starts."""
    if text is None:
        assert JdbcSourceConnector().check_offsets([(partition, offset)])
        return
    with pytest.raises(ValueError, match=text):
        JdbcSourceConnector().check_offsets([(partition, offset)])
