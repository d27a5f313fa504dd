"""RegexRouter: the topic by a regular expression."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from millstream.worker.definition import REQUIRED, Config, ConfigDef, Key, pattern
from millstream.worker.records import Records
from millstream.worker.transforms.base import Transform

#: Of a replacement: plain text, a character behind a backslash, ${name}, $1; or one that is nothing by itself.
_PIECE = re.compile(r"([^\\$]+)|\\(.)|\$\{(\w+)\}|\$(\d+)|.", re.DOTALL)


class RegexRouter(Transform):
    """Kafka's RegexRouter: a topic that matches as a whole gets the replacement, in which $1 stands for the first group."""

    definition: ClassVar[ConfigDef] = ConfigDef(
        [
            Key("regex", "STRING", REQUIRED, "HIGH", "Regular expression of the whole topic name.", check=pattern),
            Key("replacement", "STRING", REQUIRED, "HIGH", "The new name; $1, $2, ... are groups."),
        ]
    )

    def configure(self, config: Config) -> None:
        self._regex = re.compile(config["regex"])
        self._parts = _template(config["replacement"], self._regex)

    def apply(self, records: Records) -> list[Records]:
        match = self._regex.fullmatch(records.topic)
        if match is None:
            return [records]
        return [replace(records, topic="".join(p if isinstance(p, str) else match[p[0]] or "" for p in self._parts))]


def _template(text: str, regex: re.Pattern[str]) -> list[str | tuple[int | str]]:
    """Texts, and groups as tuples, of a replacement as Java reads it. ValueError where the expression has no such group."""
    parts: list[str | tuple[int | str]] = []
    for match in _PIECE.finditer(text):
        plain, escaped, name, digits = match.groups()
        if name is None and digits is None:
            if plain is None and escaped is None:
                raise ValueError(rf"replacement: {text!r} has a '{match[0]}' by itself: write \$ or \\ for the character")
            parts.append(plain or escaped)
            continue
        known = len(digits or "")
        while known > 1 and int(digits[:known]) > regex.groups:
            known -= 1  # Java takes as many digits as there are groups for
        if name not in regex.groupindex if digits is None else int(digits[:known]) > regex.groups:
            raise ValueError(f"replacement: {text!r} takes the group {name or digits}, which {regex.pattern!r} does not have")
        parts += [(name or int(digits[:known]),), digits[known:] if digits else ""]
    return parts
