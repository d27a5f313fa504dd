"""Class names to connectors, transforms, predicates and converters: full or short, in any case."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from millstream.formats.base import Registry
from millstream.worker.connectors import BUILT_IN
from millstream.worker.connectors.base import Connector
from millstream.worker.converters.base import Converter
from millstream.worker.log_names import logger
from millstream.worker.transforms import PREDICATES, TRANSFORMS

#: full class name -> module:class
CONVERTERS = {
    "org.apache.kafka.connect.json.JsonConverter": "json:JsonConverter",
    "io.confluent.connect.json.JsonSchemaConverter": "json_sr:JsonSchemaConverter",
    "io.confluent.connect.avro.AvroConverter": "avro:AvroConverter",
    "io.confluent.connect.protobuf.ProtobufConverter": "protobuf:ProtobufConverter",
    "org.apache.kafka.connect.storage.StringConverter": "primitive:StringConverter",
    "org.apache.kafka.connect.converters.ByteArrayConverter": "primitive:ByteArrayConverter",
    "org.apache.kafka.connect.converters.LongConverter": "primitive:LongConverter",
    "org.apache.kafka.connect.converters.IntegerConverter": "primitive:IntegerConverter",
    "org.apache.kafka.connect.converters.ShortConverter": "primitive:ShortConverter",
    "org.apache.kafka.connect.converters.FloatConverter": "primitive:FloatConverter",
    "org.apache.kafka.connect.converters.DoubleConverter": "primitive:DoubleConverter",
    "org.apache.kafka.connect.converters.BooleanConverter": "primitive:BooleanConverter",
    "millstream.AutomaticConverter": "automatic:AutomaticConverter",
}

_SUFFIXES = ("connector", "converter")


def find(name: str, known: Iterable[str]) -> str | None:
    """The full name that a full or short name in any case means; the first one where several fit."""
    wanted = name.strip().lower().replace("$", ".")
    short: list[str] = []
    for full in known:
        lower = full.lower().replace("$", ".")
        if lower == wanted:
            return full
        tail = lower.rsplit(".", 1)[-1]
        if wanted in (tail, *(tail.removesuffix(s) for s in _SUFFIXES)) or ("$" in full and wanted == ".".join(lower.rsplit(".", 2)[-2:])):
            short.append(full)
    return short[0] if short else None


class Plugins:
    """What this worker can run."""

    @cached_property
    def connectors(self) -> dict[str, Connector]:
        """Connectors by every full class name they answer to."""
        out: dict[str, Connector] = {}
        for connector in [*map(_load, BUILT_IN), *_third_parties()]:
            instance = connector()
            for name in instance.class_names:
                out.setdefault(name, instance)
        return dict(sorted(out.items(), key=lambda item: (item[1].kind, item[0])))

    def connector(self, name: str) -> tuple[str, Connector] | None:
        """Full name and connector; None where there is none of that name."""
        full = find(name, self.connectors)
        return None if full is None else (full, self.connectors[full])

    def converter(self, name: str | None, settings: Mapping[str, str], *, is_key: bool, registry: Registry | None) -> Converter:
        """A configured converter; without a name the worker's default. ValueError names what is wrong."""
        full = find(name or "millstream.AutomaticConverter", CONVERTERS)
        if full is None:
            raise ValueError(f"There is no converter {name}. Known: {', '.join(CONVERTERS)}.")
        registry = own_registry(settings) or registry
        made: Converter = _load("millstream.worker.converters." + CONVERTERS[full])()
        made.configure(settings, is_key=is_key, registry=registry)
        return made

    def transform_class(self, name: str) -> Any:
        """The transform class of a name. ValueError where there is none."""
        return _named(name, TRANSFORMS, "transform")

    def predicate_class(self, name: str) -> Any:
        """The predicate class of a name. ValueError where there is none."""
        return _named(name, PREDICATES, "predicate")


def own_registry(settings: Mapping[str, str]) -> Registry | None:
    """The registry of ``schema.registry.url``; None where the converter has none of its own."""
    urls = settings.get("schema.registry.url", "").strip()
    if not urls:
        return None
    from millstream.formats.registry.cached import CachedRegistry
    from millstream.formats.registry.client import RegistryClient

    user, colon, password = settings.get("basic.auth.user.info", "").partition(":")
    return CachedRegistry(RegistryClient(urls, auth=(user, password) if colon else None))


def _named(name: str, known: Mapping[str, str], what: str) -> Any:
    full = find(name, known)
    if full is None:
        raise ValueError(f"There is no {what} {name}. Known: {', '.join(known)}.")
    return _load("millstream.worker.transforms." + known[full])


def _load(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def _third_parties() -> list[Any]:
    from importlib.metadata import entry_points

    out = []
    for entry in entry_points(group="millstream.connectors"):
        try:
            out.append(entry.load())
        except Exception:
            logger("plugins").exception("The connector %s (%s) cannot be loaded and is left out.", entry.name, entry.value)
    return out
