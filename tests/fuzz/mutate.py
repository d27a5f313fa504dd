"""How statements and bytes are damaged. Everything comes from the given random generator, so a seed says it all."""

from __future__ import annotations

import json
import random
import re
from typing import Any

_TOKEN = re.compile(r"\s+|'(?:[^']|'')*'|`[^`]*`|\w+|->|=>|:=|<>|<=|>=|.", re.DOTALL)

NUMBERS = [
    "0", "-1", "1", "2147483647", "2147483648", "-9223372036854775808", "9223372036854775808", "1" + "0" * 40, "0.1", "1e308", "1e999",
    "-1e-999", "9" * 400, "00", "1.", ".5", "3.14159265358979323846264338327950288",
]  # fmt: skip
TEXTS = [
    "''",
    "'a'",
    "'%'",
    "'_\\'",
    "'(['",
    "'yyyy-MM-dd''T'''",
    "'$.a[0]'",
    "'\x00'",
    "'🦆'",
    "'[{\"a\":1}]'",
    "'" + "x" * 3000 + "'",
    "'2020-02-30'",
]
TYPES = ["INT", "BIGINT", "DOUBLE", "BOOLEAN", "DECIMAL(4, 2)", "DECIMAL(0, 0)", "VARCHAR", "BYTES", "DATE", "TIME", "TIMESTAMP",
         "ARRAY<INT>", "MAP<STRING, INT>", "MAP<INT, INT>", "STRUCT<a INT>", "ARRAY<STRUCT<x MAP<STRING, DATE>>>"]  # fmt: skip
COLUMNS = [
    "k",
    "i",
    "l",
    "f",
    "b",
    "d",
    "s",
    "y",
    "da",
    "ti",
    "ts",
    "a",
    "m",
    "st",
    "st->x",
    "a[1]",
    "NULL",
    "ROWTIME",
    "*",
    "n",
    "WINDOWSTART",
]
RELATIONS = ["src", "other", "tab", "tab2", "counted", "windowed", "KSQL_PROCESSING_LOG"]


def tokens(text: str) -> list[str]:
    """Words, texts, signs and white space; joined they are the text again."""
    return _TOKEN.findall(text)


class Statements:
    """Damages statements. ``functions`` are the names that may be called."""

    def __init__(self, chance: random.Random, corpus: list[str], functions: list[str]) -> None:
        self._chance = chance
        self._corpus = corpus
        self._functions = functions
        self._ways = [self._drop, self._double, self._swap, self._other, self._value, self._value, self._call]
        self._ways += [self._value, self._call, self._characters, self._splice, self._nest]

    def next(self) -> str:
        """A statement of the corpus, damaged once or a few times; it mostly keeps its semicolon."""
        text = self._chance.choice(self._corpus)
        for _ in range(self._chance.choice([1, 1, 1, 1, 2, 2, 5])):
            pieces = tokens(text) or [" "]
            text = "".join(self._chance.choice(self._ways)(pieces, self._chance.randrange(len(pieces))))
        return text if self._chance.random() < 0.05 else text.rstrip().rstrip(";") + ";"

    def _drop(self, pieces: list[str], at: int) -> list[str]:
        return pieces[:at] + pieces[at + self._chance.choice([1, 1, 2, 4]) :]

    def _double(self, pieces: list[str], at: int) -> list[str]:
        end = at + self._chance.choice([1, 2, 5])
        return pieces[:end] + pieces[at:]

    def _swap(self, pieces: list[str], at: int) -> list[str]:
        other = self._chance.randrange(len(pieces))
        pieces[at], pieces[other] = pieces[other], pieces[at]
        return pieces

    def _other(self, pieces: list[str], at: int) -> list[str]:
        foreign = tokens(self._chance.choice(self._corpus)) or [";"]
        pieces[at] = self._chance.choice(foreign)
        return pieces

    def _word(self, pieces: list[str]) -> int:
        words = [i for i, piece in enumerate(pieces) if piece[0].isalnum() or piece[0] in "'`_"]
        return self._chance.choice(words or [0])

    def _atom(self) -> str:
        return self._chance.choice(self._chance.choice([NUMBERS, TEXTS, COLUMNS, COLUMNS, RELATIONS, TYPES]))

    def _value(self, pieces: list[str], at: int) -> list[str]:
        pieces[self._word(pieces)] = self._atom()
        return pieces

    def _call(self, pieces: list[str], at: int) -> list[str]:
        arguments = ", ".join(self._chance.choice(self._chance.choice([COLUMNS, NUMBERS, TEXTS])) for _ in range(self._chance.randrange(4)))
        pieces[self._word(pieces)] = f"{self._chance.choice(self._functions)}({arguments})"
        return pieces

    def _characters(self, pieces: list[str], at: int) -> list[str]:
        text = "".join(pieces)
        place = self._chance.randrange(len(text))
        damage = self._chance.choice(
            ["", "\x00", "'", '"', "`", "(", ")", ";", "--", "/*", "${x}", "\\", "\n", "é", chr(self._chance.randrange(1, 0xD800))]
        )
        return [text[:place], damage, text[place + self._chance.choice([0, 1]) :]]

    def _splice(self, pieces: list[str], at: int) -> list[str]:
        foreign = tokens(self._chance.choice(self._corpus))
        return pieces[:at] + foreign[self._chance.randrange(len(foreign) or 1) :]

    def _nest(self, pieces: list[str], at: int) -> list[str]:
        depth = self._chance.choice([1, 2, 5, 90, 150, 400, 3000])
        opening, closing = self._chance.choice(
            [("(", ")"), ("ARRAY[", "]"), ("CAST(", " AS STRING)"), ("ARRAY<", ">"), ("NOT ", ""), ("-", ""), ("", "+1")]
        )
        place = self._word(pieces)
        pieces[place] = opening * depth + pieces[place] + closing * depth
        return pieces


def damaged_bytes(data: bytes, chance: random.Random) -> bytes:
    """Bits turned, bytes cut off, put in, doubled or replaced."""
    out = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 4])):
        at = chance.randrange(len(out) + 1)
        way = chance.randrange(6)
        if way == 0 and at < len(out):
            out[at] ^= 1 << chance.randrange(8)
        elif way == 1:
            del out[at:]
        elif way == 2:
            out[at:at] = bytes(chance.randrange(256) for _ in range(chance.choice([1, 2, 8])))
        elif way == 3:
            out[at:at] = out[max(0, at - chance.choice([1, 4, 16])) : at]
        elif way == 4:
            del out[at : at + chance.choice([1, 2, 8])]
        elif at < len(out):
            out[at] = chance.choice([0, 1, 0x7F, 0x80, 0xFF])
    return bytes(out)


_ODD_JSON = [
    "null", "true", "false", "0", "-0", "-1", "1.5", "1e400", "-1e-400", "9" * 30, "9" * 5000, "2147483648", "9223372036854775808", '""',
    '"x"', '"5"', '"\\ud800"', '"\\u0000"', "[]", "{}", "[null]", "[[1]]", '{"x":{}}', "NaN", "Infinity", '"NaN"', "[" * 100 + "]" * 100,
    "[" * 5000 + "]" * 5000, '{"a":' * 3000 + "1" + "}" * 3000, "01", "1.", "'a'", '"' + "y" * 5000 + '"', '"2020-13-40"', "99999999999999",
]  # fmt: skip


def damaged_json(data: bytes, chance: random.Random) -> bytes:
    """A JSON text with values replaced by odd ones, keys renamed, doubled or missing; sometimes damaged as bytes on top."""
    try:
        value = json.loads(data)
    except ValueError:
        return damaged_bytes(data, chance)
    marks: dict[str, str] = {}
    for _ in range(chance.choice([1, 1, 2, 3])):
        value = _damage(value, chance, marks)
    text = json.dumps(value)
    for mark, odd in marks.items():
        text = text.replace(f'"{mark}"', odd)
    if chance.random() < 0.2:
        text = text.replace("}", ', "I": 7, "i": 8, "S": [1], "ST": null}', 1)
    out = text.encode()
    return damaged_bytes(out, chance) if chance.random() < 0.1 else out


def _damage(value: Any, chance: random.Random, marks: dict[str, str]) -> Any:
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        if chance.random() < 0.15:
            renamed = chance.choice([key.lower(), key.upper(), key + "x", ""])
            return {renamed if k == key else k: v for k, v in value.items()}
        return {k: _damage(v, chance, marks) if k == key else v for k, v in value.items()}
    if isinstance(value, list) and value and chance.random() < 0.6:
        at = chance.randrange(len(value))
        return [_damage(v, chance, marks) if i == at else v for i, v in enumerate(value)]
    mark = f"~mark{len(marks)}~"
    marks[mark] = chance.choice(_ODD_JSON)
    return mark
