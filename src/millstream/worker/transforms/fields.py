"""ReplaceField: leave out, keep and rename fields. MaskField: blank them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

from millstream.worker.definition import REQUIRED, Config, ConfigDef, Key
from millstream.worker.errors import DataError
from millstream.worker.schema import FLOATS, INTEGERS, ConnectSchema, Field
from millstream.worker.transforms.base import SideTransform, need_map, need_struct


class ReplaceField(SideTransform):
    """Kafka's ReplaceField; the old names ``whitelist`` and ``blacklist`` are taken, too."""

    definition: ClassVar[ConfigDef] = ConfigDef(
        [
            Key("exclude", "LIST", (), "MEDIUM", "Fields to leave out."),
            Key("include", "LIST", (), "MEDIUM", "Fields to keep. Empty: all."),
            Key("renames", "LIST", (), "MEDIUM", "Fields to rename: old:new, ..."),
            Key("blacklist", "LIST", (), "LOW", "Old name of exclude."),
            Key("whitelist", "LIST", (), "LOW", "Old name of include."),
            Key("replace.null.with.default", "BOOLEAN", True, "MEDIUM", "Take a field's default where it is null."),
        ]
    )

    def configure(self, config: Config) -> None:
        self._exclude = set(config["exclude"] or config["blacklist"])
        self._include = set(config["include"] or config["whitelist"])
        pairs = [entry.split(":") for entry in config["renames"]]
        if any(len(p) != 2 for p in pairs):
            raise ValueError(f"renames: Invalid rename mapping: {','.join(config['renames'])}: expected old:new, ...")
        self._renames = {old.strip(): new.strip() for old, new in pairs}

    def _keeps(self, name: str) -> bool:
        return name not in self._exclude and (not self._include or name in self._include)

    def prepare(self, schema: ConnectSchema | None) -> tuple[ConnectSchema | None, Callable[[Any], Any]]:
        need_struct("field replacement", schema)
        if schema is None:
            return None, self._map
        pairs = [(f.name, self._renames.get(f.name, f.name)) for f in schema.fields if self._keeps(f.name)]
        fields = tuple(Field(self._renames.get(f.name, f.name), f.schema) for f in schema.fields if self._keeps(f.name))
        return replace(schema, fields=fields), lambda v: None if v is None else {new: v[old] for old, new in pairs}

    def _map(self, value: Any) -> Any:
        if value is None:
            return None
        return {self._renames.get(k, k): v for k, v in need_map("field replacement", value).items() if self._keeps(k)}


class ReplaceFieldKey(ReplaceField):
    side = "key"


class ReplaceFieldValue(ReplaceField):
    side = "value"


class MaskField(SideTransform):
    """Kafka's MaskField: fields become their type's empty value, or ``replacement``."""

    definition: ClassVar[ConfigDef] = ConfigDef(
        [
            Key("fields", "LIST", REQUIRED, "HIGH", "Fields to mask."),
            Key("replacement", "STRING", None, "LOW", "What to put in their place, for numbers and texts."),
            Key("replace.null.with.default", "BOOLEAN", True, "MEDIUM", "Take a field's default where it is null."),
        ]
    )

    def configure(self, config: Config) -> None:
        self._names: list[str] = config["fields"]
        self._replacement: str | None = config["replacement"]

    def prepare(self, schema: ConnectSchema | None) -> tuple[ConnectSchema | None, Callable[[Any], Any]]:
        need_struct("mask fields", schema)
        blanks = {f.name: self._blank(f.schema) for f in schema.fields if f.name in self._names} if schema is not None else {}

        def change(value: Any) -> Any:
            if value is None:
                return None
            out = dict(need_map("mask fields", value))
            for name in self._names:
                if name in out:
                    out[name] = blanks[name] if schema is not None else self._like(out[name])
            return out

        return schema, change

    def _blank(self, schema: ConnectSchema) -> Any:
        if schema.type in INTEGERS or schema.type in FLOATS:
            kind: Any = int if schema.type in INTEGERS else float
            return kind(self._replacement or 0)
        if schema.type == "bytes":
            return Decimal(self._replacement or 0) if schema.name else b""
        blanks: dict[str, Any] = {"string": self._replacement or "", "boolean": False, "array": [], "map": {}}
        if schema.type not in blanks:
            raise DataError(f"Cannot mask value of type: {schema.type}")
        return blanks[schema.type]

    def _like(self, value: Any) -> Any:
        match value:
            case bool():
                return False
            case int() | float():
                return type(value)(self._replacement or 0)
            case str():
                return self._replacement or ""
            case list() | dict():
                return type(value)()
            case None:
                return None
            case _:
                raise DataError(f"Cannot mask value of type: {type(value).__name__}")


class MaskFieldKey(MaskField):
    side = "key"


class MaskFieldValue(MaskField):
    side = "value"
