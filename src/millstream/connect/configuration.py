"""A statement's properties as a connector's configuration: names, the class in full, the shortcut for keys. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from millstream.connect.classes import CLASS
from millstream.errors import ConfigError

NAME, TASKS = "name", "tasks.max"
#: ksqlDB's shortcut for JDBC sources: ``key='column'`` makes that column the record's key.
KEY = "key"
_TRANSFORMS = (("ksqlCreateKey", "ValueToKey", "fields"), ("ksqlExtractString", "ExtractField$Key", "field"))


def configuration(name: str, properties: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Properties as they go to Connect; ``name`` is the statement's. Raises ConfigError where the class is missing."""
    config = {key.strip(): value for key, value in properties}
    given = {key.lower(): key for key in config}
    for wanted in (CLASS, TASKS):
        if wanted not in config and wanted in given:
            config[wanted] = config.pop(given[wanted])
    config[NAME] = name
    if CLASS not in config:
        raise ConfigError(
            "Validation error: Connector config contains no connector type",
            hint="Add 'connector.class'='...'; SHOW CONNECTOR PLUGINS lists the classes there are.",
        )
    if not config[CLASS].strip():
        raise ConfigError("Validation error: Connector type cannot be empty")
    return config


def refuse_name(name: str) -> None:
    """Raises ConfigError for a name that Connect's REST API could not be asked about: each is a part of a URL's path."""
    controls = [c for c in name if ord(c) < 32 or ord(c) == 127]
    if not name.strip() or name != name.strip() or name in (".", "..") or "/" in name or controls:
        raise ConfigError(
            f"{name!r} cannot be a connector's name.",
            hint="A name has no '/', no line ends or other control characters, no spaces around it, and is neither '.' nor '..'.",
        )


def with_key(config: Mapping[str, str]) -> dict[str, str]:
    """``key='column'`` of a JDBC source as the two transforms that make it the record's key, behind any others."""
    expanded = dict(config)
    column = expanded.pop(KEY, None)
    if column is None:
        return expanded
    names = [name for name, _, _ in _TRANSFORMS]
    others = [t for t in expanded.get("transforms", "").split(",") if t.strip()]
    expanded["transforms"] = ",".join([*others, *names])
    for name, kind, field in _TRANSFORMS:
        expanded[f"transforms.{name}.type"] = f"org.apache.kafka.connect.transforms.{kind}"
        expanded[f"transforms.{name}.{field}"] = column
    expanded.setdefault(TASKS, "1")
    return expanded


def key_column(config: Mapping[str, str]) -> str | None:
    """The column that a source's configuration makes the record's key (by whatever transforms), if it is a single one."""
    if config.get(KEY):
        return config[KEY]
    for name in (t.strip() for t in config.get("transforms", "").split(",")):
        kind = config.get(f"transforms.{name}.type", "")
        if kind.endswith("ExtractField$Key"):
            return config.get(f"transforms.{name}.field")
    return config.get("schema.keyfield") or None


def is_jdbc_source(class_name: str) -> bool:
    return class_name.rsplit(".", 1)[-1].lower() in ("jdbcsourceconnector", "jdbcsource")


def topic_prefix(config: Mapping[str, str]) -> str | None:
    """What its topics begin with: ``topic.prefix``, the one topic it writes, or a sink's topics."""
    for key in ("topic.prefix", "kafka.topic", "topic", "topics", "topics.regex"):
        if config.get(key):
            return config[key]
    return None
