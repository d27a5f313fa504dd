"""Statements without their secrets, for answers, logs, errors and the console's history. Pure, and never fails.

As in ksqlDB every property of a connector statement but ``connector.class`` is shown as ``'[string]'``; the rest of the text
stays as written. It works on text that does not parse, where it would rather hide too much. Besides, in any text, passwords
inside URLs are hidden, and so are the values that SET, ALTER SYSTEM, DEFINE and WITH give to names that sound like a secret.
"""

from __future__ import annotations

import re

from millstream.sql.bare import QUOTED_TEXT, Body, plain
from millstream.sql.parser.statements import STARTERS
from millstream.sql.text import spans
from millstream.sql.tokens import SPACE

HIDDEN = "'[string]'"

_CONNECTOR = re.compile(r"\b(?:CONNECTORS?|EXTERNAL)\b|connector\.class", re.IGNORECASE)
#: Where the pairs of a connector statement begin. Without it (the text is broken) every pair of the statement is taken.
_OPENING = re.compile(rf"{QUOTED_TEXT}|--[^\r\n]*|(?P<open>\b(?:WITH|SET)\b(?:{SPACE})?\()", re.IGNORECASE)
#: ``= value`` in broken text: an open quote hides all that follows.
_PAIR = re.compile(
    r"(?P<key>'[^']*'|\"[^\"]*\"|`[^`]*`|(?<![^\s=,('\"`])[^\s=,('\"`]++)?(?P<equals>\s{0,99}=\s*+)"
    r"(?P<value>'[^']*+(?:''[^']*+)*+(?:'|\Z)|\"[^\"]*(?:\"|\Z)|`[^`]*(?:`|\Z)|[^\s,);]+)"
)
_SETTING = re.compile(r"(?:EXPLAIN\s+)?(?:SET|DEFINE|ALTER\s+SYSTEM)\b", re.IGNORECASE)
_SECRET = re.compile(r"pass(?:word|wd|phrase)|secret|credential|token|jaas|api[._-]?key|private[._-]?key", re.IGNORECASE)
_WITH = re.compile(r"\bWITH\s*\((?:'[^']*+'?|[^')])*+", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]+")
_IN_URL = re.compile(r"(://[^\s/:@'\"]*:)[^\s/'\"]+(?=@)")
_IN_QUERY = re.compile(r"([?&;](?:password|passwd|pwd|secret|token|sslpassword)=)[^\s&;'\",)]+", re.IGNORECASE)


def mask(text: str) -> str:
    """The text with its secrets hidden. Masking twice changes nothing."""
    parts: list[str] = []
    done, torn = 0, False
    for start, end in spans(text):
        piece = text[start:end]
        torn = _CONNECTOR.search(piece) is not None or (torn and not _starts_statement(piece))
        parts += [text[done:start], _broken(piece) if torn and not _starts_statement(piece) else _statement(piece)]
        done = end
    return mask_urls("".join(parts) + text[done:])


def mask_urls(text: str) -> str:
    """Passwords inside URLs hidden: in ``user:password@`` and in ``?password=``."""
    return _IN_QUERY.sub(r"\1[string]", _IN_URL.sub(r"\1[string]", text))


def _starts_statement(text: str) -> bool:
    """Whether the text starts as SQL does. What does not, after a connector statement, was torn off it by a stray ``;``."""
    word = _WORD.match(text)
    return word is not None and word.group().upper() in STARTERS


def _statement(text: str) -> str:
    if _CONNECTOR.search(text):
        opening = next((m for m in _OPENING.finditer(text) if m["open"]), None)
        return _broken(text) if opening is None else text[: opening.end()] + _pairs(text, opening.end())
    if _SETTING.match(text):
        return _secrets(text)
    # Somebody gave a stream what only a connector takes: refused, and echoed.
    return _WITH.sub(lambda m: _secrets(m.group()), text)


def _secrets(text: str) -> str:
    """The pairs hidden whose keys sound like a secret."""
    return _PAIR.sub(lambda m: _hide(m) if _SECRET.search(m["key"] or "") else m.group(), text)


def _pairs(text: str, offset: int) -> str:
    """The pairs from ``offset`` on, and what follows them. From where they cannot be read, the rest is taken for broken."""
    parts: list[str] = []
    body = Body(text, offset)
    while True:
        begun = body.offset
        key = body.key()
        value = body.value() if key and body.take("=") else None
        if key is None or value is None:
            return "".join(parts) + _broken(text[begun:])
        shown = text[value[0] : value[1]] if _is_class(text[key[0] : key[1]]) else HIDDEN
        parts += [_broken(text[begun : key[0]]), text[key[0] : value[0]], shown]
        begun = body.offset
        if body.take(")"):
            return "".join(parts) + _broken(text[begun : body.offset]) + _broken(text[body.offset :])
        if not body.take(","):
            return "".join(parts) + _broken(text[begun:])
        parts.append(_broken(text[begun : body.offset]))


def _is_class(key: str) -> bool:
    return plain(key).lower() == "connector.class"


def _broken(text: str) -> str:
    """Every ``key = value`` hidden, wherever it stands: also in the comments between the pairs."""
    return _PAIR.sub(lambda m: m.group() if m["key"] and _is_class(m["key"]) else _hide(m), text)


def _hide(match: re.Match[str]) -> str:
    return (match["key"] or "") + match["equals"] + HIDDEN
