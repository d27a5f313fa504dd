"""Text: case, cutting, joining, searching, padding. BYTES forms of the same functions included.

What may not live here: encodings, masks, regular expressions.
"""

from __future__ import annotations

import re

from millstream.engine.functions.define import Family
from millstream.engine.functions.scalar import utf16
from millstream.engine.values.integers import trim as java_trim

define = Family("STRING")
_WORD = re.compile(r"\S+\s*")

define.describe("UCASE", "Gives the text in upper case.", input="The text.")
define.describe("LCASE", "Gives the text in lower case.", input="The text.")
define.describe("INITCAP", "Gives the text with the first letter of each word in upper case and the others in lower case.", str="The text.")
define.describe("TRIM", "Gives the text without white space at its ends.", input="The text.")
define.describe("LEN", "Gives the length of a text (in UTF-16 units) or of bytes.", input="The value to measure.")
define.describe("CONCAT", "Joins two or more values one after another; NULLs are left out.", input="The values to join.")
define.describe("CONCAT_WS", "Joins two or more values with a separator between them; NULLs are left out.", sep="The separator.")
define.describe("REPLACE", "Replaces every occurrence of a text.", str="The text.", oldStr="What to replace.", newStr="What to put there.")
define.describe("CHR", "Gives the character of a code point or of its \\u escape.")
define.describe("ELT", "Gives the n-th of its arguments, counted from 1; NULL outside.", pos="Which one.", args="The arguments.")
define.describe("FIELD", "Gives the position of a text among the arguments after it, counted from 1; 0 if it is not there.")


@define("UCASE(input STRING) -> STRING", inline="{0}.upper()")
def ucase(text: str) -> str:
    return text.upper()


@define("LCASE(input STRING) -> STRING", inline="{0}.lower()")
def lcase(text: str) -> str:
    return text.lower()


@define("INITCAP(str STRING) -> STRING")
def initcap(text: str) -> str:
    # White space before the first word is dropped, as in ksqlDB.
    return "".join(word[:1].upper() + word[1:].lower() for word in _WORD.findall(text))


@define("TRIM(input STRING) -> STRING")
def trim(text: str) -> str:
    return java_trim(text)


@define("LEN(input STRING) -> INT", inline="(len({0}) if {0}.isascii() else len({0}.encode('utf-16-le', 'surrogatepass')) // 2)")
def length(text: str) -> int:
    return utf16.length(text)


@define("LEN(input BYTES) -> INT", inline="len({0})")
def length_bytes(value: bytes) -> int:
    return len(value)


@define("CONCAT(inputs STRING...) -> STRING", strict=False)
def concat(*texts: str | None) -> str:
    return "".join([t for t in texts if t is not None])


@define("CONCAT(inputs BYTES...) -> BYTES", strict=False)
def concat_bytes(*values: bytes | None) -> bytes:
    return b"".join([v for v in values if v is not None])


@define("CONCAT_WS(sep STRING, inputs STRING...) -> STRING", strict=False)
def concat_ws(separator: str | None, *texts: str | None) -> str | None:
    return None if separator is None else separator.join([t for t in texts if t is not None])


@define("CONCAT_WS(sep BYTES, inputs BYTES...) -> BYTES", strict=False)
def concat_ws_bytes(separator: bytes | None, *values: bytes | None) -> bytes | None:
    return None if separator is None else separator.join([v for v in values if v is not None])


@define("REPLACE(str STRING, oldStr STRING, newStr STRING) -> STRING")
def replace(text: str, old: str, new: str) -> str:
    if not old:
        # An empty text is found around every UTF-16 unit.
        return utf16.whole(utf16.units(text).replace(old, new))
    return text.replace(old, new)


@define("CHR(decimalCode INT) -> STRING")
def chr_code(code: int) -> str | None:
    return chr(code) if 0 <= code <= 0x10FFFF else None


@define("CHR(utf16Code STRING) -> STRING")
def chr_escape(escape: str) -> str | None:
    parts = escape.split("\\u")
    if parts[0] or len(parts) not in (2, 3) or any(len(p) != 4 for p in parts[1:]):
        return None
    return utf16.whole("".join(chr(int(p, 16)) for p in parts[1:]))


@define("ELT(pos INT, args STRING...) -> STRING", strict=False)
def elt(position: int | None, *texts: str | None) -> str | None:
    return texts[position - 1] if position is not None and 1 <= position <= len(texts) else None


@define("FIELD(str STRING, args STRING...) -> INT", strict=False)
def field(text: str | None, *texts: str | None) -> int:
    if text is None:
        return 0
    return next((at for at, other in enumerate(texts, 1) if other == text), 0)
