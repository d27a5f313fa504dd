"""A configuration judged: the connector's keys, the framework's, its converters and transforms, and near misses of key names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from millstream.formats.base import Registry
from millstream.worker.connectors.base import Connector
from millstream.worker.definition import ConfigDef, KeyResult, common
from millstream.worker.definition.nearest import unknown_keys
from millstream.worker.plugins import Plugins
from millstream.worker.providers import PROVIDERS, has_reference, resolve, unknown_provider
from millstream.worker.secrets import mask
from millstream.worker.transforms.chain import build, declared


def full_definition(connector: Connector) -> ConfigDef:
    """Framework keys, then the connector's own."""
    return (common.SOURCE if connector.kind == "source" else common.SINK) + connector.definition


def declared_secrets(definition: ConfigDef) -> set[str]:
    """Keys of type PASSWORD."""
    return {k.name for k in definition.keys.values() if k.type == "PASSWORD"}


class Judgement:
    """The outcome of a validation."""

    def __init__(
        self, definition: ConfigDef, results: dict[str, KeyResult], config: Mapping[str, str], unknown: dict[str, str | None]
    ) -> None:
        self.definition, self.results, self.unknown = definition, results, unknown
        self._shown = mask(config, declared_secrets(definition))

    @property
    def errors(self) -> list[str]:
        return [e for r in self.results.values() for e in r.errors]

    def shape(self, name: str) -> dict[str, Any]:
        """Connect's ConfigInfos. Unknown keys come last, without a definition; the nearest known key is their recommendation."""
        configs: list[dict[str, Any]] = []
        for result in self.results.values():
            key = result.key
            unreadable = result.value is None and bool(result.errors)
            value = self._shown[key.name] if key.name in self._shown and not unreadable else key.text(result.value)
            configs.append(
                {
                    "definition": key_shape(self.definition, key.name),
                    "value": {
                        "name": key.name,
                        "value": value,
                        "recommended_values": result.recommended,
                        "errors": result.errors,
                        "visible": result.visible,
                    },
                }
            )
        for key_name, nearest in self.unknown.items():
            entry = {
                "name": key_name,
                "value": self._shown[key_name],
                "recommended_values": [nearest] if nearest else [],
                "errors": [],
                "visible": True,
            }
            configs.append({"definition": None, "value": entry})
        groups = self.definition.groups
        return {"name": name, "error_count": sum(bool(r.errors) for r in self.results.values()), "groups": groups, "configs": configs}


def key_shape(definition: ConfigDef, name: str) -> dict[str, Any]:
    """One entry of ``GET /connector-plugins/{p}/config``."""
    from millstream.worker.definition import REQUIRED

    key = definition.keys[name]
    return {
        "name": key.name,
        "type": key.type,
        "required": key.default is REQUIRED,
        "default_value": key.text(key.default),
        "importance": key.importance,
        "documentation": key.doc,
        "group": key.group or None,
        "order_in_group": definition.order(key) if key.group else -1,
        "width": key.width,
        "display_name": key.display or key.name,
        "dependents": list(key.dependents),
    }


def judge(connector: Connector, given: Mapping[str, str], plugins: Plugins, registry: Registry | None) -> Judgement:
    """Validate a whole configuration (references are resolved, never shown)."""
    resolved, broken = _resolved(given)
    expanded = connector.expand(resolved)
    of_transforms = ConfigDef(declared(expanded, plugins))
    definition = full_definition(connector) + of_transforms
    results = definition.validate(expanded)
    broken |= _unprovided(given, definition)
    _tell(broken, results)
    _hide_resolved(given, results)
    for side in ("key", "value"):
        _judge_converter(side, expanded, results, plugins, registry)
    for head in (name.removesuffix("negate") for name in of_transforms.keys if name.endswith(".negate")):
        if f"{head}negate" in expanded and f"{head}predicate" not in expanded:
            text = f"Config '{head}negate' was provided but there is no config '{head}predicate' defining a predicate to be negated."
            results[f"{head}type"].errors.append(text)
    if not any(results[name].errors for name in of_transforms.keys):
        _judge_chain(expanded, results, plugins)
    if connector.kind == "sink":
        _judge_topics(expanded, results)
    connector.validate(expanded, results)
    _hide_resolved(given, results)
    _tell(broken, results)  # what the connector says of a value that it did not get is no news
    unknown = unknown_keys(given, definition.keys, (*common.PREFIXES, *_undeclared(of_transforms)))
    return Judgement(definition, results, given, unknown)


def _resolved(given: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    out, broken = dict(given), {}
    for name, value in given.items():
        if has_reference(value):
            try:
                out[name] = resolve(value)
            except ValueError as e:
                broken[name] = f"Could not resolve the reference: {e}"
    return out, broken


def _unprovided(given: Mapping[str, str], definition: ConfigDef) -> dict[str, str]:
    """Passwords that refer to a provider there is not; in other options such a text may mean something to the connector."""
    found = {k: unknown_provider(v) for k, v in given.items() if k in definition.keys and definition.keys[k].type == "PASSWORD"}
    known = ", ".join(PROVIDERS)
    return {k: f"Could not resolve the reference: {given[k]}: there is no provider {p}. There are {known}." for k, p in found.items() if p}


def _tell(broken: Mapping[str, str], results: dict[str, KeyResult]) -> None:
    for name, fault in broken.items():
        if name in results:
            results[name].errors = [fault]


def _hide_resolved(given: Mapping[str, str], results: dict[str, KeyResult]) -> None:
    """What a reference resolved to is never shown: not as a value, not in an error."""
    for name, result in results.items():
        if name in given and has_reference(given[name]):
            text = f"Invalid value for configuration '{name}': the value resolved from the config provider reference failed validation"
            result.errors = list(dict.fromkeys(e if e.startswith("Could not") else text for e in result.errors))


def _judge_chain(config: Mapping[str, str], results: dict[str, KeyResult], plugins: Plugins) -> None:
    """What is wrong with transforms whose keys are right one by one; told at the key that it begins with, where it does."""
    try:
        build(config, plugins)
    except ValueError as e:
        for line in str(e).splitlines():
            key, _, text = line.partition(": ")
            if key in results:
                results[key].errors.append(text)
            else:
                results["transforms"].errors.append(line)


def _undeclared(of_transforms: ConfigDef) -> list[str]:
    """What the keys begin with that nobody can judge: of a transform whose class is not there, and versions, of which there is one."""
    heads = [name.removesuffix("type") for name in of_transforms.keys if name.count(".") == 2 and name.endswith(".type")]
    alone = [head for head in heads if sum(name.startswith(head) for name in of_transforms.keys) == 1]
    return [*alone, *(f"{head}plugin.version" for head in heads)]


def _judge_converter(
    side: str, config: Mapping[str, str], results: dict[str, KeyResult], plugins: Plugins, registry: Registry | None
) -> None:
    key = f"{side}.converter"
    try:
        plugins.converter(config.get(key), converter_settings(config, side), is_key=side == "key", registry=registry)
    except ValueError as e:
        results[key].errors.append(f"Invalid value {config.get(key)} for configuration {key}: {e}")


def converter_settings(config: Mapping[str, str], side: str) -> dict[str, str]:
    """A converter's own settings."""
    prefix = f"{side}.converter."
    return {k[len(prefix) :]: v for k, v in config.items() if k.startswith(prefix)}


def _judge_topics(config: Mapping[str, str], results: dict[str, KeyResult]) -> None:
    names, regex = config.get("topics", "").strip(), config.get("topics.regex", "").strip()
    if bool(names) == bool(regex):
        given = "both are given" if names else "neither is given"
        results["topics"].errors.append(f"Must configure one of topics or topics.regex: {given}.")
    dead = config.get("errors.deadletterqueue.topic.name", "").strip()
    if dead and dead in [t.strip() for t in names.split(",")]:
        results["errors.deadletterqueue.topic.name"].errors.append(f"The dead-letter queue {dead} is also a topic of this sink.")
