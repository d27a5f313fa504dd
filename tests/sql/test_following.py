"""Scripts assert the records of a relation one after the other."""

from __future__ import annotations

from millstream.sql import parse_one, tree
from millstream.sql.following import Following


def _next(following: Following, text: str) -> int | None:
    """The OFFSET with which the statement is sent; it then counts as done."""
    statement = parse_one(text)
    assert isinstance(statement, tree.AssertValues)
    sent = parse_one(following.placed(statement, text))
    assert isinstance(sent, tree.AssertValues)
    assert (sent.name, sent.values, sent.timeout_ms) == (statement.name, statement.values, statement.timeout_ms)
    following.passed(statement)
    return sent.offset


def test_each_assertion_goes_on_behind_the_one_before() -> None:
    """Relations are counted apart; TIMEOUT and comments do not disturb; an OFFSET moves the place."""
    following = Following()
    assert _next(following, "ASSERT VALUES a (x) VALUES (1);") == 0
    assert _next(following, "ASSERT NULL VALUES a (x) KEY ('timeout') TIMEOUT 1 SECOND -- time out\n;") == 1
    assert _next(following, "ASSERT VALUES b (x) VALUES (1) -- TIMEOUT\n;") == 0
    assert _next(following, "ASSERT VALUES a (x) VALUES (1) OFFSET 7;") == 7
    assert _next(following, "ASSERT VALUES a (x) VALUES (1);") == 8


def test_a_deleted_topic_begins_anew() -> None:
    """DROP without DELETE TOPIC leaves the records."""
    following = Following()
    _next(following, "ASSERT VALUES a (x) VALUES (1);")
    following.passed(parse_one("DROP STREAM a;"))
    assert _next(following, "ASSERT VALUES a (x) VALUES (1);") == 1
    following.passed(parse_one("DROP STREAM a DELETE TOPIC;"))
    assert _next(following, "ASSERT VALUES a (x) VALUES (1);") == 0
