"""Predicates: which records a transform applies to."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar

from millstream.worker.definition import REQUIRED, Config, ConfigDef, Key, non_empty, pattern
from millstream.worker.records import Records
from millstream.worker.transforms.base import Predicate


class TopicNameMatches(Predicate):
    """The topic's whole name matches."""

    definition: ClassVar[ConfigDef] = ConfigDef([Key("pattern", "STRING", REQUIRED, "MEDIUM", "Regular expression.", check=pattern)])

    def configure(self, config: Config) -> None:
        self._regex = re.compile(config["pattern"])

    def test(self, records: Records) -> Callable[[int], bool]:
        fits = self._regex.fullmatch(records.topic) is not None
        return lambda i: fits


class HasHeaderKey(Predicate):
    """The record has a header of this name."""

    definition: ClassVar[ConfigDef] = ConfigDef([Key("name", "STRING", REQUIRED, "MEDIUM", "Name of the header.", check=non_empty)])

    def configure(self, config: Config) -> None:
        self._name: str = config["name"]

    def test(self, records: Records) -> Callable[[int], bool]:
        headers = records.headers
        return lambda i: headers is not None and any(h[0] == self._name for h in headers[i])


class RecordIsTombstone(Predicate):
    """The value is null."""

    def test(self, records: Records) -> Callable[[int], bool]:
        return lambda i: records.values[i] is None
