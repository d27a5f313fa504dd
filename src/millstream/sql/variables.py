"""``${name}``: putting variables into a text, by ksqlDB's rules. Pure.

- Inside a string, a quoted name or a bare value of KLIP 7 only known variables are replaced, so ``${file:/path:key}`` passes
  untouched to Connect. A value cannot end the string it is put into: its quotes are doubled.
- Anywhere else the value must be one name, number or string, so that a variable can never smuggle in a statement; an unknown
  name is an error there.
- Comments are left alone. ``$${name}`` stands for the text ``${name}``. Names compare without case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from millstream.errors import Position, SqlSyntaxError
from millstream.sql.bare import HEAD, QUOTED_TEXT, body_start
from millstream.sql.text import spans
from millstream.sql.tokens import Places

_NAME = r"\{(?P<name>[A-Za-z_][A-Za-z0-9_@]*)\}"
_VARIABLE = re.compile(rf"(?P<escape>\$(?=\$\{{))?\${_NAME}")
_SQL = re.compile(rf"--[^\r\n]*|/\*(?s:.*?)\*/|(?P<quoted>{QUOTED_TEXT})|(?P<variable>\$?\${_NAME})")
_BODY = re.compile(rf"(?P<quoted>{QUOTED_TEXT})|(?P<variable>\$?\${_NAME})")
#: What a variable outside strings may stand for: one token that is no operator.
_ONE_TOKEN = re.compile(rf"(?:{QUOTED_TEXT}|[A-Za-z0-9_][A-Za-z0-9_@]*|[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\Z")
_BARE_SAFE = re.compile(r"[^\s,;()'\"`\\]*\Z")


def substitute(text: str, variables: Mapping[str, str]) -> str:
    """The text with its variables replaced. Raises SqlSyntaxError for an unknown one outside strings, or a value that does not fit."""
    if "${" not in text:
        return text
    return _Substitution(text, variables).run()


class _Substitution:
    def __init__(self, text: str, variables: Mapping[str, str]) -> None:
        self.text = text
        self.values = {name.lower(): value for name, value in variables.items()}
        self.places = Places(text)

    def run(self) -> str:
        parts: list[str] = []
        done = 0
        for start, end in spans(self.text):
            body = body_start(self.text, start) if HEAD.match(self.text, start) else None
            head_end = end if body is None else min(body, end)
            parts += [self.text[done:start], self._sql(start, head_end), self._body(head_end, end)]
            done = end
        return "".join(parts) + self.text[done:]

    def _sql(self, start: int, end: int) -> str:
        def replace(match: re.Match[str]) -> str:
            if match["quoted"]:
                return self._quoted(match["quoted"])
            return self._token(match) if match["variable"] else match.group()

        return self._apply(_SQL, replace, start, end)

    def _body(self, start: int, end: int) -> str:
        def replace(match: re.Match[str]) -> str:
            return self._quoted(match["quoted"]) if match["quoted"] else self._bare(match)

        return self._apply(_BODY, replace, start, end)

    def _apply(self, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str], start: int, end: int) -> str:
        parts: list[str] = []
        done = start
        for match in pattern.finditer(self.text, start, end):
            parts += [self.text[done : match.start()], replace(match)]
            done = match.end()
        return "".join(parts) + self.text[done:end]

    def _quoted(self, raw: str) -> str:
        mark = raw[0]

        def replace(match: re.Match[str]) -> str:
            if match["escape"]:
                return match.group()[1:]
            value = self.values.get(match["name"].lower())
            return match.group() if value is None else _inner(value).replace(mark, mark * 2)

        return _VARIABLE.sub(replace, raw)

    def _token(self, match: re.Match[str]) -> str:
        if match["variable"].startswith("$$"):
            return match["variable"][1:]
        name, position = match["name"], self.places.at(match.start())
        value = self.values.get(name.lower())
        if value is None:
            hint = f"DEFINE {name} = '...'; first"
            raise SqlSyntaxError(f"Syntax Error\nThe variable ${{{name}}} is not defined.", hint=hint, position=position)
        if not _ONE_TOKEN.match(value):
            raise _unfit(name, position, "Outside strings a variable stands for one name, number or string; put quotes into its value")
        return value

    def _bare(self, match: re.Match[str]) -> str:
        if match["variable"].startswith("$$"):
            return match["variable"][1:]
        value = self.values.get(match["name"].lower())
        if value is None:
            return match.group()
        value = _inner(value)
        if not _BARE_SAFE.match(value):
            hint = "Put the value in the statement between quotes"
            raise _unfit(match["name"], self.places.at(match.start()), hint)
        return value


def _inner(value: str) -> str:
    """A value without the quotes it may carry itself: ``DEFINE t = '''x'''`` gives x inside a string."""
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == "'" else value


def _unfit(name: str, position: Position, hint: str) -> SqlSyntaxError:
    return SqlSyntaxError(f"Syntax Error\nThe value of the variable ${{{name}}} does not fit here.", hint=hint, position=position)
