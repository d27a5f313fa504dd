"""Text and bytes cut, padded, split and searched, in UTF-16 units.

What may not live here: regular expressions.
"""

from __future__ import annotations

from typing import TypeVar

from millstream.engine.functions.define import Family
from millstream.engine.functions.scalar import utf16
from millstream.engine.values.integers import wrap32
from millstream.errors import RecordError

define = Family("STRING")
V = TypeVar("V", str, bytes)

#: What LPAD and RPAD give at most, in UTF-16 units or bytes: one record must not take all the memory.
LONGEST = 16 << 20

define.describe(
    "SUBSTRING",
    "Gives a part of a text or of bytes.",
    str="The source text.",
    bytes="The source bytes.",
    pos="Where to start, counted from 1; from the end if negative.",
    length="How much to take; everything if left out.",
)
define.describe("LPAD", "Pads a text or bytes at the start up to a length, or cuts it to that length.")
define.describe("RPAD", "Pads a text or bytes at the end up to a length, or cuts it to that length.")
define.describe("INSTR", "Gives the position of a text inside another, counted from 1; 0 if it is not there.")
define.describe("SPLIT", "Splits a text or bytes at a delimiter; an empty delimiter splits at every character.")
define.describe("SPLIT_TO_MAP", "Splits a text into entries and each entry into key and value.")


def _slice(value: V, position: int, length: int | None) -> V:
    size = len(value)
    start = max(size + position, 0) if position < 0 else max(min(position - 1, size), 0)
    end = size if length is None else max(min(wrap32(start + length), size), start)
    return value[start:end]


@define("SUBSTRING(str STRING, pos INT, length INT) -> STRING")
def substring(text: str, position: int, length: int) -> str:
    return utf16.whole(_slice(utf16.units(text), position, length))


@define("SUBSTRING(bytes BYTES, pos INT, length INT) -> BYTES")
def substring_bytes(value: bytes, position: int, length: int) -> bytes:
    return _slice(value, position, length)


@define("SUBSTRING(bytes BYTES, pos INT) -> BYTES")
def substring_bytes_rest(value: bytes, position: int) -> bytes:
    return _slice(value, position, None)


@define("SUBSTRING(str STRING, pos INT) -> STRING")
def substring_rest(text: str, position: int) -> str:
    return utf16.whole(_slice(utf16.units(text), position, None))


def _filler(size: int, length: int, padding: V) -> V | None:
    if not padding or length < 0:
        return None
    if length > LONGEST:
        raise RecordError(f"Cannot pad to {length}: expected at most {LONGEST}.")
    missing = max(length - size, 0)
    return (padding * (missing // len(padding) + 1))[:missing]


@define("LPAD(input STRING, length INT, padding STRING) -> STRING")
def lpad(text: str, length: int, padding: str) -> str | None:
    counted = utf16.units(text)
    filler = _filler(len(counted), length, utf16.units(padding))
    return None if filler is None else utf16.whole((filler + counted)[:length])


@define("LPAD(input BYTES, length INT, padding BYTES) -> BYTES")
def lpad_bytes(value: bytes, length: int, padding: bytes) -> bytes | None:
    filler = _filler(len(value), length, padding)
    return None if filler is None else (filler + value)[:length]


@define("RPAD(input STRING, length INT, padding STRING) -> STRING")
def rpad(text: str, length: int, padding: str) -> str | None:
    counted = utf16.units(text)
    filler = _filler(len(counted), length, utf16.units(padding))
    return None if filler is None else utf16.whole((counted + filler)[:length])


@define("RPAD(input BYTES, length INT, padding BYTES) -> BYTES")
def rpad_bytes(value: bytes, length: int, padding: bytes) -> bytes | None:
    filler = _filler(len(value), length, padding)
    return None if filler is None else (value + filler)[:length]


@define(
    "INSTR(str STRING, substring STRING) -> INT",
    "INSTR(str STRING, substring STRING, position INT) -> INT",
    "INSTR(str STRING, substring STRING, position INT, occurrence INT) -> INT",
    strict=False,
)
def instr(text: str | None, wanted: str | None, position: int | None = 1, occurrence: int | None = 1) -> int | None:
    if position is None or occurrence is None:
        return None
    if text is None or wanted is None or occurrence < 1:
        return 0
    counted, part = utf16.units(text), utf16.units(wanted)
    if position == 0 or abs(position) > len(counted):
        return 0
    return _nth_from_end(counted, part, position, occurrence) if position < 0 else _nth(counted, part, position, occurrence)


def _nth(text: str, wanted: str, position: int, occurrence: int) -> int:
    at = position - 2
    for _ in range(occurrence):
        at = text.find(wanted, at + 1)
        if at < 0:
            return 0
    return at + 1


def _nth_from_end(text: str, wanted: str, position: int, occurrence: int) -> int:
    at = len(text) + position + 1
    for _ in range(occurrence):
        if at <= 0:
            return 0
        at = text.rfind(wanted, 0, at - 1 + len(wanted))
        if at < 0:
            return 0
    return at + 1


@define("SPLIT(string STRING, delimiter STRING) -> ARRAY<STRING>")
def split(text: str, delimiter: str) -> list[str]:
    if delimiter:
        return text.split(delimiter)
    return [utf16.whole(unit) for unit in utf16.units(text)] or [""]


@define("SPLIT(bytes BYTES, delimiter BYTES) -> ARRAY<BYTES>")
def split_bytes(value: bytes, delimiter: bytes) -> list[bytes]:
    if delimiter:
        return value.split(delimiter)
    return [value[i : i + 1] for i in range(len(value))] or [b""]


@define("SPLIT_TO_MAP(input STRING, entryDelimiter STRING, kvDelimiter STRING) -> MAP<STRING, STRING>")
def split_to_map(text: str, entry_mark: str, value_mark: str) -> dict[str, str] | None:
    if not entry_mark or not value_mark or entry_mark == value_mark:
        return None
    entries = (e.split(value_mark) for e in text.split(entry_mark) if value_mark in e)
    return {parts[0]: parts[1] for parts in entries}
