"""ValueToKey: the key becomes a struct of fields of the value."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from millstream.worker.definition import REQUIRED, Config, ConfigDef, Key
from millstream.worker.errors import DataError
from millstream.worker.records import Records
from millstream.worker.schema import ConnectSchema, struct
from millstream.worker.transforms.base import Transform, need_map, need_struct

_WHAT = "copying fields from value to key"


class ValueToKey(Transform):
    """Kafka's org.apache.kafka.connect.transforms.ValueToKey."""

    definition: ClassVar[ConfigDef] = ConfigDef(
        [
            Key("fields", "LIST", REQUIRED, "HIGH", "Fields of the value that make the key."),
            Key("replace.null.with.default", "BOOLEAN", True, "MEDIUM", "Take a field's default where it is null."),
        ]
    )
    _known: tuple[ConnectSchema, ConnectSchema] | None = None

    def configure(self, config: Config) -> None:
        self._fields: list[str] = config["fields"]
        if not self._fields:
            raise ValueError("fields: name at least one field of the value.")

    def apply(self, records: Records) -> list[Records]:
        names = self._fields
        schema = records.value_schema
        need_struct(_WHAT, schema)
        key_schema = None if schema is None else self._key_schema(schema)
        if schema is None:
            keys = [{n: need_map(_WHAT, v).get(n) for n in names} for v in records.values]
        elif len(names) == 1:
            name = names[0]
            keys = [{name: need_map(_WHAT, v)[name]} for v in records.values]
        else:
            keys = [{n: need_map(_WHAT, v)[n] for n in names} for v in records.values]
        return [replace(records, key_schema=key_schema, keys=keys)]

    def _key_schema(self, schema: ConnectSchema) -> ConnectSchema:
        if self._known is None or self._known[0] is not schema:
            fields = []
            for name in self._fields:
                field = schema.field(name)
                if field is None:
                    raise DataError(f"Field does not exist: {name}. Existing fields: {', '.join(f.name for f in schema.fields)}.")
                fields.append((name, field.schema))
            self._known = (schema, struct(None, fields))
        return self._known[1]
