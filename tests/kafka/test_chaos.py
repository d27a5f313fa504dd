"""Server and broker are killed, at random and at each named point of a commit: the output is that of an undisturbed run."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.kafka.chaos import STRIKES, Chaos, expected

ROUNDS = 30
#: After so many rounds the output is looked at.
LOOK = 5


def survive(folder: Path, strikes: list[str], seed: int) -> None:
    chaos = Chaos(folder, seed)
    try:
        for number, kind in enumerate(strikes, 1):
            chaos.strike(kind)
            print(f"round {number}: {kind}, {chaos.views} views", flush=True)
            if number % LOOK == 0 or number == len(strikes):
                assert chaos.outcome() == expected(chaos.views), f"after round {number}"
    finally:
        chaos.close()


@pytest.mark.slow
def test_a_few_deaths(tmp_path: Path) -> None:
    """The engine in the middle of a commit, the server, the broker."""
    seed = int(os.environ.get("MILLSTREAM_SEED", "1"))
    survive(tmp_path, ["kafka.committed", "server", "broker"], seed)


@pytest.mark.long
def test_thirty_deaths(tmp_path: Path) -> None:
    """Every point, and as many again at random. The seed is printed; MILLSTREAM_SEED repeats it."""
    seed = int(os.environ.get("MILLSTREAM_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"seed {seed}", flush=True)
    dice = random.Random(seed)
    strikes = [*STRIKES[2:], *(dice.choice(("server", "broker")) for _ in range(ROUNDS - len(STRIKES) + 2))]
    dice.shuffle(strikes)
    survive(tmp_path, strikes, seed)
