"""Java's regular expressions on Python's ``re``: what the syntax has in common is passed on, the rest is translated or refused.

What may not live here: SQL functions, what a character class holds (``javaclasses``).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from millstream.engine.functions.scalar import javaclasses
from millstream.engine.functions.scalar.javaclasses import Ranges
from millstream.errors import RecordError

#: Longest pattern, in characters: compiling takes some 20 us a character.
_LONGEST = 16_384
_LINE_END = "\\n\\r\\u0085\\u2028\\u2029"
_INSIDE_CRLF = r"(?!(?<=\r)\n)"
#: What starts or ends a line: by the letter, and whether every line counts (flag m) or the text alone.
_ANCHORS = {
    ("^", False): r"\A",
    ("^", True): rf"\A|(?<=[{_LINE_END}])(?!\Z){_INSIDE_CRLF}",
    ("$", False): rf"{_INSIDE_CRLF}(?=(?:\r\n|[{_LINE_END}])?\Z)",
    ("$", True): rf"{_INSIDE_CRLF}(?=[{_LINE_END}]|\Z)",
}
_ESCAPES = {"R": rf"\r\n|[{_LINE_END}\x0b\x0c]", "A": r"\A", "b": r"\b", "B": r"\B", "z": r"\Z", "Z": _ANCHORS["$", False]}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b"}
_COUNT = re.compile(r"\{[0-9]+(?:,[0-9]*)?\}")
_FLAGS = re.compile(r"\(\?([idmsuxU]*)(?:-([idmsuxU]*))?([:)])")
_POINT = re.compile(r"x([0-9a-fA-F]{2})|x\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|0([0-3][0-7]{2}|[0-7]{1,2})")


@functools.lru_cache(maxsize=1024)
def compile_java(pattern: str) -> re.Pattern[str]:
    """The pattern compiled. Raises RecordError for one that Java refuses, that cannot be translated or that is too long."""
    if len(pattern) > _LONGEST:
        raise RecordError(f"The regular expression {pattern[:20]!r}... has {len(pattern)} characters; at most {_LONGEST} are allowed.")
    try:
        return re.compile(_Translator(pattern).run(), re.ASCII)
    except (re.error, OverflowError) as error:
        raise RecordError(f"Invalid regular expression {pattern!r}: {error}") from None


def matches(compiled: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """All matches, one after the other: behind an empty one the search goes on one character later, as in Java."""
    at = len(text) + 1
    for found in compiled.finditer(text):
        yield found
        if found.end() == found.start():
            at = found.end() + 1
            break
    while at <= len(text) and (found := compiled.search(text, at)) is not None:  # type: ignore[assignment]
        yield found
        at = found.end() + (found.end() == found.start())


class _Translator:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.groups = 0
        #: For each open group: the flags outside it, and what ``(?i)`` opened in it: Java ends that with the group, and keeps it after |.
        self.levels: list[tuple[str, list[str]]] = [("", [])]
        self.flags = ""

    def run(self) -> str:
        out: list[str] = []
        while self.at < len(self.pattern):
            out.append(self.one())
        if len(self.levels) > 1:
            raise self.invalid("a group is not closed")
        return "".join(out) + ")" * len(self.levels[0][1])

    def invalid(self, why: str) -> RecordError:
        return RecordError(f"Invalid regular expression {self.pattern!r}: {why}.")

    def one(self) -> str:
        """The next piece."""
        char = self.pattern[self.at]
        if char == "\\":
            return self.escape()
        if char == "[":
            self.at += 1
            return javaclasses.written(self.char_class())
        if char == "(":
            return self.group()
        if char == "{":
            found = _COUNT.match(self.pattern, self.at)
            if found is None:
                raise self.invalid("{ is no literal: write \\{")
            self.at = found.end()
            return found[0]
        self.at += 1
        if char == ".":
            return r"[\s\S]" if "s" in self.flags else r"[^\n]" if "d" in self.flags else f"[^{_LINE_END}]"
        if char in "^$":
            return f"(?:{_ANCHORS[char, 'm' in self.flags]})"
        if char == "|":
            opened = self.levels[-1][1]
            return ")" * len(opened) + "|" + "".join(opened)
        if char == ")":
            if len(self.levels) == 1:
                raise self.invalid("there is a ) too many")
            self.flags, opened = self.levels.pop()
            return ")" * len(opened) + ")"
        return char

    def group(self) -> str:
        rest = self.pattern[self.at :]
        found = _FLAGS.match(rest)
        if found is not None:
            self.at += found.end()
            return self.flag_group(found)
        self.levels.append((self.flags, []))
        for start in ("(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!"):
            if rest.startswith(start):
                self.at += len(start)
                return start
        self.groups += 1
        if rest.startswith("(?<"):
            self.at += 3
            return "(?P<"
        if rest.startswith("(?"):
            raise self.invalid("there is no such kind of group")
        self.at += 1
        return "("

    def flag_group(self, found: re.Match[str]) -> str:
        outside = self.flags
        self.flags = "".join(set(outside) | set(found[1]) - set(found[2] or ""))
        on = "i" * ("i" in found[1]) + "x" * ("x" in found[1]) + "u" * ("u" in found[1] or "U" in found[1])
        off = "".join(f for f in "ix" if f in (found[2] or ""))
        text = f"(?{on}{'-' + off if off else ''}:"
        if found[3] == ":":
            self.levels.append((outside, []))
        else:
            self.levels[-1][1].append(text)
        return text

    def escape(self) -> str:
        follower = self.pattern[self.at + 1 : self.at + 2]
        if follower == "Q":
            return re.escape(self.quoted())
        if follower in "123456789" and follower:
            return self.back_reference()
        if follower == "k":
            end = self.pattern.find(">", self.at)
            if self.pattern[self.at + 2 : self.at + 3] != "<" or end < 0:
                raise self.invalid("\\k wants the name of a group: \\k<name>")
            name, self.at = self.pattern[self.at + 3 : end], end + 1
            return f"(?P={name})"
        if follower in _ESCAPES:
            self.at += 2
            return f"(?:{_ESCAPES[follower]})"
        return javaclasses.written(self.set_or_character())

    def quoted(self) -> str:
        start = self.at + 2
        end = self.pattern.find("\\E", start)
        self.at = len(self.pattern) if end < 0 else end + 2
        return self.pattern[start:] if end < 0 else self.pattern[start:end]

    def back_reference(self) -> str:
        number, self.at = int(self.pattern[self.at + 1]), self.at + 2
        while self.pattern[self.at : self.at + 1].isdecimal() and number * 10 + int(self.pattern[self.at]) <= self.groups:
            number, self.at = number * 10 + int(self.pattern[self.at]), self.at + 1
        return f"(?:\\{number})" if number <= self.groups else "(?!)"

    def set_or_character(self) -> Ranges:
        """An escape that stands for a set of characters or for one."""
        follower = self.pattern[self.at + 1 : self.at + 2]
        self.at += 2
        if follower and follower in "pP":
            found = javaclasses.named(self.property_name(), self.pattern)
            return javaclasses.complement(found) if follower == "P" else found
        known = javaclasses.letter(follower)
        if known is not None:
            return known
        return ((point := self.character(follower), point),)

    def character(self, follower: str) -> int:
        found = _POINT.match(self.pattern, self.at - 1)
        if found is not None:
            self.at = found.end()
            digits = next(g for g in found.groups() if g is not None)
            return int(digits, 8 if found[4] else 16)
        if follower == "c" and self.at < len(self.pattern):
            self.at += 1
            return ord(self.pattern[self.at - 1]) ^ 64
        if follower in _CONTROLS:
            return ord(_CONTROLS[follower])
        if not follower or (follower.isascii() and follower.isalnum()):
            raise self.invalid(f"\\{follower} is no escape")
        return ord(follower)

    def property_name(self) -> str:
        if self.pattern[self.at : self.at + 1] != "{":
            self.at += 1
            return self.pattern[self.at - 1 : self.at]
        end = self.pattern.find("}", self.at)
        if end < 0:
            raise self.invalid("a property is not closed")
        name, self.at = self.pattern[self.at + 1 : end], end + 1
        return name

    def char_class(self, *, nested: bool = True) -> Ranges:
        """A class from behind its [ to its ]. Not ``nested``: the right side of && , which ends before the ] of the class around it."""
        negated = nested and self.pattern[self.at : self.at + 1] == "^"
        self.at += negated
        found: Ranges | None = None
        while self.at < len(self.pattern):
            if self.pattern[self.at] == "]" and found is not None:
                self.at += nested
                return javaclasses.complement(found) if negated else found
            if self.pattern.startswith("&&", self.at):
                right = self.right_of_and()
                if found is None and right is None:
                    raise self.invalid("&& has no sides")
                found = javaclasses.intersection(found or right or (), right or found or ())
            else:
                found = javaclasses.union(found or (), self.member())
        raise self.invalid("the character class is not closed")

    def right_of_and(self) -> Ranges | None:
        self.at += 2
        right: Ranges | None = None
        while self.at < len(self.pattern) and self.pattern[self.at] not in "]&":
            if self.pattern[self.at] == "[":
                self.at += 1
                right = javaclasses.union(right or (), self.char_class())
            else:
                right = self.char_class(nested=False)
        return right

    def member(self) -> Ranges:
        char = self.pattern[self.at]
        if char == "[":
            self.at += 1
            return self.char_class()
        if self.pattern.startswith("\\Q", self.at):
            return javaclasses.union(tuple((ord(c), ord(c)) for c in self.quoted()))
        first = self.set_or_character() if char == "\\" else ((ord(char), ord(char)),)
        self.at += char != "\\"
        if len(first) > 1 or first[0][0] != first[0][1] or self.pattern[self.at : self.at + 1] != "-":
            return first
        follower = self.pattern[self.at + 1 : self.at + 2]
        if follower in ("", "[", "]"):
            return first
        self.at += 1
        last = self.set_or_character()[0][0] if follower == "\\" else ord(follower)
        self.at += follower != "\\"
        if last < first[0][0]:
            raise self.invalid("a range of characters runs backwards")
        return ((first[0][0], last),)
