"""Damaged statements end in a result or in an error for people; never in another exception, a hang or a dead query."""

from __future__ import annotations

import os
import random
import time

import pytest

from tests.fuzz.statements import campaign


def _check(count: int, seed: int) -> None:
    found: list[str] = []
    print(f"{count} statements from seed {seed}")
    run, accepted = campaign(count, seed, lambda text, error: found.append(f"{type(error).__name__}: {error}\n  by {text[:1000]}"))
    assert not found, f"seed {seed}: {len(found)} of {run} statements went wrong:\n" + "\n".join(found[:10])
    assert accepted > count // 20, "hardly a statement was accepted: the fuzzer tests refusals only"


def test_damaged_statements() -> None:
    """The short form: the same statements each time."""
    _check(2000, 20)


@pytest.mark.long
def test_many_damaged_statements() -> None:
    """``MILLSTREAM_FUZZ_STATEMENTS`` of them, from ``MILLSTREAM_FUZZ_SEED`` or a new seed each time, which is printed."""
    count = int(os.environ.get("MILLSTREAM_FUZZ_STATEMENTS", "50000"))
    seed = int(os.environ.get("MILLSTREAM_FUZZ_SEED", "0")) or random.Random(time.time_ns()).randrange(1 << 30)
    _check(count, seed)
