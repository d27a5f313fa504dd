"""Connectors of third parties come in by entry points; a broken one is left out, not fatal."""

from __future__ import annotations

import importlib.metadata
from typing import Any

import pytest

from millstream.worker.connectors.file import FileStreamSourceConnector
from millstream.worker.plugins import CONVERTERS, Plugins, find
from millstream.worker.transforms import TRANSFORMS


class TheirConnector(FileStreamSourceConnector):
    class_names = ("com.example.TheirSourceConnector",)


class Entry:
    def __init__(self, name: str, found: Any) -> None:
        self.name, self.value, self._found = name, f"{name}:x", found

    def load(self) -> Any:
        if self._found is None:
            raise ImportError("no such module")
        return self._found


def test_entry_points(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """The group is millstream.connectors."""
    entries = {"millstream.connectors": [Entry("theirs", TheirConnector), Entry("broken", None)]}
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: entries[group])
    plugins = Plugins()
    found = plugins.connector("theirsource")
    assert found is not None
    assert found[0] == "com.example.TheirSourceConnector"
    assert "The connector broken (broken:x) cannot be loaded and is left out." in caplog.text


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("io.confluent.connect.jdbc.jdbcSourceConnector", "io.confluent.connect.jdbc.JdbcSourceConnector"),
        ("JdbcSource", "io.confluent.connect.jdbc.JdbcSourceConnector"),
        ("io.aiven.connect.jdbc.JDBCSinkConnector", "io.aiven.connect.jdbc.JdbcSinkConnector"),
        ("datagen", "io.confluent.kafka.connect.datagen.DatagenConnector"),
        ("io.aiven.kafka.connect.opensearch.OpensearchSinkConnector", "io.aiven.kafka.connect.opensearch.OpenSearchSinkConnector"),
        ("ElasticsearchSinkConnector", "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector"),
    ],
)
def test_names_people_write(name: str, full: str) -> None:
    """Confluent's, Aiven's and KLIP 7's spellings; of two with one short name, the one listed first for its kind."""
    plugins = Plugins()
    found, expected = plugins.connector(name), plugins.connectors[full]
    assert found is not None
    assert found[1] is expected


def test_every_plugin_can_be_loaded() -> None:
    """Each name in the lists leads to a class."""
    plugins = Plugins()
    assert all(plugins.transform_class(name) for name in TRANSFORMS)
    assert find("extractfield$key", TRANSFORMS) == "org.apache.kafka.connect.transforms.ExtractField$Key"
    assert all(find(name, CONVERTERS) == name for name in CONVERTERS)
