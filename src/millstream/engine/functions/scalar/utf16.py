"""Text as the JVM counts it: in UTF-16 units. Characters beyond U+FFFF count twice and can be cut in half.

What may not live here: SQL functions.
"""

from __future__ import annotations

from array import array

HIGHEST = "\uffff"


def length(text: str) -> int:
    """The number of UTF-16 units."""
    if text.isascii() or max(text) <= HIGHEST:
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def units(text: str) -> str:
    """One character a UTF-16 unit; the text itself in most cases. ``whole`` is the way back."""
    if text.isascii() or max(text) <= HIGHEST:
        return text
    return "".join(map(chr, array("H", text.encode("utf-16-le", "surrogatepass"))))


def whole(text: str) -> str:
    """Pairs of surrogates joined to the character they stand for; halves stay."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return text


def utf8(text: str) -> bytes:
    """UTF-8 with ? for halves of characters, as Java encodes."""
    return text.encode("utf-8", "replace")
