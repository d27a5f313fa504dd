"""Relations over what a real Kafka Connect writes, with the converters that it has by default and with others; sinks fed from relations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.connect_cluster.conftest import Bench
from tests.connect_cluster.test_statements import PLAIN, TOPIC

#: One worker for all: each connector that comes or goes makes Connect rebalance.
pytestmark = pytest.mark.xdist_group("connect")


def _columns(bench: Bench, name: str) -> list[str]:
    return [f"{c.name} {c.type}" for c in bench.database.catalog.relations[f"{name}{bench.tag}".upper()].schema]


def test_lines_in_envelopes_are_a_stream(bench: Bench, tmp_path: Path) -> None:
    """The worker's converter is JsonConverter with schemas, as by default. CREATE waits for the first record."""
    (tmp_path / "in.txt").write_text("one\ntwo\n")
    bench.run(
        f"CREATE SOURCE CONNECTOR `lines~` WITH ('connector.class'='FileStreamSource', 'file'='{tmp_path}/in.txt', "
        f"'topic'='lines~', {TOPIC});"
        "CREATE STREAM lines~ FROM CONNECTOR `lines~`;"
        "CREATE STREAM upper~ WITH (kafka_topic='upper~', value_format='KAFKA') AS SELECT UCASE(rowval) AS line FROM lines~;"
    )
    assert _columns(bench, "lines") == ["ROWVAL STRING"]
    assert bench.database.catalog.relations[f"LINES{bench.tag}".upper()].value_format.name == "CONNECT_JSON"
    assert bench.await_values(f"upper{bench.tag}", 2) == [b"ONE", b"TWO"]


def test_lines_as_text_are_a_stream(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("one\n")
    bench.run(
        f"CREATE SOURCE CONNECTOR `lines~` WITH ('connector.class'='FileStreamSource', 'file'='{tmp_path}/in.txt', "
        f"'topic'='lines~', {PLAIN}, {TOPIC}); CREATE STREAM lines~ FROM CONNECTOR `lines~` TOPIC 'lines~';"
    )
    assert _columns(bench, "lines") == ["ROWVAL STRING"]


def test_a_sink_from_a_relation_reads_what_we_write(bench: Bench, tmp_path: Path) -> None:
    """Connect's own converter takes our envelopes: numbers, decimals, dates, structs arrive."""
    out = tmp_path / "out.txt"
    bench.run(
        "CREATE STREAM s~ (k INT KEY, d DECIMAL(10, 2), day DATE, seen TIMESTAMP, s STRUCT<a ARRAY<STRING>>) "
        "WITH (kafka_topic='s~', format='CONNECT_JSON', partitions=1);"
        "INSERT INTO s~ VALUES (1, 2.5, '2024-01-02', '1970-01-01T00:00:01', STRUCT(a := ARRAY['x']));"
    )
    created = bench.one(f"CREATE EXTERNAL SINK out-~ FROM s~ WITH (connector.class=FileStreamSink, file='{out}');")
    assert created.failure is None
    assert created.info["config"]["value.converter.schemas.enable"] == "true"
    (line,) = bench.await_lines(out, 1)
    assert line.startswith("Struct{D=2.50,DAY=Tue Jan 02 00:00:00")
    assert line.endswith("S=Struct{A=[x]}}")
    (value,) = bench.await_values(f"s{bench.tag}", 1)
    assert json.loads(value or b"")["payload"]["D"] == 2.5
