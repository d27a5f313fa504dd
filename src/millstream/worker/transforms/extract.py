"""ExtractField: the struct becomes one of its fields. HoistField: the value becomes a struct with one field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from millstream.worker.definition import REQUIRED, Config, ConfigDef, Key, non_empty
from millstream.worker.errors import DataError
from millstream.worker.schema import ConnectSchema, struct
from millstream.worker.transforms.base import SideTransform, need_map, need_struct

_WHAT = "field extraction"


class ExtractField(SideTransform):
    """Kafka's ExtractField. ``field.syntax.version=V2`` takes dots as steps into nested structs."""

    definition: ClassVar[ConfigDef] = ConfigDef(
        [
            Key("field", "STRING", REQUIRED, "MEDIUM", "Name of the field to extract.", check=non_empty),
            Key("field.syntax.version", "STRING", "V1", "HIGH", "V2: dots in the name are steps into nested structs."),
            Key("replace.null.with.default", "BOOLEAN", True, "MEDIUM", "Take a field's default where it is null."),
        ]
    )

    def configure(self, config: Config) -> None:
        name = config["field"]
        self._path: list[str] = name.split(".") if config["field.syntax.version"].upper() == "V2" else [name]

    def prepare(self, schema: ConnectSchema | None) -> tuple[ConnectSchema | None, Callable[[Any], Any]]:
        inner = schema
        for step in self._path if schema is not None else ():
            need_struct(_WHAT, inner)
            found = inner.field(step) if inner else None
            if found is None:
                known = ", ".join(f.name for f in inner.fields) if inner else ""
                raise DataError(f"Unknown field: {step}. Existing fields: {known}.")
            inner = found.schema
        return inner, self._get

    def _get(self, value: Any) -> Any:
        for step in self._path:
            if value is None:
                return None
            value = need_map(_WHAT, value).get(step)
        return value


class ExtractFieldKey(ExtractField):
    side = "key"


class ExtractFieldValue(ExtractField):
    side = "value"


class HoistField(SideTransform):
    """Kafka's HoistField."""

    definition: ClassVar[ConfigDef] = ConfigDef(
        [Key("field", "STRING", REQUIRED, "MEDIUM", "Name of the one field of the struct.", check=non_empty)]
    )

    def configure(self, config: Config) -> None:
        self._name: str = config["field"]

    def prepare(self, schema: ConnectSchema | None) -> tuple[ConnectSchema | None, Callable[[Any], Any]]:
        name = self._name
        return (None if schema is None else struct(None, [(name, schema)])), lambda v: {name: v}


class HoistFieldKey(HoistField):
    side = "key"


class HoistFieldValue(HoistField):
    side = "value"
