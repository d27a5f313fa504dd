"""Damaged records of every format end in a row or in the processing log; never in a dead query, a lost record or a wrong type."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from functools import partial

import pytest

from tests.fuzz import keys
from tests.fuzz.records import FORMATS, Through, campaign

Found = Callable[[list[bytes], BaseException], None]


def _values(name: str, count: int, seed: int, found: Found) -> int:
    return campaign(partial(Through, name), count, seed, found)


def _keys(name: str, count: int, seed: int, found: Found) -> int:
    """The same number for each shape of the key."""
    shapes = keys.shapes(name)
    each = max(count // len(shapes), 1)
    return sum(campaign(partial(keys.KeyThrough, name, *shape), each, seed, found) for shape in shapes)


def _check(run: Callable[[str, int, int, Found], int], name: str, count: int, seed: int) -> None:
    found: list[str] = []
    print(f"{count} records of {name} from seed {seed}")
    rows = run(name, count, seed, lambda damaged, error: found.append(f"{type(error).__name__}: {error}\n  by {damaged[0][:300]!r}"))
    assert not found, f"{name}, seed {seed}: {len(found)} of {count} records went wrong:\n" + "\n".join(found[:10])
    assert rows > count // 100, "hardly a record gave a row: the fuzzer tests refusals only"


def _long() -> tuple[int, int]:
    """``MILLSTREAM_FUZZ_RECORDS`` of them a format, from ``MILLSTREAM_FUZZ_SEED`` or a new seed each time, which is printed."""
    count = int(os.environ.get("MILLSTREAM_FUZZ_RECORDS", "20000"))
    return count, int(os.environ.get("MILLSTREAM_FUZZ_SEED", "0")) or random.Random(time.time_ns()).randrange(1 << 30)


@pytest.mark.parametrize("name", FORMATS)
def test_damaged_values(name: str) -> None:
    """The short form: the same records each time."""
    _check(_values, name, 1000, 20)


@pytest.mark.parametrize("name", keys.FORMATS)
def test_damaged_keys(name: str) -> None:
    """Keys of one column of each type, of many columns, and of windows."""
    _check(_keys, name, 1500, 20)


@pytest.mark.long
@pytest.mark.parametrize("name", FORMATS)
def test_many_damaged_values(name: str) -> None:
    """The long form."""
    _check(_values, name, *_long())


@pytest.mark.long
@pytest.mark.parametrize("name", keys.FORMATS)
def test_many_damaged_keys(name: str) -> None:
    """The long form."""
    _check(_keys, name, *_long())
