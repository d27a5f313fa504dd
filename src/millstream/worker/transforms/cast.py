"""Cast: change the type of fields, or of the whole key or value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

from millstream.worker.definition import REQUIRED, Config, ConfigDef, Key
from millstream.worker.errors import DataError
from millstream.worker.schema import ConnectSchema, Field
from millstream.worker.transforms.base import SideTransform, need_map

_BITS = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}
_TARGETS = (*_BITS, "float32", "float64", "boolean", "string")


class Cast(SideTransform):
    """Kafka's Cast: ``spec=field:type,...``, or one type for the whole. Numbers are cut to size as on the JVM."""

    definition: ClassVar[ConfigDef] = ConfigDef(
        [
            Key("spec", "LIST", REQUIRED, "HIGH", f"field:type, ... or one type. Types: {', '.join(_TARGETS)}."),
            Key("replace.null.with.default", "BOOLEAN", True, "MEDIUM", "Take a field's default where it is null."),
        ]
    )

    def configure(self, config: Config) -> None:
        self._whole: str | None = None
        self._fields: dict[str, str] = {}
        for entry in config["spec"]:
            name, _, kind = entry.rpartition(":")
            if kind.strip().lower() not in _TARGETS:
                raise ValueError(f"spec: Invalid type {kind!r} in {entry!r}: String must be one of: {', '.join(_TARGETS)}")
            if name:
                self._fields[name.strip()] = kind.strip().lower()
            else:
                self._whole = kind.strip().lower()
        if self._whole and (self._fields or len(config["spec"]) > 1):
            raise ValueError("spec: Cast transformations that specify a type to cast the entire value to may only specify a single cast")

    def prepare(self, schema: ConnectSchema | None) -> tuple[ConnectSchema | None, Callable[[Any], Any]]:
        if self._whole:
            kind = self._whole
            new = None if schema is None else ConnectSchema(kind, schema.optional, default=schema.default and cast(schema.default, kind))
            return new, lambda v: None if v is None else cast(v, kind)
        return self._fielded(schema), self._change

    def _fielded(self, schema: ConnectSchema | None) -> ConnectSchema | None:
        if schema is None:
            return None
        fields = tuple(
            Field(f.name, ConnectSchema(self._fields[f.name], f.schema.optional)) if f.name in self._fields else f for f in schema.fields
        )
        return replace(schema, fields=fields)

    def _change(self, value: Any) -> Any:
        if value is None:
            return None
        out = dict(need_map("type casting", value))
        for name, kind in self._fields.items():
            if out.get(name) is not None:
                out[name] = cast(out[name], kind)
        return out


def cast(value: Any, kind: str) -> Any:
    """A value as another type. DataError where it has none."""
    try:
        match kind:
            case "string":
                return ("true" if value else "false") if isinstance(value, bool) else str(value)
            case "boolean":
                return value.strip().lower() == "true" if isinstance(value, str) else bool(value)
            case "float32" | "float64":
                return float(value)
            case _:
                number = int(value) if not isinstance(value, str) else int(Decimal(value.strip()))
                half = 1 << (_BITS[kind] - 1)
                return (number + half) % (2 * half) - half
    except (ValueError, ArithmeticError, TypeError) as e:
        raise DataError(f"Cannot cast {value!r} to {kind}.") from e


class CastKey(Cast):
    side = "key"


class CastValue(Cast):
    side = "value"
