"""A DateTimeFormatter pattern as a tuple of elements, checked as Java checks it and with adjacent numbers made to share digits.

What may not live here: printing, parsing.
"""

from __future__ import annotations

import functools
from dataclasses import replace

from millstream.dataclass import dataclass
from millstream.errors import RecordError

#: How many letters of one kind a pattern may hold in a row; 19 stands for no bound of its own.
_MOST = {
    **dict.fromkeys("uyYAnNg", 19),
    "S": 9,
    **dict.fromkeys("dhHkKmsw", 2),
    **dict.fromkeys("aWF", 1),
    **dict.fromkeys("MLQqEecGxXZB", 5),
    **dict.fromkeys("zOv", 4),
    "D": 3,
    "V": 2,
}
_TEXT_FROM_THREE = frozenset("MLQqec")
_NO_NUMBER = frozenset("EaBGVvzOXxZ")


@dataclass(frozen=True, slots=True)
class Literal:
    text: str


@dataclass(frozen=True, slots=True)
class Number:
    """A numeric field. ``sign``: NORMAL, EXCEEDS_PAD or NOT_NEGATIVE.

    ``fixed`` and ``reserve`` (digits left to followers) are for parsing.
    """

    letter: str
    low: int
    high: int
    sign: str = "NOT_NEGATIVE"
    fixed: bool = False
    reserve: int = 0
    pad: int = 0


@dataclass(frozen=True, slots=True)
class Name:
    """A field shown as text, or a zone or offset."""

    letter: str
    count: int
    pad: int = 0


@dataclass(frozen=True, slots=True)
class Optional:
    """``[...]``: printed where possible, parsed if it is there."""

    parts: tuple[Element, ...]


Element = Literal | Number | Name | Optional


@functools.lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> tuple[Element, ...]:
    """The elements of a pattern. Raises RecordError telling what is wrong with it."""
    parts, end = _sequence(pattern, 0, depth=0)
    assert end == len(pattern)
    return parts


def _sequence(pattern: str, at: int, depth: int) -> tuple[tuple[Element, ...], int]:
    parts: list[Element] = []
    active = -1
    while at < len(pattern):
        letter = pattern[at]
        if letter == "]":
            if not depth:
                raise _wrong(pattern, "it has ] without [")
            return tuple(parts), at + 1
        if letter == "[":
            inner, at = _sequence(pattern, at + 1, depth + 1)
            parts.append(Optional(inner))
            active = -1
        elif letter == "'":
            text, at = _quoted(pattern, at)
            parts.append(Literal(text))
            active = -1
        elif letter.isascii() and letter.isalpha():
            element, at = _field(pattern, at)
            active = _append(parts, element, active)
        elif letter in "{}#":
            raise _wrong(pattern, f"it includes the reserved character {letter}")
        else:
            parts.append(Literal(letter))
            active = -1
            at += 1
    # Java closes what is left open.
    return tuple(parts), at


def _append(parts: list[Element], element: Element, active: int) -> int:
    """Add a field and give the index of the number that later adjacent numbers take digits from, or -1."""
    parts.append(element)
    if not isinstance(element, Number):
        return -1
    if active < 0:
        return len(parts) - 1
    first = parts[active]
    assert isinstance(first, Number)
    if element.low == element.high and element.sign == "NOT_NEGATIVE":
        parts[active] = replace(first, reserve=first.reserve + element.high)
        parts[-1] = replace(element, fixed=True)
        return active
    parts[active] = replace(first, fixed=True)
    return len(parts) - 1


def _quoted(pattern: str, at: int) -> tuple[str, int]:
    text = ""
    start = at
    at += 1
    while at < len(pattern):
        if pattern[at] != "'":
            text += pattern[at]
            at += 1
        elif pattern[at + 1 : at + 2] == "'":
            text += "'"
            at += 2
        else:
            return text or "'", at + 1
    raise _wrong(pattern, f"the quote at {start} is not closed")


def _field(pattern: str, at: int) -> tuple[Element, int]:
    letter, count = pattern[at], _run(pattern, at)
    at += count
    pad = 0
    if letter == "p":
        pad = count
        if at >= len(pattern) or not pattern[at].isalpha():
            raise _wrong(pattern, "the pad letter p must be followed by a field")
        letter, count = pattern[at], _run(pattern, at)
        at += count
    if letter not in _MOST:
        raise _wrong(pattern, f"{letter} is no pattern letter")
    if count > _MOST[letter] or (letter == "V" and count != 2) or (letter in "BOv" and count in (2, 3)) or (letter == "c" and count == 2):
        raise _wrong(pattern, f"it has {count} pattern letters {letter} in a row")
    return _element(letter, count, pad), at


def _element(letter: str, count: int, pad: int) -> Element:
    if letter in _NO_NUMBER or (letter in _TEXT_FROM_THREE and count >= 3):
        return Name(letter, count, pad)
    if letter in "uyY":
        if count == 2:
            return Number(letter, 2, 2, pad=pad)
        return Number(letter, count, 19, "NORMAL" if count < 4 else "EXCEEDS_PAD", pad=pad)
    if letter == "S":
        return Number(letter, count, count, pad=pad)
    if letter in "AnN":
        return Number(letter, count, 19, pad=pad)
    if letter == "g":
        return Number(letter, count, 19, "NORMAL", pad=pad)
    if letter == "D":
        return Number(letter, count, 3 if count > 1 else 19, "NOT_NEGATIVE" if count > 1 else "NORMAL", pad=pad)
    if count == 1 and letter not in "WF":
        return Number(letter, 1, 19, "NORMAL", pad=pad)
    return Number(letter, count, count, pad=pad)


def _run(pattern: str, at: int) -> int:
    end = at
    while end < len(pattern) and pattern[end] == pattern[at]:
        end += 1
    return end - at


def _wrong(pattern: str, why: str) -> RecordError:
    return RecordError(f"The date pattern {pattern!r} cannot be used: {why}.", hint="Patterns look like yyyy-MM-dd'T'HH:mm:ss.SSS.")
