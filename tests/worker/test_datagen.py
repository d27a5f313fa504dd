"""Datagen makes the records people know, deterministically, at the pace asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from millstream.worker.clock import ManualClock
from millstream.worker.connectors.datagen.connector import DatagenTask
from millstream.worker.connectors.datagen.quickstarts import QUICKSTARTS
from millstream.worker.records import Records
from tests.worker.conftest import Bench

CLASS = "io.confluent.kafka.connect.datagen.DatagenConnector"


class Alone:
    """A task's surroundings: no offsets, a clock that stands still."""

    connector, task, stopping, tolerates = "d", 0, False, False

    def __init__(self, offset: dict[str, Any] | None = None) -> None:
        self.clock, self._offset = ManualClock(), offset

    def wait(self, timeout_ms: float) -> bool:
        self.clock.advance(int(timeout_ms) + 1)
        return False

    def offset(self, partition: Mapping[str, Any]) -> dict[str, Any] | None:
        return self._offset

    def report(self, records: Records, error: Exception) -> None:
        raise error


def rows(count: int, offset: dict[str, Any] | None = None, **config: str) -> list[tuple[str, dict[str, Any]]]:
    """The first keys and values of a task."""
    task = DatagenTask()
    task.start(
        {"kafka.topic": "t", "max.interval": "0", "random.seed": "7", **{k.replace("__", "."): v for k, v in config.items()}}, Alone(offset)
    )
    out: list[tuple[str, dict[str, Any]]] = []
    while len(out) < count:
        for polled in task.poll():
            out += zip(polled.records.keys or [None] * len(polled.records), polled.records.values, strict=True)
    return out[:count]


def test_pageviews() -> None:
    """viewtime counts 1, 11, 21, ...; nine users; the key is viewtime's text."""
    made = rows(1000, quickstart="pageviews")
    assert [v["viewtime"] for _, v in made[:3]] == [1, 11, 21]
    assert all(re.fullmatch("User_[1-9]", v["userid"]) and re.fullmatch("Page_[1-9][0-9]", v["pageid"]) for _, v in made)
    assert len({v["userid"] for _, v in made}) == 9
    assert [k for k, _ in made[:2]] == ["1", "11"]


def test_users_count_widens_the_users() -> None:
    """A demo that joins with 10 000 users asks for them."""
    users = {v["userid"] for _, v in rows(20000, quickstart="PAGEVIEWS", users__count="10000")}
    assert len(users) > 8000
    assert all(1 <= int(u.removeprefix("User_")) <= 10000 for u in users)


@pytest.mark.parametrize("name", QUICKSTARTS)
def test_every_quickstart_fits_its_schema_and_has_its_key(name: str) -> None:
    """Rows have exactly the fields of the schema, and the key field's text as key."""
    kind = QUICKSTARTS[name](9)
    for key, value in rows(50, quickstart=name):
        assert list(value) == [f.name for f in kind.schema.fields]
        assert key == str(value[kind.key])


def test_the_same_seed_gives_the_same_records_also_after_a_restart() -> None:
    """A task that starts again goes on with the very record it would have made."""
    whole = rows(3000, quickstart="users")
    assert rows(3000, quickstart="users") == whole
    assert rows(500, {"current.iteration": 1234, "random.seed": 7}, quickstart="users") == whole[1234:1734]


def test_max_interval_is_the_longest_pause() -> None:
    """With max.interval=100 a record comes every 50 ms on average."""
    task, alone = DatagenTask(), Alone()
    task.start({"kafka.topic": "t", "max.interval": "100", "quickstart": "users", "random.seed": "1"}, alone)
    start = alone.clock.now_ms()
    made = 0
    while made < 400:
        made += sum(len(p.records) for p in task.poll())
    assert 15_000 < alone.clock.now_ms() - start < 25_000


def test_a_schema_with_annotations() -> None:
    """schema.string takes options, iteration, range, regex, length, unions with null, arrays, maps and records."""
    schema = {
        "type": "record", "name": "r", "namespace": "n",
        "fields": [
            {"name": "id", "type": {"type": "long", "arg.properties": {"iteration": {"start": 5, "step": 2, "restart": 9}}}},
            {"name": "level", "type": {"type": "int", "arg.properties": {"range": {"min": 3, "max": 5}}}},
            {"name": "colour", "type": {"type": "string", "arg.properties": {"options": ["red", "blue"]}}},
            {"name": "code", "type": {"type": "string", "arg.properties": {"regex": "[A-F]{2}-(x|y)[0-9]?", "prefix": "<"}}},
            {"name": "word", "type": {"type": "string", "arg.properties": {"length": 12}}},
            {"name": "maybe", "type": ["null", "boolean"]},
            {"name": "list", "type": {"type": "array", "items": "int", "arg.properties": {"length": {"min": 1, "max": 3}}}},
            {"name": "map", "type": {"type": "map", "values": "double"}},
        ],
    }  # fmt: skip
    made = rows(200, schema__string=msgspec.json.encode(schema).decode(), schema__keyfield="id")
    assert [v["id"] for _, v in made[:4]] == [5, 7, 5, 7]
    assert {v["level"] for _, v in made} == {3, 4}
    assert {v["colour"] for _, v in made} == {"red", "blue"}
    assert all(re.fullmatch("<[A-F]{2}-(x|y)[0-9]?", v["code"]) and re.fullmatch("[a-z]{12}", v["word"]) for _, v in made)
    assert {v["maybe"] for _, v in made} == {None, True, False}
    assert {len(v["list"]) for _, v in made} == {1, 2}
    assert all(isinstance(x, float) for _, v in made for x in v["map"].values())


def test_iterations_end_the_task_on_purpose(bench: Bench) -> None:
    """Like the real one, a task that made its records fails and says so; its records are all there."""
    bench.create("d", connector__class=CLASS, kafka__topic="pv", quickstart="pageviews", max__interval="0", iterations="2500")
    task = bench.await_state("d", "FAILED")
    assert task["trace"].startswith("TaskError: Stopping connector: generated the configured 2500 number of messages")
    assert len(bench.records("pv", 2500)) == 2500


def test_values_are_json_sr_by_default(bench: Bench) -> None:
    """The value's schema is in the registry before the first record is read; the key is plain text."""
    bench.create("d", connector__class=CLASS, kafka__topic="u", quickstart="users", max__interval="0", iterations="10")
    batch = bench.records("u", 10)
    schema = bench.registry.latest("u-value") if bench.registry else None
    assert schema is not None
    assert (batch.values[0] or b"")[:5] == b"\0" + schema.id.to_bytes(4, "big")
    assert (batch.keys[0] or b"").startswith(b"User_")
    assert list(msgspec.json.decode(schema.text)["properties"]) == ["registertime", "userid", "regionid", "gender"]


@pytest.mark.parametrize(
    ("given", "key", "text"),
    [
        ({"quickstart": "pagevews"}, "quickstart", "there is no quickstart pagevews; known: clickstream"),
        ({}, "quickstart", "Exactly one of schema.string, schema.filename and quickstart must be set, found none."),
        ({"schema.string": "{"}, "schema.string", "the schema is not JSON"),
        ({"schema.filename": "/no/such"}, "schema.filename", "cannot read /no/such: No such file or directory"),
    ],
)
def test_bad_configurations_name_the_key(bench: Bench, given: dict[str, str], key: str, text: str) -> None:
    """Faults are reported at their key."""
    body = {"connector.class": CLASS, "name": "d", "kafka.topic": "t", **given}
    configs = bench.call("PUT", f"/connector-plugins/{CLASS}/config/validate", body).json()["configs"]
    errors = {c["value"]["name"]: c["value"]["errors"] for c in configs if c["value"]["errors"]}
    assert list(errors) == [key]
    assert text in errors[key][0]
