"""The replacement of Java's ``Matcher.replaceAll``. What may not live here: patterns."""

from __future__ import annotations

import re

from millstream.errors import RecordError

_SPECIAL = re.compile(r"[\\$]")


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
