"""The command ``millstream``: what is wrong with its arguments is said without a traceback; a server starts and ends with a signal."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from millstream.__main__ import main


def _millstream(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "millstream", *arguments], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("arguments", [["--help"], ["server", "--help"], ["run", "--help"], ["--version"]])
def test_help_and_version_end_well(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    assert "millstream" in capsys.readouterr().out


def test_a_bad_configuration_is_told_in_a_line(tmp_path: Path) -> None:
    file = tmp_path / "server.properties"
    file.write_text("listners=http://x:1\n")
    done = _millstream("server", "--config", str(file), "--data-dir", str(tmp_path / "d"))
    assert done.returncode == 3
    assert done.stdout == ""
    assert "Unknown setting 'listners'" in done.stderr
    assert "Did you mean 'listeners'?" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_script_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = _millstream("run", str(tmp_path / "nope.sql"), "--data-dir", str(tmp_path / "d"))
    assert (done.returncode, "nope.sql: No such file" in done.stderr) == (3, True)


def test_importing_the_command_takes_no_time() -> None:
    """Heavy libraries are imported by what needs them."""
    code = "import sys, millstream.__main__; print([m for m in ('httpx', 'granian', 'sqlalchemy', 'rich', 'fastavro') if m in sys.modules])"
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
    assert time.monotonic() - started < 5
