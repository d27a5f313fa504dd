"""Texts that stand for times: ``ROWTIME > '2020-02-24T12'`` compares milliseconds.

Only ROWTIME, WINDOWSTART and WINDOWEND compared with a string literal are meant; DATE, TIME and TIMESTAMP columns have their own rules.
"""

from __future__ import annotations

import calendar
import dataclasses
import datetime
import re

from millstream.errors import BindError
from millstream.plan.bind.walk import rewrite
from millstream.sql import tree

_MAGIC = {"ROWTIME", "WINDOWSTART", "WINDOWEND"}
_TEXT = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d{1,2}))?(?:-(?P<day>\d{1,2}))?"
    r"(?:T(?:(?P<hour>\d{1,2})(?::(?P<minute>\d{1,2}))?(?::(?P<second>\d{1,2}))?(?:\.(?P<milli>\d{1,3}))?)?)?"
    r"(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)


def replace_magic_times(expr: tree.Expr) -> tree.Expr:
    """``expr`` with such texts turned into whole numbers. Raises BindError for a text that is no time."""

    def change(node: tree.Expr) -> tree.Expr | None:
        if isinstance(node, tree.Binary) and (_is_magic(node.left) or _is_magic(node.right)):
            return dataclasses.replace(node, left=_time(node.left), right=_time(node.right))
        if isinstance(node, tree.Between) and _is_magic(node.operand):
            return dataclasses.replace(node, low=_time(node.low), high=_time(node.high))
        return None

    return rewrite(expr, change)


def _is_magic(expr: tree.Expr) -> bool:
    return isinstance(expr, tree.Name) and expr.name in _MAGIC


def _time(expr: tree.Expr) -> tree.Expr:
    if not isinstance(expr, tree.String):
        return expr
    millis = parse_time(expr.value)
    if millis is None:
        raise BindError(
            f"Failed to parse timestamp '{expr.value}'",
            hint="Timestamp format must be yyyy-MM-ddTHH:mm:ss[.SSS], from the right any part may be left out.",
            position=expr.at,
        )
    number = tree.Integer(abs(millis), at=expr.at)
    return tree.Unary("-", number, at=expr.at) if millis < 0 else number


def parse_time(text: str, *, exact: bool = False) -> int | None:
    """Milliseconds of a complete or partial ISO time (UTC unless it names an offset); None where the text is no time.

    The 31st of a shorter month is its last day, as in CAST, unless the day must be ``exact``.
    """
    found = _TEXT.fullmatch(text)
    if found is None:
        return None
    part = found.groupdict()
    year, month, day, hour = (int(part[name] or least) for name, least in (("year", 0), ("month", 1), ("day", 1), ("hour", 0)))
    if not (year > 0 and 0 < month < 13 and 0 < day < 32):
        return None
    day = day if exact else min(day, calendar.monthrange(year, month)[1])
    extra = 86_400_000 if hour == 24 else 0
    try:
        moment = datetime.datetime(
            year,
            month,
            day,
            0 if hour == 24 else hour,
            int(part["minute"] or 0),
            int(part["second"] or 0),
            int((part["milli"] or "0").ljust(3, "0")) * 1000,
            tzinfo=datetime.UTC,
        )
    except ValueError:
        return None
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return (moment - epoch) // datetime.timedelta(milliseconds=1) + extra - _offset(part["zone"])


def _offset(zone: str | None) -> int:
    if zone in (None, "Z"):
        return 0
    assert zone is not None
    digits = zone[1:].replace(":", "")
    millis = (int(digits[:2]) * 60 + int(digits[2:])) * 60_000
    return -millis if zone[0] == "-" else millis
