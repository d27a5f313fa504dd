"""The zones that Java calls ``SystemV/EST5EDT`` and the like: the rules of System V's TZ, from the last Sunday in April to that in October.

What may not live here: other zones.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo

_IDS = "AST4 AST4ADT CST6 CST6CDT EST5 EST5EDT HST10 MST7 MST7MDT PST8 PST8PDT YST9 YST9YDT"
NAMES = frozenset(f"SystemV/{name}" for name in _IDS.split())
#: First days of summer in the years of the oil crisis; its last ones followed the rule, but for 1974.
_FIRST = {1974: (1, 6), 1975: (2, 23)}
_LAST_SUNDAY = {1974: 11}


class SystemV(tzinfo):
    """One of them. ``key`` is Java's ID."""

    def __init__(self, key: str) -> None:
        self.key = key
        hours = re.search(r"[0-9]+", key)
        assert hours is not None
        self._standard = timedelta(hours=-int(hours[0]))
        self._has_summer = key.endswith("DT")

    def utcoffset(self, moment: datetime | None) -> timedelta:
        return self._standard + self.dst(moment)

    def dst(self, moment: datetime | None) -> timedelta:
        summer = self._has_summer and moment is not None and _is_summer(moment.replace(tzinfo=None), moment.fold)
        return timedelta(hours=1) if summer else timedelta()

    def tzname(self, moment: datetime | None) -> str:  # noqa: ARG002 - the base class names it
        return self.key

    def fromutc(self, moment: datetime) -> datetime:
        standard = moment + self._standard
        first, last = _summer(standard.year)
        here = standard.replace(tzinfo=None)
        if self._has_summer and first <= here < last - timedelta(hours=1):
            return standard + timedelta(hours=1)
        return standard.replace(fold=1 if self._has_summer and last - timedelta(hours=1) <= here < last else 0)

    def __reduce__(self) -> tuple[type[SystemV], tuple[str]]:
        return SystemV, (self.key,)


def _is_summer(local: datetime, fold: int) -> bool:
    first, last = _summer(local.year)
    # The hour that the clocks skip still counts by the time before it; the hour that they repeat is summer the first time.
    return first + timedelta(hours=1) <= local < last - timedelta(hours=1 if fold else 0)


def _summer(year: int) -> tuple[datetime, datetime]:
    """Its first and last instant on the clock before the change."""
    first = datetime(year, *_FIRST[year]) if year in _FIRST else _last_sunday(year, 4)
    return first + timedelta(hours=2), _last_sunday(year, _LAST_SUNDAY.get(year, 10)) + timedelta(hours=2)


def _last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 30 if month in (4, 11) else 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)
