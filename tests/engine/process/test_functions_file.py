"""Functions of one's own that broke since the server started: queries that call them say so, all others go on."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from millstream.config import Config
from millstream.engine.process.runtime import ProcessRuntime
from millstream.server.start import start_embedded
from tests.server.test_functions import FUNCTIONS, STREAM, Client


def _first(client: Client, query: str) -> list[Any]:
    """The first row. A query that begins before it is seen that the process is gone ends with it, which its answer says."""
    end = time.monotonic() + 60
    while True:
        answer = client.answer(query)
        rows = [part["row"]["columns"] for part in answer if "row" in part]
        if rows:
            return list(rows[0])
        assert "engine process" in str(answer)
        assert time.monotonic() < end


def test_a_broken_file_costs_only_the_queries_that_need_it(tmp_path: Path) -> None:
    """They are in state ERROR with the file and its fault, once the engine process had to start again."""
    folder = tmp_path / "functions"
    folder.mkdir()
    (folder / "mine.py").write_text(FUNCTIONS)
    (folder / "other.py").write_text(FUNCTIONS.replace("HALF(", "QUARTER(").replace("LONGEST(", "WIDEST("))
    config = Config({"functions.dir": str(folder)})
    with start_embedded(tmp_path / "data", config=config) as server, Client(server.url) as client:
        client.ksql(STREAM + "CREATE STREAM h AS SELECT k, half(n) AS h FROM s; CREATE STREAM q AS SELECT k, quarter(n) AS q FROM s;")
        runtime = server.database.runtime
        assert isinstance(runtime, ProcessRuntime)
        (folder / "mine.py").write_text("import nothing_of_that_name\n")
        process = runtime.pid
        assert process is not None
        os.kill(process, signal.SIGKILL)
        client.ksql("INSERT INTO s VALUES ('a', 4);")
        assert _first(client, "SELECT k, q FROM q EMIT CHANGES LIMIT 1;") == ["a", 2]
        statuses = {query.split("_")[1]: status for query, status in runtime.status().items()}
        assert statuses["Q"].state == "RUNNING"
        assert statuses["H"].state == "ERROR"
        assert statuses["H"].error is not None
        assert "mine.py cannot be loaded: ModuleNotFoundError: No module named 'nothing_of_that_name'" in statuses["H"].error
