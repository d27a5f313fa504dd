"""Functions of one's own that broke since the server started: who waits for the engine process is told which file, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from millstream.config import Config
from millstream.engine.process.runtime import ProcessRuntime
from millstream.errors import ExecutionError
from millstream.log.embedded import EmbeddedLog


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    """Not only that the process did not start."""
    folder = tmp_path / "functions"
    folder.mkdir()
    (folder / "broken.py").write_text("import nothing_of_that_name\n")
    with EmbeddedLog(tmp_path / "data") as log:
        runtime = ProcessRuntime(log, None, None, Config({"functions.dir": str(folder)}))  # type: ignore[arg-type]
        with pytest.raises(ExecutionError, match=r"did not start: .*broken\.py") as told:
            runtime.source(None)  # type: ignore[arg-type]
        assert "nothing_of_that_name" in str(told.value)
        runtime.close()
