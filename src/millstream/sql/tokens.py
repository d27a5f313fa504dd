"""Text to tokens, with the place of each. Knows strings, comments and words; no grammar.

A token is three parallel lists' worth: its ``key`` (what the grammar compares), its start and its end in the text. The key of
a word is the word upper-cased, of an operator the operator itself; every other kind has a key of its own (the constants
below), so that a quoted ``"FROM"`` can never be taken for the word FROM. White space, comments and a ``\\`` at a line's end
make no tokens. Values (the text of a string, the name an identifier stands for) are worked out by whoever needs them.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from millstream.dataclass import dataclass
from millstream.errors import Position, SqlSyntaxError

#: Keys of tokens that are neither words nor operators. They start with a character no word or operator starts with.
STRING, QUOTED, VARIABLE, END = "#STRING", "#QUOTED", "#VARIABLE", "#END"
INTEGER, DECIMAL, FLOAT, DIGITS = "#INTEGER", "#DECIMAL", "#FLOAT", "#DIGITS"

#: By the group of the expression below. DIGITS is a name that starts with a digit.
_KINDS = {
    "string": STRING,
    "quoted": QUOTED,
    "variable": VARIABLE,
    "integer": INTEGER,
    "decimal": DECIMAL,
    "float": FLOAT,
    "digits": DIGITS,
}

#: White space and comments. A backslash counts where it ends a line (KLIP 7 writes its statements so). Possessive: it must never
#: give back what it took, or a long run of spaces would take for ever to fail.
SPACE = r"(?:[ \t\r\n\f\v]++|--[^\r\n]*+|/\*(?s:.*?)\*/|\\(?=[ \t]*(?:\r|\n|\Z)))++"

_TOKEN = re.compile(
    rf"""(?P<space>{SPACE})
    |(?P<word>[A-Za-z_][A-Za-z0-9_@]*)
    |(?P<float>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]+(?![A-Za-z0-9_@]))
    |(?P<decimal>[0-9]+\.[0-9]*|\.[0-9]+)
    |(?P<integer>[0-9]+(?![A-Za-z0-9_@]))
    |(?P<digits>[0-9][A-Za-z0-9_@]+)
    |(?P<string>'[^']*+(?:''[^']*+)*+')
    |(?P<quoted>`[^`]*+(?:``[^`]*+)*+`|"[^"]*+(?:""[^"]*+)*+")
    |(?P<variable>\$\{{[^}}\s]*\}})
    |(?P<op>->|=>|:=|!=|<>|<=|>=|\|\||[-+*/%=<>()\[\],.;:])
    |(?P<bad>.)""",
    re.VERBOSE | re.DOTALL,
)

#: What an opening character that never closes is called.
_UNCLOSED = {"'": "string", '"': "quoted name", "`": "quoted name", "$": "variable"}


class Places:
    """Finds line and column (both from 1) of an offset. ``origin`` is where the text itself starts in a larger one."""

    def __init__(self, text: str, origin: Position | None = None) -> None:
        self._starts = [0] + [m.end() for m in re.finditer(r"\r\n|\n|\r", text)]
        self.origin = origin or Position(1, 1)

    def at(self, offset: int) -> Position:
        line = bisect_right(self._starts, offset)
        column = offset - self._starts[line - 1] + 1
        first = self.origin
        return Position(first.line + line - 1, column + (first.column - 1 if line == 1 else 0))


@dataclass(slots=True)
class Tokens:
    """The tokens of a text; the last one is END, empty, at the end of the text."""

    text: str
    places: Places
    keys: list[str]
    starts: list[int]
    ends: list[int]

    def raw(self, index: int) -> str:
        """The token as written."""
        return self.text[self.starts[index] : self.ends[index]]

    def at(self, index: int) -> Position:
        return self.places.at(self.starts[index])


def tokenize(text: str, origin: Position | None = None) -> Tokens:
    """All tokens of the text. Raises SqlSyntaxError where a string, a quoted name or a comment is not closed, or a character is foreign."""
    keys: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    places = Places(text, origin)
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "space":
            continue
        if kind == "word":
            keys.append(match.group().upper())
        elif kind == "op":
            op = match.group()
            if op == "/" and text.startswith("/*", match.start()):
                raise _unclosed("comment", places.at(match.start()), "*/")
            keys.append("<>" if op == "!=" else op)
        elif kind == "bad":
            raise _foreign(text, match.start(), places)
        else:
            keys.append(_KINDS[kind])  # type: ignore[index]
        starts.append(match.start())
        ends.append(match.end())
    keys.append(END)
    starts.append(len(text))
    ends.append(len(text))
    return Tokens(text, places, keys, starts, ends)


def _unclosed(what: str, position: Position, closer: str) -> SqlSyntaxError:
    return SqlSyntaxError(f"Syntax Error\nThe {what} that starts here is not closed.", hint=f"Close it with {closer}", position=position)


def _foreign(text: str, offset: int, places: Places) -> SqlSyntaxError:
    """The error for a character that starts no token: an opening quote without its end, or one the language does not use."""
    char, position = text[offset], places.at(offset)
    if char in _UNCLOSED and (char != "$" or text.startswith("${", offset)):
        return _unclosed(_UNCLOSED[char], position, "}" if char == "$" else char)
    hint = "A name with other characters than letters, digits and _ needs back-ticks: `name`"
    if char in "‘’“”":
        hint = "This is a typographic quote: write ' around strings and ` around names"
    elif char == "\\":
        hint = "A \\ may only stand at the end of a line"
    elif char in "!&|^~":
        hint = "Comparisons are = <> != < <= > >=; conditions are joined by AND, OR and NOT"
    return SqlSyntaxError(f"Syntax Error\nFound {char!r}, which starts nothing in SQL.", hint=hint, position=position)


def unquote(raw: str) -> str:
    """The content of a quoted token: the quotes taken off, a doubled quote inside made single."""
    mark = raw[0]
    return raw[1:-1].replace(mark * 2, mark)
