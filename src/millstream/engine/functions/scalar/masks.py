"""Hiding characters: MASK and its forms that spare or hit one end.

What may not live here: other text functions.
"""

from __future__ import annotations

from millstream.engine.functions.define import Family
from millstream.engine.functions.scalar import utf16
from millstream.errors import RecordError

define = Family("STRING")

_TEXTS = {
    "MASK": "Hides a text: letters, digits and others each by a mask character.",
    "MASK_LEFT": "Hides the first characters of a text.",
    "MASK_RIGHT": "Hides the last characters of a text.",
    "MASK_KEEP_LEFT": "Hides a text but for its first characters.",
    "MASK_KEEP_RIGHT": "Hides a text but for its last characters.",
}
_MASKS = "upper STRING, lower STRING, digit STRING, other STRING"
for _name, _text in _TEXTS.items():
    define.describe(
        _name,
        _text,
        input="The text.",
        numChars="How many characters.",
        upper="For upper-case letters; NULL leaves them.",
        lower="For lower-case letters; NULL leaves them.",
        digit="For digits; NULL leaves them.",
        other="For all others; NULL leaves them.",
    )

Mask = tuple[str | None, str | None, str | None, str | None]
_DEFAULT: Mask = ("X", "x", "n", "-")


def _hidden(text: str, mask: Mask) -> str:
    upper, lower, digit, other = mask
    shown: list[str] = []
    for at, unit in enumerate(text):
        # Java looks at the whole character at each unit, so the second half of a pair is looked at again by itself.
        char = utf16.whole(text[at : at + 2]) if "\ud800" <= unit <= "\udbff" else unit
        char = char if len(char) == 1 else unit
        cover = upper if char.isupper() else lower if char.islower() else digit if char.isdecimal() else other
        shown.append(char if cover is None else cover)
    return "".join(shown)


def _checked(mask: Mask, count: int | None = 0) -> Mask:
    for cover in mask:
        if cover is not None and len(cover) != 1:
            raise RecordError(f"Invalid mask character {cover!r}: expected one character or NULL.")
    if count is None or count < 0:
        raise RecordError(f"The number of characters must not be negative, got {count}.")
    return mask


@define("MASK(input STRING) -> STRING", f"MASK(input STRING, {_MASKS}) -> STRING", strict=False)
def mask(text: str | None, *given: str | None) -> str | None:
    chosen = _checked(given) if given else _DEFAULT  # type: ignore[arg-type]
    return None if text is None else utf16.whole(_hidden(utf16.units(text), chosen))


def _split_at(text: str, count: int, *, from_right: bool) -> tuple[str, str]:
    counted = utf16.units(text)
    at = max(len(counted) - count, 0) if from_right else min(count, len(counted))
    return counted[:at], counted[at:]


@define("MASK_LEFT(input STRING, numChars INT) -> STRING", f"MASK_LEFT(input STRING, numChars INT, {_MASKS}) -> STRING", strict=False)
def mask_left(text: str | None, count: int | None, *given: str | None) -> str | None:
    chosen = _checked(given or _DEFAULT, count)  # type: ignore[arg-type]
    if text is None or count is None:
        return None
    left, right = _split_at(text, count, from_right=False)
    return utf16.whole(_hidden(left, chosen) + right)


@define("MASK_RIGHT(input STRING, numChars INT) -> STRING", f"MASK_RIGHT(input STRING, numChars INT, {_MASKS}) -> STRING", strict=False)
def mask_right(text: str | None, count: int | None, *given: str | None) -> str | None:
    chosen = _checked(given or _DEFAULT, count)  # type: ignore[arg-type]
    if text is None or count is None:
        return None
    left, right = _split_at(text, count, from_right=True)
    return utf16.whole(left + _hidden(right, chosen))


@define(
    "MASK_KEEP_LEFT(input STRING, numChars INT) -> STRING",
    f"MASK_KEEP_LEFT(input STRING, numChars INT, {_MASKS}) -> STRING",
    strict=False,
)
def mask_keep_left(text: str | None, count: int | None, *given: str | None) -> str | None:
    chosen = _checked(given or _DEFAULT, count)  # type: ignore[arg-type]
    if text is None or count is None:
        return None
    left, right = _split_at(text, count, from_right=False)
    return utf16.whole(left + _hidden(right, chosen))


@define(
    "MASK_KEEP_RIGHT(input STRING, numChars INT) -> STRING",
    f"MASK_KEEP_RIGHT(input STRING, numChars INT, {_MASKS}) -> STRING",
    strict=False,
)
def mask_keep_right(text: str | None, count: int | None, *given: str | None) -> str | None:
    chosen = _checked(given or _DEFAULT, count)  # type: ignore[arg-type]
    if text is None or count is None:
        return None
    left, right = _split_at(text, count, from_right=True)
    return utf16.whole(_hidden(left, chosen) + right)
