"""The command ``millstream``: what is wrong with its arguments is said without a traceback; a server starts and ends with a signal."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from millstream.__main__ import main
from millstream.server.start import running_at


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


def test_a_headless_server_runs_its_file_and_ends_with_a_signal(tmp_path: Path) -> None:
    """The address goes to stderr; the exit status after SIGTERM is 0, and nothing is left running."""
    script = tmp_path / "app.sql"
    script.write_text("CREATE STREAM s (k STRING KEY, v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);")
    command = [sys.executable, "-m", "millstream", "run", str(script), "--data-dir", str(tmp_path / "d")]
    command += ["--listen", "127.0.0.1:0", "--connect-listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        url = next(line.split()[-1] for line in process.stderr if "listens at" in line)
        streams = httpx.post(url + "/ksql", json={"ksql": "SHOW STREAMS;"}, timeout=30).json()[0]["streams"]
        assert "S" in [s["name"] for s in streams]
        process.terminate()
        assert process.wait(30) == 0
        assert process.stdout is not None
        assert process.stdout.read() == ""
    assert running_at(tmp_path / "d") is None


def test_a_headless_server_whose_file_fails_ends_with_status_1(tmp_path: Path) -> None:
    script = tmp_path / "app.sql"
    script.write_text("CREATE STREAM x AS SELECT * FROM nope;")
    done = _millstream("run", str(script), "--data-dir", str(tmp_path / "d"), "--listen", "127.0.0.1:0", "--connect-listen", "127.0.0.1:0")
    assert done.returncode == 1
    assert "NOPE does not exist." in done.stderr


def test_a_script_loads_no_library_that_it_does_not_need(tmp_path: Path) -> None:
    """Each of these costs a start 0.05 to 0.3 s."""
    heavy = ("httpx", "sqlalchemy", "fastavro", "google.protobuf", "prompt_toolkit", "rich", "confluent_kafka")
    code = (
        f"import sys; from millstream.__main__ import main; main(['--data-dir', {str(tmp_path / 'd')!r}, '-e', 'SHOW STREAMS;']);"
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"
