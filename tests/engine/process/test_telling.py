"""What is known of the queries of an engine that is busy."""

from __future__ import annotations

from typing import Any

import pytest

from millstream.engine.process.connection import EngineGone, Receiver
from millstream.engine.process.telling import RECENT_S, Told
from millstream.errors import ExecutionError
from millstream.runtime import QueryStatus

RUNNING, LATE = QueryStatus("RUNNING"), QueryStatus("RUNNING", lag=7)


class Engine:
    """Is asked, and answers when told to."""

    def __init__(self) -> None:
        self.receivers: list[Receiver] = []
        self.now = 0.0
        self.told = Told(lambda: self.now)

    def ask(self, receiver: Receiver) -> None:
        self.receivers.append(receiver)

    def answers(self, payload: Any, kind: str = "ok") -> None:
        self.receivers.pop()(kind, payload, 0)

    def ask_and_answer(self, receiver: Receiver) -> None:
        receiver("ok", {"q": RUNNING}, 0)


def test_an_answer_in_time_is_what_is_known() -> None:
    engine = Engine()
    assert engine.told.hear(engine.ask_and_answer, 0)
    assert engine.told.statuses == {"q": RUNNING}
    assert engine.told.recent(["q"])


def test_a_busy_engine_is_asked_once_and_its_late_answer_counts() -> None:
    """Whoever asks meanwhile does not add to its work."""
    engine = Engine()
    assert not engine.told.hear(engine.ask, 0)
    assert not engine.told.hear(engine.ask, 0)
    assert len(engine.receivers) == 1
    engine.answers({"q": LATE})
    assert engine.told.statuses == {"q": LATE}
    assert engine.told.recent(["q"])


def test_what_it_tells_by_itself_is_recent_for_a_while() -> None:
    engine = Engine()
    assert not engine.told.recent([])
    engine.told.learn("told", {"q": LATE})
    assert engine.told.recent(["q"])
    assert not engine.told.recent(["q", "newer"])
    engine.now = RECENT_S
    assert not engine.told.recent(["q"])


def test_a_command_makes_it_out_of_date() -> None:
    engine = Engine()
    engine.told.learn("told", {"q": LATE})
    engine.told.forget()
    assert not engine.told.recent(["q"])


@pytest.mark.parametrize(("kind", "payload", "error"), [("gone", None, EngineGone), ("error", ExecutionError("no"), ExecutionError)])
def test_an_end_is_raised_and_it_can_be_asked_again(kind: str, payload: Any, error: type[Exception]) -> None:
    engine = Engine()
    engine.told.learn("told", {"q": LATE})
    with pytest.raises(error):
        engine.told.hear(lambda receiver: receiver(kind, payload, 0), 0)
    assert not engine.told.recent(["q"])
    assert engine.told.hear(engine.ask_and_answer, 0)


def test_one_that_cannot_be_asked_is_asked_again() -> None:
    engine = Engine()

    def refuse(_: Receiver) -> None:
        raise EngineGone("gone")

    with pytest.raises(EngineGone):
        engine.told.hear(refuse, 0)
    assert engine.told.hear(engine.ask_and_answer, 0)
