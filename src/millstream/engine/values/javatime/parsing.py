"""Text parsed by a DateTimeFormatter pattern into fields, each under its pattern letter (years ``y`` and ``u`` apart; ``zone`` for a zone).

Letters match in any case, as ksqlDB asks Java to parse.

What may not live here: what the fields mean together (``resolving``).
"""

from __future__ import annotations

from datetime import timedelta, timezone, tzinfo

from millstream.engine.values.javatime import names, zonenames, zones
from millstream.engine.values.javatime.pattern import Element, Literal, Name, Number, Optional, compile_pattern
from millstream.errors import RecordError

Fields = dict[str, int | tzinfo]

#: Letters that are one field.
_SAME = {"L": "M", "q": "Q", "c": "e"}
#: No name of a zone has more characters.
_LONGEST = 64
_RANGES: dict[str, tuple[int, int]] = {
    "M": (1, 12),
    "Q": (1, 4),
    "d": (1, 31),
    "D": (1, 366),
    "e": (1, 7),
    "F": (1, 7),
    "w": (1, 53),
    "W": (0, 6),
    "H": (0, 23),
    "k": (1, 24),
    "K": (0, 11),
    "h": (1, 12),
    "m": (0, 59),
    "s": (0, 59),
    "A": (0, 86_399_999),
}


class _Mismatch(Exception):
    """The text does not go with the pattern at this place; inside an optional part that is no error."""

    def __init__(self, at: int) -> None:
        self.at = at


def parse_fields(text: str, pattern: str) -> Fields:
    """All fields of the whole text. Raises RecordError where text and pattern do not go together."""
    parts = compile_pattern(pattern)
    fields: Fields = {}
    try:
        end = _parse(text, 0, parts, fields)
    except _Mismatch as mismatch:
        raise _unfit(text, pattern, mismatch.at) from None
    if end != len(text):
        raise _unfit(text, pattern, end)
    return fields


def _unfit(text: str, pattern: str, at: int) -> RecordError:
    return RecordError(f"Text {text!r} could not be parsed at index {at}: it does not fit the pattern {pattern!r}.")


def _parse(text: str, at: int, parts: tuple[Element, ...], fields: Fields) -> int:
    for part in parts:
        if isinstance(part, Literal):
            if text[at : at + len(part.text)].lower() != part.text.lower():
                raise _Mismatch(at)
            at += len(part.text)
        elif isinstance(part, Optional):
            trial = dict(fields)
            try:
                at = _parse(text, at, part.parts, trial)
            except _Mismatch:
                continue
            fields.update(trial)
        else:
            at = _padded(text, at, part, fields)
    return at


def _padded(text: str, at: int, part: Number | Name, fields: Fields) -> int:
    end = at + part.pad
    if part.pad:
        if end > len(text):
            raise _Mismatch(at)
        while at < end and text[at] == " ":
            at += 1
        text = text[:end]
    after = _number(text, at, part, fields) if isinstance(part, Number) else _name(text, at, part, fields)
    if part.pad and after != end:
        raise _Mismatch(after)
    return after


def _put(fields: Fields, letter: str, value: int, at: int) -> None:
    letter = _SAME.get(letter, letter)
    if fields.setdefault(letter, value) != value:
        raise _Mismatch(at)


def _number(text: str, at: int, part: Number, fields: Fields) -> int:
    start, sign = at, ""
    if text[at : at + 1] in ("+", "-") and part.sign != "NOT_NEGATIVE":
        sign = text[at]
        if sign == "+" and part.sign == "NORMAL":
            raise _Mismatch(at)
        at += 1
    digits = at
    most = part.high if part.fixed else part.high + part.reserve
    while at < len(text) and at - digits < most and "0" <= text[at] <= "9":
        at += 1
    if part.reserve and not part.fixed:
        at = digits + max(part.low, at - digits - part.reserve)
        if at > len(text) or not text[digits:at].isdigit():
            raise _Mismatch(start)
    count = at - digits
    if count < part.low or (sign == "-" and not int(text[digits:at])):
        raise _Mismatch(start)
    if part.sign == "EXCEEDS_PAD" and (count <= part.low if sign == "+" else count > part.low and not sign):
        raise _Mismatch(start)
    value = int(text[digits:at])
    if part.letter == "S":
        value = int(text[digits:at].ljust(9, "0"))
    elif part.letter in "uyY" and part.low == part.high == 2:
        value += 2000
    _put(fields, part.letter, -value if sign == "-" else value, start)
    return at


def _name(text: str, at: int, part: Name, fields: Fields) -> int:
    letter, count = part.letter, part.count
    if letter in "VvzOXxZ":
        return _zone(text, at, letter, count, fields)
    choices: tuple[str, ...] = names.AM_PM
    first = 0
    if letter in "ML":
        choices, first = names.styled(names.MONTHS, count), 1
    elif letter in "Eec":
        choices, first, letter = names.styled(names.DAYS, count), 1, "E"
    elif letter in "Qq":
        choices, first = names.quarters(count), 1
    elif letter == "G":
        choices = names.eras(count)
    elif letter == "B":
        choices = names.day_periods(count)
    for value, choice in sorted(enumerate(choices, first), key=lambda entry: -len(entry[1])):
        if text[at : at + len(choice)].lower() == choice.lower():
            _put(fields, letter, value, at)
            return at + len(choice)
    raise _Mismatch(at)


def _zone(text: str, at: int, letter: str, count: int, fields: Fields) -> int:
    rest = text[at:]
    if letter in "vz" and (named := _called(rest, full=count == 4)) is not None:
        fields["zone"], length = named
        return at + length
    if letter in "Vvz":
        end = next((i for i, c in enumerate(rest) if not (c.isalnum() or c in "/_+-:")), len(rest))
        name, length = rest[:end], end
    else:
        name, length = _offset(rest.upper(), letter, count)
    try:
        zone = (zones.zone_in_any_case if letter in "Vvz" else zones.zone_named)(name) if name else None
    except RecordError:
        zone = None
    if zone is None:
        raise _Mismatch(at)
    fields["zone"] = zone
    return at + length


def _called(rest: str, *, full: bool) -> tuple[tzinfo, int] | None:
    """The zone whose name the text begins with, and how long that is: the longest one counts, and an ID that is longer wins."""
    known = zonenames.read_as(full=full)
    lower = rest.lower()
    length = next((n for n in range(min(len(rest), _LONGEST), 0, -1) if lower[:n] in known), 0)
    word = next((i for i, c in enumerate(rest) if not (c.isalnum() or c in "/_+-")), len(rest))
    if not length or (word > length and zones.is_id(rest[:word])):
        return None
    return zones.zone_named(known[lower[:length]]), length


def _offset(rest: str, letter: str, count: int) -> tuple[str, int]:
    """The zone's name and how many characters it takes; an empty name where there is none."""
    if rest.startswith("Z") and (letter == "X" or (letter == "Z" and count == 5)):
        return "Z", 1
    if letter == "O" or (letter == "Z" and count == 4):
        if not rest.startswith("GMT"):
            return "", 0
        end = next((i for i, c in enumerate(rest[3:], 3) if c not in "+-:0123456789"), len(rest))
        return rest[:end], end
    if rest[:1] not in ("+", "-"):
        return "", 0
    colon = (letter in "Xx" and count in (3, 5)) or (letter == "Z" and count == 5)
    shapes: tuple[str, ...] = ("+HH:MM:SS", "+HH:MM") if colon else ("+HHMMSS", "+HHMM")
    if count in (1, 2, 3) or (letter == "Z" and count < 5):
        shapes = shapes[1:]
    if letter in "Xx" and count == 1:
        shapes = (*shapes, "+HH")
    for shape in shapes:
        given = rest[: len(shape)]
        if len(given) == len(shape) and all(c == s or (s.isalpha() and c.isdigit()) for c, s in zip(given[1:], shape[1:], strict=True)):
            return given, len(shape)
    return "", 0


def check_ranges(fields: Fields) -> None:
    """Raises RecordError for a value outside its field's range."""
    for letter, value in fields.items():
        bounds = _RANGES.get(letter)
        if bounds and isinstance(value, int) and not bounds[0] <= value <= bounds[1]:
            raise RecordError(f"The value {value} of pattern letter {letter} is out of range {bounds[0]} to {bounds[1]}.")


def fixed(offset: int) -> tzinfo:
    """The zone of a fixed offset in milliseconds."""
    return timezone(timedelta(milliseconds=offset))
