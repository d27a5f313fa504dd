"""Character classes of Java's regular expressions: ranges, properties, unions, intersections and what is not in them.

A class is a set of ranges of code points, worked out once when a pattern is compiled. What may not live here: the rest of a pattern.
"""

from __future__ import annotations

import functools
import sys
import unicodedata

from millstream.errors import RecordError

#: Sorted ranges, first and last code point, that neither overlap nor touch.
Ranges = tuple[tuple[int, int], ...]

_ALL: Ranges = ((0, sys.maxunicode),)
#: Each pair of characters is a range.
_LETTERS = {
    "d": ("09",),
    "w": ("09", "AZ", "__", "az"),
    "s": ("\t\r", "  "),
    "h": ("\t\t", "  ", "\xa0\xa0", "\u1680\u1680", "\u180e\u180e", "\u2000\u200a", "\u202f\u202f", "\u205f\u205f", "\u3000\u3000"),
    "v": ("\n\r", "\x85\x85", "\u2028\u2029"),
}
_POSIX = {
    "Lower": ("az",),
    "Upper": ("AZ",),
    "ASCII": ("\x00\x7f",),
    "Alpha": ("AZ", "az"),
    "Digit": ("09",),
    "Alnum": ("09", "AZ", "az"),
    "Punct": ("!/", ":@", "[`", "{~"),
    "Graph": ("!~",),
    "Print": (" ~",),
    "Blank": ("\t\t", "  "),
    "Cntrl": ("\x00\x1f", "\x7f\x7f"),
    "XDigit": ("09", "AF", "af"),
    "Space": ("\t\r", "  "),
}
#: Properties by the general categories of Unicode that they hold.
_CATEGORIES = {
    "Alphabetic": ("L", "Nl"),
    "Letter": ("L",),
    "Lowercase": ("Ll",),
    "Uppercase": ("Lu",),
    "Titlecase": ("Lt",),
    "Digit": ("Nd",),
    "Punctuation": ("P",),
    "Control": ("Cc",),
    "White_Space": ("Z",),
    "LC": ("Lu", "Ll", "Lt"),
}


def ranges_of(*pairs: str) -> Ranges:
    """The set of ranges that are written as two characters each."""
    return union(tuple((ord(pair[0]), ord(pair[1])) for pair in pairs))


def union(*sets: Ranges) -> Ranges:
    """All members of all of them."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(span for spans in sets for span in spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return tuple(joined)


def complement(spans: Ranges) -> Ranges:
    """All characters that are not in it."""
    gaps = []
    at = 0
    for first, last in spans:
        if first > at:
            gaps.append((at, first - 1))
        at = last + 1
    if at <= sys.maxunicode:
        gaps.append((at, sys.maxunicode))
    return tuple(gaps)


def intersection(left: Ranges, right: Ranges) -> Ranges:
    """What is in both."""
    return complement(union(complement(left), complement(right)))


def written(spans: Ranges) -> str:
    """The set as Python's ``re`` takes it."""
    if not spans:
        return "(?!)"
    if spans == _ALL:
        return r"[\s\S]"
    return "[" + "".join(_escaped(a) if a == b else f"{_escaped(a)}-{_escaped(b)}" for a, b in spans) + "]"


def _escaped(point: int) -> str:
    return chr(point) if chr(point).isalnum() else f"\\x{point:02x}" if point < 256 else f"\\U{point:08x}"


def letter(name: str) -> Ranges | None:
    """The set of ``\\d``, ``\\S`` and the like, None for a letter that is no class."""
    pairs = _LETTERS.get(name.lower())
    if pairs is None:
        return None
    found = ranges_of(*pairs)
    return complement(found) if name.isupper() else found


@functools.cache
def named(name: str, pattern: str) -> Ranges:
    """The set of ``\\p{name}``. Raises RecordError for a property that is not known here."""
    if name in _POSIX:
        return ranges_of(*_POSIX[name])
    short = name.removeprefix("Is").removeprefix("general_category=").removeprefix("gc=")
    if short == "White_Space" and name != short:
        return union(_of_categories(("Z",)), ranges_of("\t\r", "\x85\x85"))
    wanted = _CATEGORIES.get(short) if name != short or short == "LC" else None
    if wanted is None and (short in _categories() or short in {category[0] for category in _categories()}):
        wanted = (short,)
    if wanted is None:
        raise RecordError(f"The regular expression {pattern!r} uses \\p{{{name}}}, which is not known here.")
    return _of_categories(wanted)


def _of_categories(wanted: tuple[str, ...]) -> Ranges:
    return union(*(spans for name, spans in _categories().items() if name.startswith(wanted)))


@functools.cache
def _categories() -> dict[str, Ranges]:
    """The characters by general category; one pass over Unicode, some 100 ms, when a pattern first asks for it."""
    found: dict[str, list[tuple[int, int]]] = {}
    start, current = 0, unicodedata.category("\0")
    for point in range(1, sys.maxunicode + 1):
        category = unicodedata.category(chr(point))
        if category != current:
            found.setdefault(current, []).append((start, point - 1))
            start, current = point, category
    found.setdefault(current, []).append((start, sys.maxunicode))
    return {name: tuple(spans) for name, spans in found.items()}
