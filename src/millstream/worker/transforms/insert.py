"""InsertField: add topic, partition, offset, timestamp, or a constant, as a field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from millstream.worker.definition import Config, ConfigDef, Key
from millstream.worker.errors import DataError
from millstream.worker.records import Records
from millstream.worker.schema import STRING, ConnectSchema, Field, timestamp
from millstream.worker.transforms.base import Transform, need_map, need_struct

_WHAT = "field insertion"


class InsertField(Transform):
    """Kafka's InsertField. A name ends with ``?`` for an optional field (the default), ``!`` for a required one."""

    definition: ClassVar[ConfigDef] = ConfigDef(
        [
            Key("topic.field", "STRING", None, "MEDIUM", "Field for the topic."),
            Key("partition.field", "STRING", None, "MEDIUM", "Field for the partition."),
            Key("offset.field", "STRING", None, "MEDIUM", "Field for the offset; sinks only."),
            Key("timestamp.field", "STRING", None, "MEDIUM", "Field for the record's timestamp."),
            Key("static.field", "STRING", None, "MEDIUM", "Field for a constant."),
            Key("static.value", "STRING", None, "MEDIUM", "The constant."),
            Key("replace.null.with.default", "BOOLEAN", True, "MEDIUM", "Take a field's default where it is null."),
        ]
    )
    side: ClassVar[str] = "value"

    def configure(self, config: Config) -> None:
        kinds = {
            "topic": STRING,
            "partition": ConnectSchema("int32"),
            "offset": ConnectSchema("int64"),
            "timestamp": timestamp(),
            "static": STRING,
        }
        self._adds: list[tuple[str, str, ConnectSchema]] = []
        for what, kind in kinds.items():
            name = config[f"{what}.field"]
            if name:
                hard = name.endswith("!")
                self._adds.append((what, name.rstrip("!?"), kind if hard or what == "offset" else kind.as_optional()))
        if not self._adds:
            raise ValueError("topic.field: No field insertion configured")
        self._constant = config["static.value"]
        if config["static.field"] and self._constant is None:
            raise ValueError("static.value: No value specified for static field: " + config["static.field"])
        self._known: tuple[ConnectSchema, ConnectSchema] | None = None

    def apply(self, records: Records) -> list[Records]:
        schema = records.key_schema if self.side == "key" else records.value_schema
        need_struct(_WHAT, schema)
        new = None if schema is None else self._wider(schema)
        reads = [(name, self._reader(what, records)) for what, name, _ in self._adds]
        values = records.values if self.side == "value" else records.keys or [None] * len(records)
        out = [None if v is None else {**need_map(_WHAT, v), **{name: read(i) for name, read in reads}} for i, v in enumerate(values)]
        if self.side == "key":
            return [replace(records, key_schema=new, keys=out)]
        return [replace(records, value_schema=new, values=out)]

    def _wider(self, schema: ConnectSchema) -> ConnectSchema:
        if self._known is None or self._known[0] is not schema:
            added = {name: Field(name, kind) for _, name, kind in self._adds}
            fields = tuple(f for f in schema.fields if f.name not in added)
            self._known = (schema, replace(schema, fields=(*fields, *added.values())))
        return self._known[1]

    def _reader(self, what: str, records: Records) -> Callable[[int], Any]:
        match what:
            case "topic":
                return lambda i: records.topic
            case "partition":
                return lambda i: records.partition
            case "timestamp":
                return lambda i: records.timestamps[i] if records.timestamps else None
            case "offset":
                if not len(records.offsets):
                    raise DataError("Offset insertion is only supported for sink connectors.")
                return lambda i: records.offsets[i]
            case _:
                return lambda i: self._constant


class InsertFieldKey(InsertField):
    side = "key"


class InsertFieldValue(InsertField):
    side = "value"
