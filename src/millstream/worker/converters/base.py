"""The contract of converters. One instance serves one side (key or value) of one task and is used by one thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from millstream.formats.base import Registry
from millstream.log.base import Headers
from millstream.worker.schema import ConnectSchema


class Converter(Protocol):
    """``class_name`` is Kafka's full class name."""

    class_name: str

    def configure(self, settings: Mapping[str, str], *, is_key: bool, registry: Registry | None) -> None:
        """Settings without their ``key.converter.`` prefix. ValueError names what is wrong."""

    def encode(self, topic: str, schema: ConnectSchema | None, values: Sequence[Any]) -> list[bytes | None]:
        """A batch of values of one schema. An empty batch announces the schema. Raises DataError at the first bad value."""

    def decode(self, topic: str, data: bytes | None, headers: Headers) -> tuple[ConnectSchema | None, Any]:
        """One value with its schema; equal schemas are the same object. Raises DataError."""


#: What a batch of one schema reads as.
Batch = tuple[ConnectSchema | None, list[Any]]


class BatchConverter(Converter, Protocol):
    """A converter that has a quick way for many values."""

    def decode_all(self, topic: str, values: Sequence[bytes | None]) -> Batch | None:
        """All of them, where they have one schema and are all good; None: ``decode`` says of each what it is."""


def decode_all(converter: Converter, topic: str, values: Sequence[bytes | None]) -> Batch | None:
    """The quick way, where there is one."""
    if values and values.count(None) == len(values):
        return None, list(values)
    quick: BatchConverter | None = converter if hasattr(converter, "decode_all") else None  # type: ignore[assignment]
    return None if quick is None or not values else quick.decode_all(topic, values)


def flag(settings: Mapping[str, str], name: str, default: bool) -> bool:
    """A boolean setting."""
    text = settings.get(name, str(default)).strip().lower()
    if text not in ("true", "false"):
        raise ValueError(f"Invalid value {settings[name]} for configuration {name}: Expected value to be either true or false")
    return text == "true"


def choice(settings: Mapping[str, str], name: str, default: str, allowed: Sequence[str]) -> str:
    """A setting that is one of some words, in any case."""
    text = settings.get(name, default).strip().upper()
    if text not in allowed:
        raise ValueError(f"Invalid value {settings[name]} for configuration {name}: String must be one of: {', '.join(allowed)}")
    return text
