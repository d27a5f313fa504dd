"""Flatten: fields of nested structs become fields of the struct, their names joined."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, ClassVar

from millstream.worker.definition import Config, ConfigDef, Key
from millstream.worker.schema import ConnectSchema, Field
from millstream.worker.transforms.base import SideTransform, need_map, need_struct


class Flatten(SideTransform):
    """Kafka's Flatten."""

    definition: ClassVar[ConfigDef] = ConfigDef(
        [
            Key("delimiter", "STRING", ".", "MEDIUM", "Between the names."),
            Key("replace.null.with.default", "BOOLEAN", True, "MEDIUM", "Take a field's default where it is null."),
        ]
    )

    def configure(self, config: Config) -> None:
        self._delimiter: str = config["delimiter"]

    def prepare(self, schema: ConnectSchema | None) -> tuple[ConnectSchema | None, Callable[[Any], Any]]:
        need_struct("flattening", schema)
        if schema is None:
            return None, lambda v: None if v is None else dict(self._items(need_map("flattening", v), ""))
        leaves = list(self._leaves(schema, (), False))
        fields = tuple(Field(self._delimiter.join(path), leaf) for path, leaf in leaves)
        paths = [(self._delimiter.join(path), path) for path, _ in leaves]
        return replace(schema, fields=fields), lambda v: None if v is None else {name: _at(v, path) for name, path in paths}

    def _leaves(self, schema: ConnectSchema, path: tuple[str, ...], optional: bool) -> Iterator[tuple[tuple[str, ...], ConnectSchema]]:
        for field in schema.fields:
            here = (*path, field.name)
            if field.schema.type == "struct":
                yield from self._leaves(field.schema, here, optional or field.schema.optional)
            else:
                yield here, field.schema.as_optional() if optional else field.schema

    def _items(self, value: dict[str, Any], head: str) -> Iterator[tuple[str, Any]]:
        for name, inner in value.items():
            if isinstance(inner, dict):
                yield from self._items(inner, f"{head}{name}{self._delimiter}")
            else:
                yield head + name, inner


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if value is None:
            return None
        value = value[step]
    return value


class FlattenKey(Flatten):
    side = "key"


class FlattenValue(Flatten):
    side = "value"
