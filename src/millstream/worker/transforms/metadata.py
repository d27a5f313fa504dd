"""SetSchemaMetadata: another name or version for a schema."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from millstream.worker.definition import Config, ConfigDef, Key
from millstream.worker.errors import DataError
from millstream.worker.schema import ConnectSchema
from millstream.worker.transforms.base import SideTransform


class SetSchemaMetadata(SideTransform):
    """Kafka's SetSchemaMetadata. A null without a schema goes through as it is."""

    definition: ClassVar[ConfigDef] = ConfigDef(
        [
            Key("schema.name", "STRING", None, "HIGH", "The schema's new name."),
            Key("schema.version", "INT", None, "HIGH", "The schema's new version."),
            Key("replace.null.with.default", "BOOLEAN", True, "MEDIUM", "Take a field's default where it is null."),
        ]
    )

    def configure(self, config: Config) -> None:
        self._name: str | None = config["schema.name"]
        self._version: int | None = config["schema.version"]
        if self._name is None and self._version is None:
            raise ValueError("schema.name: Neither schema name nor version configured")

    def prepare(self, schema: ConnectSchema | None) -> tuple[ConnectSchema | None, Callable[[Any], Any]]:
        if schema is None:
            return None, self._only_null
        name = schema.name if self._name is None else self._name
        version = schema.version if self._version is None else self._version
        return replace(schema, name=name, version=version), lambda v: v

    def _only_null(self, value: Any) -> None:
        if value is not None:
            raise DataError("Schema required for [updating schema metadata]")


class SetSchemaMetadataKey(SetSchemaMetadata):
    side = "key"


class SetSchemaMetadataValue(SetSchemaMetadata):
    side = "value"
