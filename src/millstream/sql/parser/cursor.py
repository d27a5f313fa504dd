"""A place in the tokens of one statement, and what every rule of the grammar is written with. Knows no rule itself.

Rules look at the next token only through ``at``, ``accept`` and ``expect``. So a second run over the same tokens with a
``Tracer`` (in ``errors``) can tell what would have been accepted where the first run failed, and the first run pays nothing for it.
"""

from __future__ import annotations

from typing import NoReturn

from millstream.errors import Position, SqlSyntaxError
from millstream.sql.tokens import DECIMAL, DIGITS, FLOAT, INTEGER, QUOTED, STRING, VARIABLE, Tokens, unquote
from millstream.sql.words import RESERVED

#: How deep expressions and types may nest, and how deep a finished tree may be (a chain of 200 ANDs is 200 deep).
MAX_NESTING = 60
MAX_DEPTH = 200


class Cursor:
    """``index`` is the next token; ``nesting`` how many brackets deep the rule is; ``script`` allows a script's words."""

    def __init__(self, tokens: Tokens, script: bool = False) -> None:
        self.tokens = tokens
        self.keys = tokens.keys
        self.index = 0
        self.nesting = 0
        self.script = script

    def at(self, *keys: str) -> bool:
        """Whether the next token is one of these."""
        return self.keys[self.index] in keys

    def peek(self, offset: int) -> str:
        """The key of a later token, for the few rules that must look further; END past the end."""
        return self.keys[min(self.index + offset, len(self.keys) - 1)]

    def follows(self, *keys: str) -> bool:
        """Whether exactly these tokens come next, in this order."""
        end = self.index + len(keys)
        return tuple(self.keys[self.index : end]) == keys

    def accept(self, key: str) -> bool:
        """Steps over the next token if it is this one."""
        if self.keys[self.index] == key:
            self.index += 1
            return True
        return False

    def accept_all(self, *keys: str) -> bool:
        """Steps over these tokens if exactly they come next; else over none."""
        if self.follows(*keys):
            self.index += len(keys)
            return True
        return False

    def expect(self, *keys: str) -> None:
        """Steps over these tokens, one after another."""
        for key in keys:
            if not self.accept(key):
                self.fail()

    def one_of(self, *keys: str) -> str:
        """Steps over the next token, which must be one of these, and tells which."""
        for key in keys:
            if self.accept(key):
                return key
        return self.fail()

    def here(self) -> Position:
        return self.tokens.at(self.index)

    def raw(self, index: int) -> str:
        return self.tokens.raw(index)

    def at_name(self) -> bool:
        """Whether the next token can be an identifier."""
        key = self.keys[self.index]
        if key[0] == "#":
            return key in (QUOTED, DIGITS)
        return (key[0].isalpha() or key[0] == "_") and key not in RESERVED

    def at_word(self) -> bool:
        """Whether the next token is a word, reserved or not, without quotes."""
        key = self.keys[self.index]
        return key == DIGITS or key[0].isalpha() or key[0] == "_"

    def name(self) -> str:
        """An identifier: upper-cased, or as written between quotes."""
        key = self.keys[self.index]
        if key == QUOTED:
            self.index += 1
            return unquote(self.raw(self.index - 1))
        if self.at_name():
            self.index += 1
            return key if key != DIGITS else self.raw(self.index - 1).upper()
        if key == VARIABLE:
            self.unknown_variable()
        return self.fail()

    def cased_name(self) -> str:
        """An identifier that keeps its case even without quotes: query ids, topics, subjects."""
        index = self.index
        name = self.name()
        return name if self.keys[index] == QUOTED else self.raw(index)

    def string(self) -> str:
        if not self.accept(STRING):
            self.fail()
        return unquote(self.raw(self.index - 1))

    def integer(self, what: str) -> int:
        """A whole number, maybe with a minus sign. ``what`` names it in the error."""
        sign = -1 if self.accept("-") else 1
        if not self.accept(INTEGER):
            if self.at(DECIMAL, FLOAT):
                self.refuse(f"{what} must be a whole number, not {self.raw(self.index)}.", None)
            self.fail()
        return sign * int(self.raw(self.index - 1))

    def unknown_variable(self) -> NoReturn:
        raw = self.raw(self.index)
        self.refuse(f"The variable {raw} is not defined.", f"DEFINE {raw[2:-1]} = '...'; first")

    def enter(self) -> None:
        """Steps one bracket deeper; ``leave`` steps out again."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            self.refuse(f"This nests deeper than {MAX_NESTING} levels.", "Split it over two streams, or flatten the brackets")

    def leave(self) -> None:
        self.nesting -= 1

    def refuse(self, message: str, hint: str | None, at: Position | None = None) -> NoReturn:
        """Fails with a message of its own."""
        raise SqlSyntaxError(f"Syntax Error\n{message}", hint=hint, position=at or self.here())

    def fail(self) -> NoReturn:
        """Fails because the next token fits no rule. ``errors`` turns this into words."""
        raise Unexpected(self.index)


class Unexpected(Exception):
    """The token at ``index`` fits no rule. Never leaves the parser package."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index
