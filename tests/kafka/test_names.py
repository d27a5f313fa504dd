"""Names of what a service keeps on Kafka."""

from __future__ import annotations

import re

from millstream.log.kafka.names import Names

_LEGAL = re.compile(r"[A-Za-z0-9._-]{1,249}")


def test_a_group_of_any_length_has_a_legal_topic_of_its_own() -> None:
    """Names that differ only far behind, or in a letter that is no ASCII, have different topics; each is found again by its store."""
    names = Names("default_")
    groups = [f"connect-{'n' * length}{end}" for length in (1, 80, 200, 5000) for end in ("", "a", "ö")]
    topics = {names.changelog(names.positions(group)) for group in groups}
    assert len(topics) == len(groups)
    assert all(_LEGAL.fullmatch(topic) for topic in topics)
    assert {names.store(topic) for topic in topics} == {names.positions(group) for group in groups}


def test_short_groups_keep_their_names() -> None:
    """What services have written is found by those that come later."""
    names = Names("default_")
    for group in ("connect-sink", "CSAS_A_1", f"connect-{'n' * 87}"):
        assert names.positions(group) == f"{group}/positions"


def test_a_kept_name_stands_for_the_same_group() -> None:
    """Groups are listed as they are kept, and can be asked for and dropped by that name."""
    names = Names("default_")
    kept = names.group(names.positions("connect-" + "n" * 300))
    assert kept is not None
    assert names.positions(kept) == names.positions("connect-" + "n" * 300)
