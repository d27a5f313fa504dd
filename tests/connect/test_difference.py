"""Changes of a configuration, key by key."""

from __future__ import annotations

from millstream.connect.difference import Difference, as_shown, changed, differences

CONFIG = {"name": "c", "a": "1", "key": "geheim", "url": "jdbc:x://u:geheim@h/d"}


def test_only_what_differs_is_a_change() -> None:
    changes = differences(CONFIG, [("b", "2"), ("a", "1")], ["name2", "key"], [])
    assert changes == [Difference("b", None, "2"), Difference("key", "geheim", None)]
    assert changed(CONFIG, changes) == {"name": "c", "a": "1", "url": CONFIG["url"], "b": "2"}


def test_a_masked_value_keeps_the_secret_it_hides() -> None:
    """By the class's own passwords, and inside URLs. Where nothing is hidden, the mask is a text like any other."""
    given = [("key", "[hidden]"), ("url", "jdbc:x://u:[hidden]@h/d"), ("a", "[hidden]")]
    assert differences(CONFIG, given, [], {"key"}) == [Difference("a", "1", "[hidden]")]


def test_secrets_are_masked_on_both_sides() -> None:
    changes = differences(CONFIG, [("key", "neu"), ("url", "jdbc:x://u:neu@h/d")], [], {"key"})
    assert as_shown(changes, {"key"}) == (
        Difference("key", "[hidden]", "[hidden]"),
        Difference("url", "jdbc:x://u:[hidden]@h/d", "jdbc:x://u:[hidden]@h/d"),
    )
