"""One instance a data directory, whatever starts at the same moment."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from millstream.errors import ExecutionError
from millstream.server import start
from millstream.server.start import OWNED, start_embedded

QUERY = "CREATE STREAM a (v INT) WITH (kafka_topic='a', value_format='JSON', partitions=1); CREATE STREAM b AS SELECT v FROM a;"


def test_servers_that_start_together_are_one(tmp_path: Path) -> None:
    """One runs, the others say where it is: two of them would run every query twice."""
    data = tmp_path / "data"
    with start_embedded(data) as server:
        import httpx

        assert httpx.post(f"{server.url}/ksql", json={"ksql": QUERY}, trust_env=False, timeout=60).status_code == 200
    command = [sys.executable, "-m", "millstream", "server", "--data-dir", str(data), "--listen", "127.0.0.1:0"]
    command += ["--connect-listen", "127.0.0.1:0"]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    lines = [process.stderr.readline() for process in started if process.stderr is not None]
    running = [process for process, line in zip(started, lines, strict=True) if line.startswith("Millstream listens at")]
    assert len(running) == 1, lines
    url = next(line.split()[-1] for line in lines if line.startswith("Millstream listens at"))
    assert [line for line in lines if f"is in use by the server at {url}." in line] == [x for x in lines if "listens" not in x]
    answer = httpx.post(f"{url}/ksql", json={"ksql": "SHOW PROPERTIES;"}, trust_env=False, timeout=60)
    shown = {p["name"]: p["value"] for p in answer.json()[0]["properties"]}
    assert [shown[name] for name in ("listeners", "connect.listeners", "ksql.streams.state.dir")] == [
        "127.0.0.1:0",
        "127.0.0.1:0",
        str(data),
    ]
    running[0].terminate()
    for process in started:
        process.communicate(timeout=60)
    assert sorted(process.returncode for process in started) == [0, 3, 3]


def test_an_instance_that_never_answers_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "OWN_S", 0.05)
    descriptor = os.open(tmp_path / OWNED, os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(ExecutionError, match="in use by an instance that does not answer"):
        start_embedded(tmp_path)
    os.close(descriptor)
    start_embedded(tmp_path).close()


@pytest.mark.parametrize("option", ["--listen", "--connect-listen"])
def test_a_port_that_is_taken_is_told_with_the_option_that_chooses_it(tmp_path: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        addresses = {"--listen": "127.0.0.1:0", "--connect-listen": "127.0.0.1:0", option: f"127.0.0.1:{taken.getsockname()[1]}"}
        with pytest.raises(ExecutionError, match=r"Cannot listen at .*: Address already in use\.") as refused:
            start_embedded(tmp_path / "data", addresses["--listen"], addresses["--connect-listen"])
    assert str(refused.value.hint).endswith(f" {option}.")


def test_a_signal_is_heeded_whenever_it_comes() -> None:
    """Also between the last look for one and the sleep. A second process sends them, each as soon as the one before has arrived."""
    code = (
        "import faulthandler, os, signal; from millstream.server.commands import _ending\n"
        "faulthandler.dump_traceback_later(20, exit=True)\n"
        "reading, writing = os.pipe(); ended, server = _ending(), os.getpid()\n"
        "if os.fork() == 0:\n"
        "    os.close(writing)\n"
        "    while os.read(reading, 1) == b'x':\n"
        "        os.kill(server, signal.SIGTERM)\n"
        "    os._exit(0)\n"
        "for _ in range(5_000):\n"
        "    os.write(writing, b'x')\n"
        "    assert ended() == signal.SIGTERM\n"
        "os.write(writing, b'.')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
