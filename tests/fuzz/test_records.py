"""Damaged records of every format end in a row or in the processing log; never in a dead query, a lost record or a wrong type."""

from __future__ import annotations

import os
import random
import time

import pytest

from tests.fuzz.records import FORMATS, campaign


def _check(name: str, count: int, seed: int) -> None:
    found: list[str] = []
    print(f"{count} records of {name} from seed {seed}")
    rows = campaign(name, count, seed, lambda values, error: found.append(f"{type(error).__name__}: {error}\n  by {values[0][:300]!r}"))
    assert not found, f"{name}, seed {seed}: {len(found)} of {count} records went wrong:\n" + "\n".join(found[:10])
    assert rows > count // 100, "hardly a record gave a row: the fuzzer tests refusals only"


@pytest.mark.parametrize("name", FORMATS)
def test_damaged_records(name: str) -> None:
    """The short form: the same records each time."""
    _check(name, 1000, 20)


@pytest.mark.long
@pytest.mark.parametrize("name", FORMATS)
def test_many_damaged_records(name: str) -> None:
    """``MILLSTREAM_FUZZ_RECORDS`` of them a format, from ``MILLSTREAM_FUZZ_SEED`` or a new seed each time, which is printed."""
    count = int(os.environ.get("MILLSTREAM_FUZZ_RECORDS", "20000"))
    seed = int(os.environ.get("MILLSTREAM_FUZZ_SEED", "0")) or random.Random(time.time_ns()).randrange(1 << 30)
    _check(name, count, seed)
