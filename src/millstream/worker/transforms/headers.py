"""InsertHeader, DropHeaders and HeaderFrom. Headers are texts: numbers and truth as such, objects and lists as JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from millstream.log.base import Headers
from millstream.worker.converters.json import encode_plain
from millstream.worker.definition import REQUIRED, Config, ConfigDef, Key, non_empty, one_of
from millstream.worker.errors import DataError
from millstream.worker.records import Records
from millstream.worker.schema import ConnectSchema
from millstream.worker.transforms.base import SideTransform, Transform, need_map, need_struct


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


class HeaderFrom(SideTransform):
    """Kafka's HeaderFrom: fields become headers, and stay (copy) or go (move)."""

    definition: ClassVar[ConfigDef] = ConfigDef(
        [
            Key("fields", "LIST", REQUIRED, "HIGH", "Fields to take."),
            Key("headers", "LIST", REQUIRED, "HIGH", "What the headers are called, in the same order."),
            Key("operation", "STRING", REQUIRED, "HIGH", "move: the fields go. copy: they stay.", check=one_of("move", "copy")),
            Key("replace.null.with.default", "BOOLEAN", True, "MEDIUM", "Take a field's default where it is null."),
        ]
    )

    def configure(self, config: Config) -> None:
        self._fields, self._headers = config["fields"], config["headers"]
        if not self._fields or len(self._fields) != len(self._headers):
            raise ValueError("fields: 'fields' config must have the same number of elements as 'headers' config.")
        self._moves = config["operation"] == "move"

    def prepare(self, schema: ConnectSchema | None) -> tuple[ConnectSchema | None, Callable[[Any], Any]]:
        need_struct("header from", schema)
        if schema is not None:
            known = [f.name for f in schema.fields]
            for name in self._fields:
                if name not in known:
                    raise DataError(f"Field does not exist: {name}. Existing fields: {', '.join(known)}.")
        if not self._moves:
            return schema, lambda v: v
        new = None if schema is None else replace(schema, fields=tuple(f for f in schema.fields if f.name not in self._fields))
        return new, lambda v: {k: x for k, x in need_map("header from", v).items() if k not in self._fields}

    def apply(self, records: Records) -> list[Records]:
        values = records.values if self.side == "value" else records.keys or [None] * len(records)
        pairs = list(zip(self._fields, self._headers, strict=True))
        made = [[(header, _text(need_map("header from", v).get(field))) for field, header in pairs] for v in values]
        headers: list[Headers] = [[*old, *new] for old, new in zip(_headers(records), made, strict=True)]
        return [replace(out, headers=headers) for out in super().apply(records)]


def _text(value: Any) -> bytes:
    match value:
        case None:
            return b""
        case bytes():
            return value
        case str():
            return value.encode()
        case _:
            return encode_plain([value], None)[0] or b""


class HeaderFromKey(HeaderFrom):
    side = "key"


class HeaderFromValue(HeaderFrom):
    side = "value"
