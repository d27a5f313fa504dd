"""InsertHeader and DropHeaders."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from millstream.log.base import Headers
from millstream.worker.definition import REQUIRED, Config, ConfigDef, Key, non_empty
from millstream.worker.records import Records
from millstream.worker.transforms.base import Transform


def _headers(records: Records) -> list[Headers]:
    return records.headers if records.headers is not None else [()] * len(records)


class InsertHeader(Transform):
    """Kafka's InsertHeader."""

    definition: ClassVar[ConfigDef] = ConfigDef(
        [
            Key("header", "STRING", REQUIRED, "HIGH", "Name of the header.", check=non_empty),
            Key("value.literal", "STRING", REQUIRED, "HIGH", "Its text."),
        ]
    )

    def configure(self, config: Config) -> None:
        self._header = (config["header"], str(config["value.literal"]).encode())

    def apply(self, records: Records) -> list[Records]:
        return [replace(records, headers=[[*h, self._header] for h in _headers(records)])]


class DropHeaders(Transform):
    """Kafka's DropHeaders."""

    definition: ClassVar[ConfigDef] = ConfigDef([Key("headers", "LIST", REQUIRED, "HIGH", "Names of the headers to drop.")])

    def configure(self, config: Config) -> None:
        self._names = set(config["headers"])

    def apply(self, records: Records) -> list[Records]:
        return [replace(records, headers=[[h for h in hs if h[0] not in self._names] for hs in _headers(records)])]
