"""WINDOW TUMBLING | HOPPING | SESSION (...), WITHIN of a join, and the lengths of time in them."""

from __future__ import annotations

from millstream.sql.parser.cursor import Cursor
from millstream.sql.tree import Duration, Window, Within
from millstream.sql.words import WINDOW_UNITS

_UNITS = tuple(sorted(WINDOW_UNITS))
_KINDS = ("TUMBLING", "HOPPING", "SESSION")


def duration(c: Cursor, what: str) -> Duration:
    """``5 MINUTES``. ``what`` names it in errors: a length cannot be negative."""
    at = c.here()
    number = c.integer(what)
    if number < 0:
        c.refuse(f"{what} must not be negative.", None, at)
    return Duration(number, c.one_of(*_UNITS))


def window(c: Cursor) -> Window:
    """What follows WINDOW, with the name that may stand before the kind."""
    at = c.here()
    name = None
    if not c.at(*_KINDS) and c.at_name() and c.peek(1) in _KINDS:
        name = c.name()
    kind = c.one_of(*_KINDS)
    c.expect("(")
    if kind != "SESSION":
        c.expect("SIZE")
    size = duration(c, "The gap of a SESSION window" if kind == "SESSION" else "The SIZE of a window")
    advance = None
    if kind == "HOPPING":
        c.expect(",", "ADVANCE", "BY")
        advance = duration(c, "ADVANCE BY")
    retention = duration(c, "RETENTION") if c.accept_all(",", "RETENTION") else None
    lateness = _grace(c) if c.accept_all(",", "GRACE") else None
    c.expect(")")
    return Window(kind, size, advance, retention, lateness, name, at=at)


def _grace(c: Cursor) -> Duration:
    c.expect("PERIOD")
    return duration(c, "GRACE PERIOD")


def within(c: Cursor) -> Within:
    """What follows WITHIN: one length for both sides, or ``(before, after)``."""
    if c.accept("("):
        before = duration(c, "WITHIN")
        c.expect(",")
        after = duration(c, "WITHIN")
        c.expect(")")
        symmetric = False
    else:
        before = after = duration(c, "WITHIN")
        symmetric = True
    return Within(before, after, _grace(c) if c.accept("GRACE") else None, symmetric)
