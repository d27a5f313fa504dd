"""Who leads a service, among servers of one process: whoever announced so last, as long as the announcements go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import pytest

from millstream.log.base import TakenOver, Unavailable
from millstream.log.kafka import KafkaLog, leader, writers
from millstream.log.kafka.leader import Membership
from millstream.log.kafka.writer import Writer
from tests.kafka.conftest import now_ms
from tests.kafka.servers import until

#: Shorter than in earnest, in seconds.
SESSION_S = 2.0
Join = Callable[[str], Membership]


@pytest.fixture
def logs(bootstrap: str, service: str, tmp_path: Path) -> Iterator[Callable[[str], KafkaLog]]:
    """The logs of servers of one service, by name."""
    made: dict[str, KafkaLog] = {}

    def open_log(name: str) -> KafkaLog:
        if name not in made:
            made[name] = KafkaLog({"bootstrap.servers": bootstrap}, tmp_path / name, service, now_ms, led=True)
        return made[name]

    yield open_log
    for log in made.values():
        log.close()


@pytest.fixture
def join(logs: Callable[[str], KafkaLog], monkeypatch: pytest.MonkeyPatch) -> Iterator[Join]:
    """Has a server of that name stand for leadership; its address is its name."""
    monkeypatch.setattr(leader, "SESSION_S", SESSION_S)
    monkeypatch.setattr(leader, "BEAT_S", 0.2)
    made: list[Membership] = []

    def stand(name: str) -> Membership:
        made.append(logs(name).join(name))
        return made[-1]

    yield stand
    for member in made:
        member.close()


class Sleep:
    """Holds a method of a membership up, as if its process was stopped."""

    def __init__(self, member: Membership, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self._go_on, self.asleep = threading.Event(), threading.Event()
        step = getattr(member, method)

        def held(*given: Any) -> Any:
            self.asleep.set()
            self._go_on.wait(60)
            return step(*given)

        monkeypatch.setattr(member, method, held)

    def end(self) -> None:
        self._go_on.set()


def leads(member: Membership, seconds: float = 20) -> None:
    until(lambda: member.leads, bool, seconds)


def follows(member: Membership, address: str) -> None:
    until(lambda: (member.follows, member.leader()), lambda found: found == (True, address), 20)


def led_and_followed(join: Join) -> tuple[Membership, Membership]:
    """A leads, and b has seen it."""
    a = join("a")
    leads(a)
    b = join("b")
    follows(b, "a")
    return a, b


def test_others_that_come_and_go_change_nothing(join: Join) -> None:
    """The leader leads all the while, and each of the others learns who it is."""
    a = join("a")
    leads(a)
    for name in ("b", "c", "d"):
        other = join(name)
        follows(other, "a")
        assert a.leads
        assert not other.leads
        with pytest.raises(Unavailable, match=r"Whether this server still leads its service is not known\. Nothing is written"):
            other.check()
        other.close()
    assert a.leads
    assert not a.over
    a.check()


def test_whoever_ends_hands_over_at_once(join: Join) -> None:
    """It says so: nobody waits for the session to end."""
    a, b = led_and_followed(join)
    a.close()
    leads(b, SESSION_S / 2)
    assert not a.leads


def test_a_leader_that_sleeps_is_replaced_and_gives_way(join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the other leads the sleeper does not any more, asleep or awake; and the other goes on leading when it wakes up."""
    a, b = led_and_followed(join)
    sleep = Sleep(a, "_announce", monkeypatch)
    assert sleep.asleep.wait(10)
    leads(b)
    assert not a.leads
    with pytest.raises(Unavailable, match=r"is not known: Kafka has not told for \d+ s"):
        a.check()
    sleep.end()
    until(lambda: a.over, bool, 10)
    with pytest.raises(TakenOver):
        a.check()
    c = join("a")  # as the server does, in its next term
    follows(c, "b")
    assert b.leads
    assert not b.over


def test_a_sleeper_that_nobody_replaced_leads_on(join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its session has ended; nobody else has led."""
    a = join("a")
    leads(a)
    sleep = Sleep(a, "_announce", monkeypatch)
    assert sleep.asleep.wait(10)
    until(lambda: a.leads, lambda found: not found, 10)
    sleep.end()
    leads(a)
    assert not a.over


def test_a_standby_that_slept_takes_nothing_over(join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    """For longer than a session it has heard nothing of the leader, but only because it did not listen."""
    a, b = led_and_followed(join)
    sleep = Sleep(b, "_stand", monkeypatch)
    assert sleep.asleep.wait(10)
    slept = time.monotonic()
    until(time.monotonic, lambda now: now - slept > SESSION_S * 1.5, 10)
    writer = a._writer
    sleep.end()
    place = b._place
    until(lambda: b._place, lambda now: now > place, 10)
    assert a.leads
    assert a._writer is writer  # it was not even fenced
    assert not b.leads


def test_whoever_is_late_with_its_claim_gives_way(join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that found the leader gone, and slept before it took the id: the leader that came meanwhile takes it back."""
    a = join("a")
    leads(a)
    b, c = join("b"), join("c")
    follows(b, "a")
    follows(c, "a")
    sleep = Sleep(b, "_write", monkeypatch)
    a.close()
    assert sleep.asleep.wait(10)
    leads(c)
    writer = c._writer
    sleep.end()
    until(lambda: c._writer, lambda now: now is not None and now is not writer, 20)
    leads(c)
    assert not c.over
    assert not b.leads
    follows(b, "c")


def test_a_server_that_was_killed_waits_no_session(join: Join) -> None:
    """What its data directory announced last is no other server."""
    a = join("a")
    leads(a)
    a._closing.set()  # without a last word
    a._thread.join()
    leads(join("a"), SESSION_S / 2)


def test_a_copy_of_a_data_directory_follows(join: Join, tmp_path: Path) -> None:
    """The server that it was copied from lives."""
    a = join("a")
    leads(a)
    (tmp_path / "copy").mkdir()
    copytree(tmp_path / "a" / "kafka", tmp_path / "copy" / "kafka", ignore=ignore_patterns("locks", "*.mdb"))
    copy = join("copy")
    follows(copy, "a")
    began = time.monotonic()
    until(time.monotonic, lambda now: now - began > SESSION_S / 2, 10)
    assert not copy.leads
    assert a.leads


def test_whoever_sleeps_before_it_becomes_a_writer_writes_nothing(
    join: Join, logs: Callable[[str], KafkaLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It led when it was asked; when it wakes up it fences the new leader, but sees that it may not write."""
    a, b = led_and_followed(join)
    sleep = Sleep(a, "_announce", monkeypatch)
    assert sleep.asleep.wait(10)

    late: list[str] = []

    def become(owner: str, *given: Any) -> Writer:
        if owner == "_journal":
            leads(b)
            late.append(owner)
        return Writer(owner, *given)

    def write() -> None:
        with logs("a").begin("_journal") as transaction:
            transaction.put("_journal/definitions", 0, [(b"k", b"v")])
            transaction.commit()

    monkeypatch.setattr(writers, "Writer", become)
    try:
        with pytest.raises(Unavailable, match="Whether this server still leads"):
            write()
    finally:
        sleep.end()
    assert late
    assert b.leads
    assert logs("b").get("_journal/definitions", 0, b"k") is None


def test_an_id_taken_by_a_stranger_is_taken_back(join: Join, bootstrap: str, service: str) -> None:
    """It announces nothing: the leader leads on."""
    from confluent_kafka import Producer

    a = join("a")
    leads(a)
    writer = a._writer
    stranger = Producer({"bootstrap.servers": bootstrap, "transactional.id": f"_millstream-{service}-_leader"})
    stranger.init_transactions(30)
    until(lambda: a._writer, lambda now: now is not None and now is not writer, 20)
    leads(a)
    assert not a.over


def test_a_deleted_topic_is_made_anew(join: Join, logs: Callable[[str], KafkaLog], service: str) -> None:
    """Somebody deletes it: the leader leads on, and others read there who it is."""
    a = join("a")
    leads(a)
    writer = a._writer
    logs("x").delete(f"_millstream-{service}-leader")
    until(lambda: a._writer, lambda now: now is not None and now is not writer, 40)
    leads(a)
    b = join("b")
    follows(b, "a")
    assert a.leads
    assert not a.over
