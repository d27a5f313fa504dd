"""Texts that stand for times beside ROWTIME and window bounds."""

from __future__ import annotations

import pytest

from millstream.errors import BindError
from millstream.plan.bind.magic import parse_time
from tests.plan.conftest import Binder

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("text", "millis"),
    [
        ("1970", 0),
        ("1970-01-02", 24 * HOUR),
        ("1970-01-01T01", HOUR),
        ("1970-01-01T24", 24 * HOUR),
        ("1970-01-01T00:00:01.5", 1500),
        ("1970-01-01T00:00:00+01:00", -HOUR),
        ("1970-01-01T00:00:00-0130", 90 * 60_000),
        ("1969-12-31T23:59:59.999Z", -1),
        ("1970-02-31", 58 * 24 * HOUR),
        ("1970-13", None),
        ("1970-01-32", None),
        ("0000", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_parts_may_be_left_out_from_the_right(text: str, millis: int | None) -> None:
    """UTC unless the text names an offset; None for what is no time."""
    assert parse_time(text) == millis


def test_a_text_that_is_no_time_is_refused(sql: Binder) -> None:
    """Only where it is compared with a pseudo column that is a time."""
    with pytest.raises(BindError, match="Failed to parse timestamp 'soon'"):
        sql.plan("SELECT A FROM S WHERE ROWTIME > 'soon' EMIT CHANGES;")
    assert sql.schema("SELECT A FROM S WHERE B > 'soon' EMIT CHANGES;") == "`A` INTEGER"
