"""Several processes on one directory, and directories that cannot be used."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from millstream.errors import LogError
from millstream.log.base import TopicInfo
from millstream.log.embedded import EmbeddedLog
from tests.log.helpers import append, batch, read_all

WRITER = """
import sys
from millstream.log.base import Batch
from millstream.log.embedded import EmbeddedLog
name = sys.argv[2].encode()
with EmbeddedLog(sys.argv[1], segment_bytes=20_000) as log:
    for number in range(150):
        with log.begin("w" + sys.argv[2]) as transaction:
            size = (10, 900, 5, 40_000)[number % 4]
            transaction.append("t", 0, Batch([name], [b"%d " % number + b"x" * size], [number]))
            transaction.put("q/s", 0, [(name, b"%d" % number)])
"""

ECHO = """
import sys
from millstream.log.base import Batch
from millstream.log.embedded import EmbeddedLog
with EmbeddedLog(sys.argv[1]) as log:
    print("ready", flush=True)
    for number in range(20):
        if not log.wait({("ping", 0): number}, 60_000):
            sys.exit(1)
        with log.begin("echo") as transaction:
            transaction.append("pong", 0, log.read("ping", 0, number))
"""

DYING = """
import os, sys
from millstream.log.embedded import EmbeddedLog
EmbeddedLog(sys.argv[1]).fileno()
os.kill(os.getpid(), 9)
"""


def start(source: str, *arguments: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": "src"}
    return subprocess.Popen([sys.executable, "-c", source, *arguments], env=environment, stdout=subprocess.PIPE)


def test_two_processes_append_to_one_partition(tmp_path: Path) -> None:
    """Small and large batches: nothing is lost or mixed up, while a third process reads and maintains."""
    with EmbeddedLog(tmp_path, segment_bytes=20_000) as log:
        log.create(TopicInfo("t", 1, 1, {"retention.ms": "-1"}))
        writers = [start(WRITER, str(tmp_path), name) for name in ("a", "b")]
        offset, found = 0, []
        while len(found) < 300:
            assert log.wait({("t", 0): offset}, 60_000)
            batch = log.read("t", 0, offset, 10_000)
            found += zip(batch.offsets, batch.keys, batch.values, strict=True)
            offset = batch.next_offset
            log.maintain(1000)
        for writer in writers:
            assert writer.wait(60) == 0
            assert writer.stdout is not None
            writer.stdout.close()
        assert [o for o, _, _ in found] == list(range(300))
        for name in (b"a", b"b"):
            assert [int(v.split()[0]) for _, k, v in found if k == name and v is not None] == list(range(150))
            assert log.get("q/s", 0, name) == b"149"
        assert [(o, k, v) for o, (k, v, _) in read_all(log, "t")] == found


def test_a_commit_of_one_process_wakes_another(tmp_path: Path) -> None:
    """Both wait on the doorbell only: twenty times there and back."""
    with EmbeddedLog(tmp_path) as log:
        log.create(TopicInfo("ping", 1))
        log.create(TopicInfo("pong", 1))
        echo = start(ECHO, str(tmp_path))
        assert echo.stdout is not None
        assert echo.stdout.readline() == b"ready\n"
        for number in range(20):
            append(log, "ping", [(None, b"%d" % number, number)])
            assert log.wait({("pong", 0): number}, 60_000)
            assert log.read("pong", 0, number).values == [b"%d" % number]
        assert echo.wait(60) == 0
        echo.stdout.close()


def test_a_listener_that_died_is_forgotten(tmp_path: Path) -> None:
    """Its address is taken out by the commit after the one that found it gone."""
    with EmbeddedLog(tmp_path) as log:
        log.create(TopicInfo("t", 1))
        dead = start(DYING, str(tmp_path))
        assert dead.wait(60) == -9
        assert dead.stdout is not None
        dead.stdout.close()
        append(log, "t", [(None, b"1", 1)])
        append(log, "t", [(None, b"2", 1)])
        with log._env.read() as txn:
            assert list(txn.cursor(db=log._env.bells).iternext(values=False)) == []


def test_files_are_private(embedded: EmbeddedLog) -> None:
    """Mode 0600, directories 0700."""
    embedded.create(TopicInfo("t", 1))
    append(embedded, "t", [(None, b"x" * 100_000, 1)])
    for path in embedded.directory.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_another_format_version_is_refused(tmp_path: Path) -> None:
    """Before anything is touched."""
    EmbeddedLog(tmp_path).close()
    (tmp_path / "format").write_text("millstream-log 7\n")
    with pytest.raises(LogError, match="has format 'millstream-log 7': expected 'millstream-log 1'"):
        EmbeddedLog(tmp_path)


def test_one_log_a_process(embedded: EmbeddedLog) -> None:
    """LMDB forbids a second one on the same directory."""
    with pytest.raises(LogError, match="open in this process already"):
        EmbeddedLog(embedded.directory)


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A LogError with the path."""
    (tmp_path / "file").write_text("")
    with pytest.raises(LogError, match="file/data"):
        EmbeddedLog(tmp_path / "file" / "data")


def test_a_full_disk_leaves_nothing_half_visible(embedded: EmbeddedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit fails with the path and a hint; the next one, with space again, succeeds at the same offset."""
    embedded.create(TopicInfo("t", 1))
    append(embedded, "t", [(None, b"x" * 100_000, 1)])
    write = os.pwritev

    def full(descriptor: int, chunks: list[bytes], position: int) -> int:
        write(descriptor, [chunks[0]], position)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwritev", full)
    transaction = embedded.begin("x")
    transaction.append("t", 0, batch([(None, b"z" * 100_000, 1)]))
    transaction.put("q/s", 0, [(b"k", b"v")])
    with pytest.raises(LogError, match=r"topics/t\.1/.*No space left") as caught:
        transaction.commit()
    assert "free some space" in (caught.value.hint or "")
    assert (embedded.end_offsets("t"), embedded.get("q/s", 0, b"k")) == ([1], None)
    monkeypatch.setattr(os, "pwritev", write)
    assert append(embedded, "t", [(None, b"y" * 100_000, 1)]) == 1
    assert [v for _, (_, v, _) in read_all(embedded, "t")] == [b"x" * 100_000, b"y" * 100_000]


def test_a_damaged_segment_is_reported(embedded: EmbeddedLog) -> None:
    """With file and position, not as wrong records."""
    embedded.create(TopicInfo("t", 1))
    append(embedded, "t", [(None, b"x" * 100_000, 1)])
    (path,) = (embedded.directory / "topics").rglob("*.seg")
    with path.open("r+b") as file:
        file.seek(5000)
        file.write(b"?")
    with pytest.raises(LogError, match=r"\.seg is damaged at byte 0"):
        embedded.read("t", 0, 0)


def test_what_a_killed_process_left_behind_the_end_is_cut_off(tmp_path: Path) -> None:
    """Bytes behind the visible length, files and folders that nothing refers to."""
    with EmbeddedLog(tmp_path) as log:
        log.create(TopicInfo("t", 1))
        append(log, "t", [(None, b"x" * 100_000, 1)])
    (path,) = (tmp_path / "topics").rglob("*.seg")
    size = path.stat().st_size
    with path.open("ab") as file:
        file.write(b"half a batch")
    (path.parent / "0-99.seg").write_bytes(b"lost")
    (tmp_path / "topics" / "gone.9").mkdir()
    with EmbeddedLog(tmp_path) as log:
        assert path.stat().st_size == size
        assert [p.name for p in (tmp_path / "topics").rglob("*")] == ["t.1", path.name]
        assert len(read_all(log, "t")) == 1
