"""The JDBC sink under Debezium's names of its keys: the same statement runs on either sink."""

from __future__ import annotations

from typing import Any

import pytest
from demo.postgres import PASSWORD, Server

from millstream.log.base import TopicInfo
from tests.worker.conftest import Bench
from tests.worker.test_jdbc_sink import consumed, record, start


@pytest.fixture
def configuration(postgres: Server) -> dict[str, str]:
    """As Debezium's sink takes it."""
    return {
        "connector.class": "JdbcSinkConnector", "topics": "sinkrec", "connection.url": postgres.jdbc_url, "connection.username": "postgres",
        "connection.password": PASSWORD, "insert.mode": "upsert", "delete.enabled": "true", "primary.key.mode": "record_key",
        "primary.key.fields": "id", "schema.evolution": "basic", "quote.identifiers": "true", "collection.name.format": "respelt",
        "use.time.zone": "UTC", "key.converter": "JsonConverter", "value.converter": "JsonConverter",
    }  # fmt: skip


def faults(bench: Bench, configuration: dict[str, str], **change: str) -> dict[str, list[str]]:
    given = {**configuration, "name": "judged", **{k.replace("__", "."): v for k, v in change.items()}}
    answer: dict[str, Any] = bench.call("PUT", f"/connector-plugins/{given['connector.class']}/config/validate", given).json()
    return {c["value"]["name"]: c["value"]["errors"] for c in answer["configs"] if c["value"]["errors"]}


def test_rows_arrive_under_the_other_names(bench: Bench, postgres: Server, configuration: dict[str, str]) -> None:
    """The table is made, widened and keyed as the configuration says; what Connect shows is what was written."""
    postgres.execute("DROP TABLE IF EXISTS respelt")
    bench.log.create(TopicInfo("sinkrec", 1))
    bench.write("sinkrec", [record(1), record(2), record(1, name="new")])
    start(bench, configuration)
    consumed(bench, 3)
    assert postgres.execute("SELECT id, name FROM respelt ORDER BY id") == [(1, "new"), (2, "a")]
    assert "pk.mode" not in bench.call("GET", "/connectors/sink/config").json()


def test_faults_stand_at_the_names_that_were_given(bench: Bench, configuration: dict[str, str]) -> None:
    assert faults(bench, configuration) == {}
    assert list(faults(bench, configuration, connection__username="nobody-here")) in (["connection.username"], ["connection.password"])
    found = faults(bench, configuration, primary__key__mode="record_header", delete__enabled="false")
    assert list(found) == ["primary.key.mode"]
    assert "record_value" in found["primary.key.mode"][0]
    found = faults(bench, configuration, flush__max__retries="often")
    assert list(found) == ["flush.max.retries"]
    assert found["flush.max.retries"][0] == "Invalid value often for configuration flush.max.retries: Not a number of type INT"
    assert list(faults(bench, configuration, schema__evolution="all")) == ["schema.evolution"]


def test_a_key_under_both_names_is_refused_where_they_differ(bench: Bench, configuration: dict[str, str]) -> None:
    """Two names of one key that say two things: neither is taken in silence."""
    assert faults(bench, configuration, table__name__format="respelt") == {}
    assert faults(bench, configuration, table__name__format="other") == {
        "collection.name.format": ["collection.name.format and table.name.format mean the same: give one of them."]
    }
