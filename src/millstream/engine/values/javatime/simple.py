"""SimpleDateFormat: lenient parsing that takes a prefix of the text, and its own meaning of some letters.

What may not live here: DateTimeFormatter.
"""

from __future__ import annotations

import functools
import re
from datetime import UTC

from millstream.engine.values.javatime import names, zones
from millstream.engine.values.javatime.civil import day_of_week, old_civil_of, old_days_of, us_week, week_of_month
from millstream.engine.values.javatime.lenient import instant_of
from millstream.errors import RecordError

DAY = 86_400_000
_LETTERS = frozenset("GyYMLwWDdFEuaHkKhmsSzZX")
_NUMBERS = frozenset("yYMLwWDdFuHkKhmsS")
_DIGITS = re.compile(r"-?[0-9]+")
#: Letters that are one field.
_SAME = {"L": "M", "u": "E", "k": "H", "h": "K"}
_SPACES = re.compile(r"[ \t]*")


@functools.lru_cache(maxsize=512)
def _parts(pattern: str) -> tuple[tuple[str, int, str], ...]:
    """(letter, count, "") or ("", 0, literal)."""
    parts: list[tuple[str, int, str]] = []
    at = 0
    while at < len(pattern):
        letter = pattern[at]
        if letter == "'":
            end = pattern.find("'", at + 1)
            if pattern[at + 1 : at + 2] == "'":
                parts.append(("", 0, "'"))
                at += 2
                continue
            while end >= 0 and pattern[end + 1 : end + 2] == "'":
                end = pattern.find("'", end + 2)
            if end < 0:
                raise RecordError(f"The date pattern {pattern!r} cannot be used: a quote is not closed.")
            parts.append(("", 0, pattern[at + 1 : end].replace("''", "'")))
            at = end + 1
        elif letter.isascii() and letter.isalpha():
            if letter not in _LETTERS or pattern.startswith("XXXX", at):
                raise RecordError(f"The date pattern {pattern!r} cannot be used: {letter} is no pattern letter, or too often there.")
            end = at
            while end < len(pattern) and pattern[end] == letter:
                end += 1
            parts.append((letter, end - at, ""))
            at = end
        else:
            parts.append(("", 0, letter))
            at += 1
    return tuple(parts)


def simple_format(instant: int, pattern: str) -> str:
    """A timestamp in UTC by a SimpleDateFormat pattern. Raises RecordError for a pattern that cannot be used."""
    days, millis = divmod(instant, DAY)
    return "".join(literal if not letter else _show(letter, count, days, millis) for letter, count, literal in _parts(pattern))


def _show(letter: str, count: int, days: int, millis: int) -> str:
    year, month, day = old_civil_of(days)
    if letter in "ML" and count >= 3:
        return names.styled(names.MONTHS, 4 if count > 3 else 3)[month - 1]
    if letter == "E":
        return names.styled(names.DAYS, 4 if count > 3 else 3)[day_of_week(days) - 1]
    if letter == "G":
        return names.SHORT_ERAS[1 if year > 0 else 0]
    if letter == "a":
        return names.AM_PM[millis // 43_200_000]
    if letter in "zZX":
        return {"z": zones.zone_name(UTC, 0, full=count >= 4, generic=False), "Z": "+0000", "X": "Z"}[letter]
    shown_year = us_week(days)[0] if letter == "Y" else year if year > 0 else 1 - year
    if letter in "yY":
        return f"{shown_year % 100:02}" if count == 2 else f"{shown_year:0{count}}"
    hour = millis // 3_600_000
    value = {
        "M": month,
        "L": month,
        "w": us_week(days)[1],
        "W": week_of_month(days),
        "D": days - old_days_of(year, 1, 1) + 1,
        "d": day,
        "F": (day - 1) // 7 + 1,
        "u": day_of_week(days),
        "H": hour,
        "k": hour or 24,
        "K": hour % 12,
        "h": hour % 12 or 12,
        "m": millis // 60_000 % 60,
        "s": millis // 1000 % 60,
        "S": millis % 1000,
    }[letter]
    return f"{value:0{count}}"


@functools.lru_cache(maxsize=4096)
def simple_parse(text: str, pattern: str) -> int:
    """A timestamp in UTC from the start of the text; values beyond their range run on (month 13 is next January). Raises RecordError."""
    parts = _parts(pattern)
    values: dict[str, int] = {}
    at = 0
    for index, (letter, count, literal) in enumerate(parts):
        if not letter:
            at = _literal(text, at, literal, pattern)
        elif letter in _NUMBERS and not (letter in "ML" and count >= 3):
            at = _number(text, _past_spaces(text, at), letter, count if _abuts(parts, index) else 0, values, pattern, count)
        else:
            at = _name(text, _past_spaces(text, at), letter, values, pattern)
    return instant_of(values)


def _unfit(text: str, pattern: str) -> RecordError:
    return RecordError(f"Unparseable date: {text!r} does not fit the pattern {pattern!r}.")


def _literal(text: str, at: int, literal: str, pattern: str) -> int:
    if not text.startswith(literal, at):
        raise _unfit(text, pattern)
    return at + len(literal)


def _past_spaces(text: str, at: int) -> int:
    found = _SPACES.match(text, at)
    return found.end() if found else at


def _abuts(parts: tuple[tuple[str, int, str], ...], index: int) -> bool:
    """Whether a number follows at once, so that this one has as many digits as letters."""
    letter, count, _ = parts[index + 1] if index + 1 < len(parts) else ("", 0, "")
    return letter in _NUMBERS and letter != "" and not (letter in "ML" and count > 2)


def _number(text: str, at: int, letter: str, digits: int, values: dict[str, int], pattern: str, count: int) -> int:
    """``digits``: how many there must be, 0 for as many as there are."""
    found = _DIGITS.match(text, at, at + digits if digits else len(text))
    if found is None or at + digits > len(text):
        raise _unfit(text, pattern)
    value = int(found[0])
    if letter in "yY" and count <= 2 and len(found[0]) == 2 and value >= 0:
        # Java puts two digits within 80 years before and 20 after today; a fixed pivot keeps results the same every year.
        value += 2000 if value < 46 else 1900
    if letter == "u":
        value = value % 7 + 1 if 1 <= value <= 7 else value
    if letter in "hk":
        value %= {"h": 12, "k": 24}[letter] if value in (12, 24) else value + 1
    _put(values, _SAME.get(letter, letter), value)
    return found.end()


def _put(values: dict[str, int], letter: str, value: int) -> None:
    """Of a field that comes twice the last one counts, and has its place."""
    values.pop(letter, None)
    values[letter] = value


def _name(text: str, at: int, letter: str, values: dict[str, int], pattern: str) -> int:
    table = {"M": names.MONTHS, "L": names.MONTHS, "E": names.DAYS, "a": names.AM_PM, "G": names.SHORT_ERAS}.get(letter)
    if table is None:
        return _zone(text, at, values, pattern)
    for value, name in enumerate(table):
        for choice in (name, name[:3]):
            if text[at : at + len(choice)].lower() == choice.lower():
                if letter == "E":
                    _put(values, "E", (value + 1) % 7 + 1)
                else:
                    _put(values, _SAME.get(letter, letter), value + (letter in "ML"))
                return at + len(choice)
    raise _unfit(text, pattern)


def _zone(text: str, at: int, values: dict[str, int], pattern: str) -> int:
    found = re.compile(r"(?:GMT|UTC)?([+-])([0-9]{1,2}):?([0-9]{2})|Z|GMT|UTC").match(text, at)
    if found is None:
        raise _unfit(text, pattern)
    size = (int(found[2]) * 60 + int(found[3])) * 60_000 if found[1] else 0
    values["zone"] = -size if found[1] == "-" else size
    return found.end()
