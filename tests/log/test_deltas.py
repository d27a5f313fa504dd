"""Large stores, whose changes wait in deltas: what is read is what was committed, at any point of freezing and merging."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from millstream.log.embedded import EmbeddedLog, deltas


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deltas from the first change on, frozen and merged in small steps."""
    for name, value in {
        "SMALLEST_DELTA": 1,
        "SMALLEST_STORE": 0,
        "DENSE": 1 << 40,
        "FREEZE_KEYS": 60,
        "MERGE_RATIO": 1,
        "MERGE_LEAST": 7,
        "FREEZE_BLOBS": 9,
    }.items():
        monkeypatch.setattr(deltas, name, value)


def key(number: int) -> bytes:
    """Some keys are longer than LMDB's."""
    return b"%04d" % number + b"k" * (600 if number % 10 == 0 else 0)


@pytest.mark.parametrize("seed", range(6))
def test_reads_see_what_was_committed(tmp_path: Path, seed: int) -> None:
    """Puts, deletions, aborts, reopening, dropping, by get, lookup and scan with bounds."""
    dice = random.Random(seed)
    model: dict[bytes, bytes] = {}
    log = EmbeddedLog(tmp_path)
    frozen = 0
    for number in range(150):
        changes = [(key(dice.randrange(300)), None if dice.random() < 0.3 else b"%d" % number) for _ in range(dice.randrange(1, 25))]
        transaction = log.begin("x")
        transaction.put("q/s", 0, changes)
        if dice.random() < 0.2:
            transaction.put("missing" * 100, 0, [(b"k", b"v")])  # fails inside the write transaction
            with pytest.raises(Exception, match="cannot be named"):
                transaction.commit()
        else:
            transaction.commit()
            for k, value in changes:
                if value is None:
                    model.pop(k, None)
                else:
                    model[k] = value
        if dice.random() < 0.05:
            log.close()
            log = EmbeddedLog(tmp_path)
        if dice.random() < 0.01:
            log.drop_store("q/")
            model.clear()
        frozen += any(o.frozen for o in log._stores._deltas._overlays.values())
        asked = [key(dice.randrange(300)) for _ in range(20)]
        lookup = log.lookup("q/s", 0)
        assert [lookup.get(k) for k in asked] == [model.get(k) for k in asked]
        lookup.close()
        assert [log.get("q/s", 0, k) for k in asked] == [model.get(k) for k in asked]
        low, high = sorted(dice.sample(asked, 2)) if dice.random() < 0.7 else (None, None)
        expected = sorted((k, v) for k, v in model.items() if (low is None or k >= low) and (high is None or k < high))
        assert list(log.scan("q/s", 0, low, high)) == expected
    assert frozen > 10
    log.close()


def test_frozen_deltas_are_merged_and_go(tmp_path: Path) -> None:
    """After enough commits the store has its values in place and few deltas are left."""
    with EmbeddedLog(tmp_path) as log:
        for number in range(200):
            with log.begin("x") as transaction:
                transaction.put("q/s", 0, [(key(i), b"%d" % number) for i in range(number % 7, 300, 7)])
        with log._env.read() as txn:
            assert txn.stat(db=log._env.deltas)["entries"] < 20
            assert txn.stat(db=log._env.state)["entries"] == 300
        assert len(list(log.scan("q/s", 0))) == 300
