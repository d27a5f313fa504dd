"""Functions of a directory: the server plans with them and its engine process runs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from millstream.config import Config
from millstream.errors import ConfigError
from millstream.server.start import start_embedded

FUNCTIONS = """
from millstream.engine.functions.user import aggregate, scalar

@scalar("HALF(n INT) -> INT", doc="Half of an even number.")
def half(n):
    if n % 2:
        raise ValueError("odd")
    return n // 2

@aggregate("LONGEST(text STRING) -> STRING")
class Longest:
    def init(self):
        return ""
    def add(self, state, text):
        return max(state, text, key=len)
    def result(self, state):
        return state
    def merge(self, left, right):
        return max(left, right, key=len)
"""
STREAM = "CREATE STREAM s (k STRING KEY, n INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);"
QUERIES = (
    "CREATE STREAM h AS SELECT k, half(n) AS h FROM s;"
    "CREATE TABLE l AS SELECT SUBSTRING(k, 1, 1) AS first, longest(k) AS l FROM s GROUP BY SUBSTRING(k, 1, 1);"
    "INSERT INTO s VALUES ('a', 4);"
    "INSERT INTO s VALUES ('abc', 5);"
)


class Client:
    """Statements over REST, from the earliest record on."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=20, headers={"accept": "application/vnd.ksql.v1+json"})

    def ksql(self, text: str) -> list[dict[str, Any]]:
        return self._post("/ksql", text)

    def rows(self, query: str) -> list[list[Any]]:
        return [row["row"]["columns"] for row in self.answer(query) if "row" in row]

    def answer(self, query: str) -> list[dict[str, Any]]:
        return self._post("/query", query)

    def _post(self, path: str, text: str) -> list[dict[str, Any]]:
        properties = {"auto.offset.reset": "earliest"}
        answer = self._http.post(path, json={"ksql": text, "streamsProperties": properties})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()


@pytest.fixture
def functions(tmp_path: Path) -> Path:
    directory = tmp_path / "functions"
    directory.mkdir()
    (directory / "mine.py").write_text(FUNCTIONS)
    return directory


@pytest.mark.parametrize("setting", ["functions.dir", "ksql.extension.dir"])
def test_run_in_the_engine(tmp_path: Path, functions: Path, setting: str) -> None:
    """They are described and called; what they raise costs the column and is a row of the processing log. A restart knows them."""
    config = Config({setting: str(functions)})
    with start_embedded(tmp_path / "data", config=config) as server, Client(server.url) as client:
        client.ksql(STREAM + QUERIES)
        described = client.ksql("DESCRIBE FUNCTION half;")[0]
        assert described["description"] == "Half of an even number."
        assert client.rows("SELECT k, h FROM h EMIT CHANGES LIMIT 2;") == [["a", 2], ["abc", None]]
        (message,) = client.rows(
            "SELECT message->recordProcessingError->errorMessage FROM ksql_processing_log "
            "WHERE message->recordProcessingError->errorMessage LIKE '%HALF%' EMIT CHANGES LIMIT 1;"
        )
        assert "Function HALF failed: ValueError: odd" in message[0]
    with start_embedded(tmp_path / "data", config=config) as server, Client(server.url) as client:
        client.ksql("INSERT INTO s VALUES ('abcdef', 8);")
        assert client.rows("SELECT k, h FROM h EMIT CHANGES LIMIT 3;")[2] == ["abcdef", 4]
        assert client.rows("SELECT * FROM l;") == [["a", "abcdef"]]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("import nothing_of_this_name", r"mine\.py cannot be loaded: ModuleNotFoundError"),
        (FUNCTIONS.replace("HALF(", "LCASE("), "A function with the name 'LCASE' exists already"),
    ],
)
def test_what_cannot_be_loaded_keeps_the_server_from_starting(tmp_path: Path, functions: Path, text: str, complaint: str) -> None:
    """Before anything else runs, naming the file or the function."""
    (functions / "mine.py").write_text(text)
    with pytest.raises(ConfigError, match=complaint):
        start_embedded(tmp_path / "data", config=Config({"functions.dir": str(functions)}))


def test_a_directory_that_is_missing_is_named(tmp_path: Path) -> None:
    """A typing error in the setting is not an empty directory."""
    with pytest.raises(ConfigError, match="nowhere does not exist"):
        start_embedded(tmp_path / "data", config=Config({"functions.dir": str(tmp_path / "nowhere")}))
