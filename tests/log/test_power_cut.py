"""A power cut: the disk has any mixture of old and new pages behind the last safe point. The log is as it was at the safe point."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from millstream.log.base import Batch, TopicInfo
from millstream.log.embedded import EmbeddedLog, durability
from tests.log.helpers import read_all

PAGE = 4096


def work(log: EmbeddedLog, dice: random.Random, commits: int) -> None:
    """Commits that write to files and tail, and turn over LMDB's pages."""
    for _ in range(commits):
        with log.begin("x") as transaction:
            size = dice.choice([1, 1, 1, 400, 800])
            rows = range(size)
            transaction.append("t", 0, Batch([None] * size, [dice.randbytes(100) for _ in rows], [1] * size))
            transaction.put("q/s", 0, [(b"%d" % dice.randrange(2000), dice.randbytes(dice.randrange(300))) for _ in range(50)])
            transaction.put("q/s", 0, [(b"%d" % dice.randrange(2000), None) for _ in range(20)])
            transaction.offsets("g", {("t", 0): dice.randrange(10**6)})


def contents(log: EmbeddedLog) -> object:
    return read_all(log, "t"), list(log.scan("q/s", 0)), log.committed("g"), log.end_offsets("t")


def cut(synced: Path, later: Path, target: Path, dice: random.Random) -> None:
    """Make ``target`` what the disk may have: all of ``synced``, and any pages and bytes written since."""
    shutil.copytree(later, target)
    shutil.copy(synced / "safe-point", target / "safe-point")
    old, new = (synced / "meta/data.mdb").read_bytes(), bytearray((later / "meta/data.mdb").read_bytes())
    share = dice.random()
    for at in range(0, len(old), PAGE):
        if dice.random() < share:
            new[at : at + PAGE] = old[at : at + PAGE]
    (target / "meta/data.mdb").write_bytes(new)
    for path in (later / "topics").rglob("*.seg"):
        before = synced / path.relative_to(later)
        kept = before.stat().st_size if before.exists() else 0
        data = bytearray(path.read_bytes())
        data[kept:] = dice.randbytes(dice.randrange(len(data) - kept + 1))
        (target / path.relative_to(later)).write_bytes(data)


@pytest.mark.parametrize("seed", range(8))
def test_after_a_power_cut_the_log_is_as_at_the_safe_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """And it can be written to, and cut off again."""
    dice = random.Random(seed)
    directory = tmp_path / "0"
    boot = 0
    monkeypatch.setattr(durability, "_boot_id", lambda: b"%036d" % boot)
    monkeypatch.setattr(durability.Durability, "committed", lambda self: None)  # safe points only when the test asks
    with EmbeddedLog(directory, segment_bytes=100_000) as log:
        log.create(TopicInfo("t", 1))
    for boot in range(1, 4):
        with EmbeddedLog(directory, segment_bytes=100_000) as log:
            for _ in range(dice.randrange(1, 4)):
                work(log, dice, dice.randrange(1, 30))
                log.sync()
            expected = contents(log)
            synced, later = tmp_path / f"synced-{boot}", tmp_path / f"later-{boot}"
            shutil.copytree(directory, synced)
            work(log, dice, dice.randrange(1, 80))
            shutil.copytree(directory, later)
        directory = tmp_path / str(boot)
        cut(synced, later, directory, dice)
        boot += 1
        with EmbeddedLog(directory, segment_bytes=100_000) as log:
            assert contents(log) == expected


def test_a_process_killed_since_keeps_what_it_committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a restart of the machine the page cache has everything, and nothing is put back."""
    monkeypatch.setattr(durability.Durability, "committed", lambda self: None)
    with EmbeddedLog(tmp_path / "a") as log:
        log.create(TopicInfo("t", 1))
        log.sync()
        work(log, random.Random(1), 10)
        expected = contents(log)
        shutil.copytree(tmp_path / "a", tmp_path / "b")
    with EmbeddedLog(tmp_path / "b") as log:
        assert contents(log) == expected
