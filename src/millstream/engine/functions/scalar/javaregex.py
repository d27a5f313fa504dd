"""Java's regular expressions on Python's ``re``: what the syntax has in common is passed on, the rest is translated or refused.

What may not live here: SQL functions.
"""

from __future__ import annotations

import functools
import re

from millstream.errors import RecordError

_CLASSES = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "ASCII": "\\x00-\\x7f",
    "Alpha": "A-Za-z",
    "Digit": "0-9",
    "Alnum": "A-Za-z0-9",
    "Punct": "!-/:-@\\[-`{-~",
    "Graph": "!-~",
    "Print": " -~",
    "Blank": " \\t",
    "Cntrl": "\\x00-\\x1f\\x7f",
    "XDigit": "0-9a-fA-F",
    "Space": " \\t\\n\\x0b\\f\\r",
    "L": "^\\W\\d_",
    "N": "\\d",
    "Nd": "\\d",
}
#: Of these only Python's Unicode rules know the members; the others are ASCII.
_UNICODE = {"L": "[^\\W\\d_]", "IsAlphabetic": "[^\\W\\d_]", "N": "\\d", "Nd": "\\d", "IsDigit": "\\d"}
#: Longest pattern, in characters: compiling takes some 20 us a character.
_LONGEST = 16_384
_SPECIAL = re.compile(r"[\\$]")
_LINE_END = "\\n\\r\\u0085\\u2028\\u2029"
_ESCAPES = {"h": " \\t\\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000", "R": "", "z": "", "Z": ""}


@functools.lru_cache(maxsize=1024)
def compile_java(pattern: str) -> re.Pattern[str]:
    """The pattern compiled. Raises RecordError for one that Java refuses, that cannot be translated or that is too long."""
    if len(pattern) > _LONGEST:
        raise RecordError(f"The regular expression {pattern[:20]!r}... has {len(pattern)} characters; at most {_LONGEST} are allowed.")
    try:
        return re.compile(_Translator(pattern).run(), re.ASCII)
    except (re.error, OverflowError) as error:
        raise RecordError(f"Invalid regular expression {pattern!r}: {error}") from None


class _Translator:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def run(self) -> str:
        out: list[str] = []
        while self.at < len(self.pattern):
            char = self.pattern[self.at]
            if char == "\\":
                out.append(self.escape(inside=False))
            elif char == "[":
                out.append(self.char_class())
            elif char == ".":
                self.at += 1
                out.append(f"[^{_LINE_END}]")
            elif self.pattern.startswith("(?<", self.at) and self.pattern[self.at + 3 : self.at + 4] not in ("=", "!"):
                self.at += 3
                out.append("(?P<")
            else:
                self.at += 1
                out.append(char)
        return "".join(out)

    def escape(self, *, inside: bool) -> str:
        follower = self.pattern[self.at + 1 : self.at + 2]
        self.at += 2
        if follower in ("p", "P"):
            return self.property(follower == "P", inside=inside)
        if follower == "Q":
            end = self.pattern.find("\\E", self.at)
            quoted = self.pattern[self.at :] if end < 0 else self.pattern[self.at : end]
            self.at = len(self.pattern) if end < 0 else end + 2
            return re.escape(quoted)
        if follower == "h":
            return _ESCAPES["h"] if inside else f"[{_ESCAPES['h']}]"
        if follower == "R":
            return f"(?:\\r\\n|[{_LINE_END}\\x0b\\x0c])"
        if follower == "z":
            return "\\Z"
        if follower == "Z":
            return f"(?=[{_LINE_END}]?\\Z)"
        if follower == "k" and self.pattern[self.at : self.at + 1] == "<":
            end = self.pattern.find(">", self.at)
            name = self.pattern[self.at + 1 : end]
            self.at = end + 1
            return f"(?P={name})"
        if follower == "e":
            return "\\x1b"
        return "\\" + follower

    def property(self, negated: bool, *, inside: bool) -> str:
        if self.pattern[self.at : self.at + 1] == "{":
            end = self.pattern.find("}", self.at)
            name = self.pattern[self.at + 1 : end]
            self.at = end + 1
        else:
            name = self.pattern[self.at : self.at + 1]
            self.at += 1
        if name in _UNICODE and not inside:
            return f"(?{'!' if negated else '='}(?u:{_UNICODE[name]}))[\\s\\S]"
        members = _CLASSES.get(name)
        if members is None or (negated and inside):
            raise RecordError(f"The regular expression {self.pattern!r} uses \\p{{{name}}} in a way that is not supported.")
        return members if inside else f"[{'^' if negated else ''}{members}]"

    def char_class(self) -> str:
        out = ["["]
        self.at += 1
        if self.pattern[self.at : self.at + 1] == "^":
            out.append("^")
            self.at += 1
        first = True
        while self.at < len(self.pattern) and (first or self.pattern[self.at] != "]"):
            char = self.pattern[self.at]
            if char == "\\":
                out.append(self.escape(inside=True))
            elif char == "[" or self.pattern.startswith("&&", self.at):
                raise RecordError(f"The regular expression {self.pattern!r} nests character classes, which is not supported.")
            else:
                out.append("\\" + char if char in "[&~|" else char)
                self.at += 1
            first = False
        if self.at >= len(self.pattern):
            raise RecordError(f"Invalid regular expression {self.pattern!r}: the character class is not closed.")
        self.at += 1
        return "".join(out) + "]"


def expand(replacement: str, found: re.Match[str]) -> str:
    """Java's replacement text: $1 and ${name} are groups, a backslash takes the next character as it is. Raises RecordError."""
    out: list[str] = []
    at = 0
    while special := _SPECIAL.search(replacement, at):
        out.append(replacement[at : special.start()])
        at = special.end()
        if special[0] == "\\":
            if at == len(replacement):
                raise RecordError("The replacement ends with a backslash: character to be escaped is missing.")
            out.append(replacement[at])
            at += 1
        else:
            text, at = _group(replacement, at, found)
            out.append(text)
    out.append(replacement[at:])
    return "".join(out)


def _group(replacement: str, at: int, found: re.Match[str]) -> tuple[str, int]:
    if replacement[at : at + 1] == "{":
        end = replacement.find("}", at)
        name = replacement[at + 1 : end] if end > 0 else ""
        if name not in found.re.groupindex:
            raise RecordError(f"The replacement {replacement!r} names a group {name!r} that the pattern lacks.")
        return found[name] or "", end + 1
    if not "0" <= replacement[at : at + 1] <= "9":
        raise RecordError(f"The replacement {replacement!r} has a $ that is followed by no group.")
    number, at = int(replacement[at]), at + 1
    if number > found.re.groups:
        raise RecordError(f"The replacement {replacement!r} asks for group {number}, the pattern has {found.re.groups}.")
    while "0" <= replacement[at : at + 1] <= "9" and number * 10 + int(replacement[at]) <= found.re.groups:
        number, at = number * 10 + int(replacement[at]), at + 1
    return found[number] or "", at
