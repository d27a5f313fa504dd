"""RegexRouter: the topic by a regular expression."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from millstream.worker.definition import REQUIRED, Config, ConfigDef, Key, pattern
from millstream.worker.records import Records
from millstream.worker.transforms.base import Transform


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
        self._replacement = re.sub(r"\$\{(\w+)\}", r"\\g<\1>", re.sub(r"\$(\d+)", r"\\g<\1>", config["replacement"]))

    def apply(self, records: Records) -> list[Records]:
        match = self._regex.fullmatch(records.topic)
        return [replace(records, topic=match.expand(self._replacement))] if match else [records]
