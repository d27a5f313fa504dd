"""A timestamp, date or time printed by a DateTimeFormatter pattern.

What may not live here: parsing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, tzinfo

from millstream.dataclass import dataclass
from millstream.engine.values.javatime import names, zones
from millstream.engine.values.javatime.civil import MODIFIED_JULIAN, civil_of, day_of_week, day_of_year, us_week, week_of_month
from millstream.engine.values.javatime.pattern import Element, Literal, Number, Optional, compile_pattern
from millstream.errors import RecordError

DAY = 86_400_000
_TIME_LETTERS = frozenset("aBhKkHmsSAnN")
_ZONE_LETTERS = frozenset("VzOXxZ")


@dataclass(frozen=True, slots=True)
class _Moment:
    """What is printed: days and milliseconds of the day, local; None where a date or a time has no such part."""

    days: int | None
    millis: int | None
    instant: int = 0
    offset: int = 0
    zone: tzinfo | None = None


def format_pattern(instant: int, pattern: str, zone: tzinfo = UTC) -> str:
    """A timestamp in a zone. Raises RecordError for a pattern that cannot be used."""
    parts = compile_pattern(pattern)
    offset = 0 if zone is UTC else zones.offset_at(zone, instant)
    days, millis = divmod(instant + offset, DAY)
    return _print(parts, _Moment(days, millis, instant, offset, zone))


def format_date(days: int, pattern: str) -> str:
    """A date. Raises RecordError where the pattern asks for a time or a zone."""
    return _print(compile_pattern(pattern), _Moment(days, None))


def format_time(millis: int, pattern: str) -> str:
    """A time. Raises RecordError where the pattern asks for a date or a zone."""
    return _print(compile_pattern(pattern), _Moment(None, millis))


def _print(parts: tuple[Element, ...], moment: _Moment) -> str:
    shown: list[str] = []
    for part in parts:
        if isinstance(part, Literal):
            shown.append(part.text)
        elif isinstance(part, Optional):
            try:
                shown.append(_print(part.parts, moment))
            except RecordError:
                continue
        else:
            text = _number(part, moment) if isinstance(part, Number) else _name(part.letter, part.count, moment)
            if part.pad and len(text) > part.pad:
                raise RecordError(f"Cannot print {text!r} in {part.pad} places.")
            shown.append(text.rjust(part.pad))
    return "".join(shown)


def _need(letter: str, moment: _Moment) -> tuple[int, int]:
    source = moment.zone if letter in _ZONE_LETTERS else moment.millis if letter in _TIME_LETTERS else moment.days
    if source is None:
        kind = "date" if moment.millis is None else "time"
        raise RecordError(f"The pattern letter {letter} cannot be printed: a {kind} has no such field.")
    return moment.days or 0, moment.millis or 0


def _number(part: Number, moment: _Moment) -> str:
    days, millis = _need(part.letter, moment)
    rule = _TIME_NUMBERS.get(part.letter)
    value = _DATE_NUMBERS[part.letter](days) if rule is None else rule(millis)
    if part.letter == "S":
        return f"{millis % 1000:03}000000"[: part.low]
    if part.letter in "uyY" and part.low == part.high == 2:
        return f"{abs(value) % 100:02}"
    text = f"{abs(value):0{part.low}}"
    if part.low == part.high and len(text) > part.high:
        raise RecordError(f"The value {value} of pattern letter {part.letter} has more than {part.high} digits.")
    if value < 0:
        return "-" + text
    return "+" + text if part.sign == "EXCEEDS_PAD" and len(text) > part.low else text


def _name(letter: str, count: int, moment: _Moment) -> str:
    days, millis = _need(letter, moment)
    if letter == "a":
        return names.AM_PM[millis // 43_200_000]
    if letter == "B":
        return names.day_periods(count)[names.day_period_at(millis // 60_000)]
    if letter in "ML":
        return names.styled(names.MONTHS, count)[civil_of(days)[1] - 1]
    if letter in "Eec":
        return names.styled(names.DAYS, count)[day_of_week(days) - 1]
    if letter in "Qq":
        return names.quarters(count)[(civil_of(days)[1] - 1) // 3]
    if letter == "G":
        return names.eras(count)[1 if civil_of(days)[0] > 0 else 0]
    return _zone(letter, count, moment)


def _zone(letter: str, count: int, moment: _Moment) -> str:
    offset, zone = moment.offset, moment.zone or UTC
    if letter == "V":
        return zones.zone_id(zone)
    if letter in "zv":
        return zones.zone_name(zone, moment.instant, full=count == 4, generic=letter == "v")
    if letter == "O" or (letter == "Z" and count == 4):
        return "GMT" if not offset else "GMT" + _localized(offset, count)
    if letter == "Z":
        return zones.offset_text(offset, colon=count == 5, zero="Z" if count == 5 else "+0000", seconds=count == 5)
    zero = "Z" if letter == "X" else {1: "+00", 2: "+0000", 4: "+0000"}.get(count, "+00:00")
    return zones.offset_text(offset, colon=count in (3, 5), zero=zero, minutes="needed" if count == 1 else "always", seconds=count > 3)


def _localized(offset: int, count: int) -> str:
    text = zones.offset_text(offset, colon=True, zero="", minutes="always" if count == 4 else "needed")
    return text if count == 4 else text[0] + (text[2:] if text[1] == "0" else text[1:])


def _year_of_era(days: int) -> int:
    year = civil_of(days)[0]
    return year if year > 0 else 1 - year


_DATE_NUMBERS: dict[str, Callable[[int], int]] = {
    "u": lambda d: civil_of(d)[0],
    "y": _year_of_era,
    "Y": lambda d: us_week(d)[0],
    "w": lambda d: us_week(d)[1],
    "W": lambda d: week_of_month(d),
    "M": lambda d: civil_of(d)[1],
    "L": lambda d: civil_of(d)[1],
    "Q": lambda d: (civil_of(d)[1] - 1) // 3 + 1,
    "q": lambda d: (civil_of(d)[1] - 1) // 3 + 1,
    "d": lambda d: civil_of(d)[2],
    "D": lambda d: day_of_year(d),
    "e": lambda d: day_of_week(d) % 7 + 1,
    "c": lambda d: day_of_week(d) % 7 + 1,
    "F": lambda d: (civil_of(d)[2] - 1) % 7 + 1,
    "g": lambda d: d + MODIFIED_JULIAN,
}
_TIME_NUMBERS: dict[str, Callable[[int], int]] = {
    "H": lambda t: t // 3_600_000,
    "k": lambda t: t // 3_600_000 or 24,
    "K": lambda t: t // 3_600_000 % 12,
    "h": lambda t: t // 3_600_000 % 12 or 12,
    "m": lambda t: t // 60_000 % 60,
    "s": lambda t: t // 1000 % 60,
    "S": lambda t: t % 1000,
    "n": lambda t: t % 1000 * 1_000_000,
    "A": lambda t: t,
    "N": lambda t: t * 1_000_000,
}
