"""Automatic restarts, with the time given: pauses that grow, an end, and a history that says what happened."""

from __future__ import annotations

from typing import Any

import pytest

from millstream.connect.restarts import BACKOFF, CALM_MS, MAX, Course, Policy, faults_of, policy_of, step, told


def _status(task: str, connector: str = "RUNNING") -> dict[str, Any]:
    trace = {"trace": "ConnectException: gone\n\tat x"} if task == "FAILED" else {}
    return {"connector": {"state": connector}, "tasks": [{"id": 0, "state": task, **trace}]}


def test_pauses_double_until_the_restarts_are_used_up() -> None:
    policy, course, restarted = Policy(3, 1000), Course(), list[int]()
    for now in range(0, 20_000, 500):
        if step(policy, course, _status("FAILED"), now):
            restarted.append(now)
    # Each failure is seen half a second after the restart before it.
    assert restarted == [1000, 3500, 8000]
    assert course.over
    assert [e.what for e in course.history] == [
        *["failed: ConnectException: gone", "restarted (1 of 3)", "failed: ConnectException: gone", "restarted (2 of 3)"],
        *["failed: ConnectException: gone", "restarted (3 of 3)", "failed, and is not restarted any more: ConnectException: gone"],
    ]
    assert told(policy, course)[0].startswith("Restarted by itself up to 3 times, first after 1 s: 3 so far, no more until 10 minutes")
    assert told(policy, course)[1] == "1970-01-01T00:00:00.000Z failed: ConnectException: gone"


def test_no_pause_is_longer_than_ten_minutes_and_without_end_has_none() -> None:
    assert [Policy(-1, 100_000).pause(n) for n in (0, 2, 3, 500)] == [100_000, 400_000, 600_000, 600_000]
    assert Policy(-1, 3_600_000).pause(9) == 3_600_000
    assert Policy(-1, 1).allows(10**9)


def test_what_runs_for_long_counts_anew() -> None:
    """After an hour of running, the first pause is the first one again."""
    policy, course = Policy(1, 1000), Course()
    for now, task in ((0, "FAILED"), (1000, "FAILED"), (2000, "RUNNING"), (2000 + CALM_MS - 1, "RUNNING")):
        step(policy, course, _status(task), now)
    assert course.restarts == 1
    step(policy, course, _status("RUNNING"), 2000 + CALM_MS)
    assert (course.restarts, course.over) == (0, False)
    step(policy, course, _status("FAILED"), 3_600_000)
    assert course.due == 3_601_000


@pytest.mark.parametrize("state", ["PAUSED", "STOPPED"])
def test_what_somebody_stopped_stays_stopped(state: str) -> None:
    course = Course()
    step(Policy(5, 1000), course, _status("FAILED"), 0)
    assert not step(Policy(5, 1000), course, _status("FAILED", state), 1000)
    assert course.due is None


def test_more_restarts_than_before_go_on() -> None:
    """ALTER CONNECTOR ... SET ('millstream.restart.max'=...) after the end."""
    course = Course(restarts=2, over=True)
    assert not step(Policy(2, 1000), course, _status("FAILED"), 0)
    step(Policy(3, 1000), course, _status("FAILED"), 0)
    assert (course.over, course.due) == (False, 4000)


def test_a_history_keeps_the_last() -> None:
    course = Course()
    for n in range(50):
        course.note(n, str(n))
    assert [e.what for e in course.history] == [str(n) for n in range(30, 50)]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({}, None),
        ({MAX: "0"}, None),
        ({MAX: "3"}, Policy(3, 10_000)),
        ({MAX: "-1", BACKOFF: "50"}, Policy(-1, 50)),
        ({MAX: "often"}, None),
        ({MAX: "${env:MANY}"}, None),
    ],
)
def test_a_configuration_says_how(config: dict[str, str], expected: Policy | None) -> None:
    assert policy_of(config) == expected


def test_values_that_make_no_sense_are_faults() -> None:
    assert faults_of({MAX: "many", BACKOFF: "0"}) == [
        f"{MAX} - Invalid value many for configuration {MAX}: expected a whole number of at least -1.",
        f"{BACKOFF} - Invalid value 0 for configuration {BACKOFF}: expected a whole number of at least 1.",
    ]
