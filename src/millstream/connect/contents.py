"""Which topics a connector has, or has announced, and what they are called on the other side. Asks Connect; knows no SQL."""

from __future__ import annotations

from typing import Any

from millstream.connect.client import ConnectClient
from millstream.connect.configuration import topic_prefix
from millstream.dataclass import dataclass
from millstream.errors import ConnectError


@dataclass(frozen=True, slots=True)
class Announcer:
    """A source connector whose configuration says that it writes a topic."""

    name: str
    config: dict[str, str]
    status: dict[str, Any]


def announcer_of(client: ConnectClient | None, topic: str) -> Announcer | None:
    """The source connector that writes the topic (or will), if one does. None too where Connect does not answer."""
    if client is None:
        return None
    try:
        connectors = client.all()
    except ConnectError:
        return None
    for name, both in sorted(connectors.items()):
        info, status = both.get("info", {}), both.get("status", {})
        if info.get("type", status.get("type")) == "source" and announces(info.get("config", {}), topic):
            return Announcer(name, dict(info["config"]), status)
    return None


def announces(config: dict[str, str], topic: str) -> bool:
    """Whether a source's configuration says that it writes the topic."""
    if topic in (config.get("kafka.topic"), config.get("topic")):
        return True
    prefix = config.get("topic.prefix")
    if not prefix or not topic.startswith(prefix):
        return False
    tables = _tables(config)
    rest = topic.removeprefix(prefix).lstrip(".")
    return not tables or rest == "" or rest.lower() in announced_tables(config) | {t.lower() for t in tables}


def announced_tables(config: dict[str, str]) -> set[str]:
    """The tables that a configuration names, in lower case, without their schemas; empty where it names none."""
    return {t.rsplit(".", 1)[-1].strip('"').lower() for t in _tables(config)}


def _tables(config: dict[str, str]) -> list[str]:
    return [t.strip() for key in ("table.whitelist", "table.include.list", "tables") for t in config.get(key, "").split(",") if t.strip()]


def object_name(config: dict[str, str], topic: str) -> str:
    """What a topic holds, as the other side calls it: the topic without its prefix."""
    prefix = config.get("topic.prefix")
    if prefix and topic.startswith(prefix) and topic != prefix:
        return topic.removeprefix(prefix).lstrip(".")
    return topic


def topics_of(client: ConnectClient, name: str, config: dict[str, str]) -> list[str]:
    """Topics it has used (any class), and those its configuration names outright."""
    found = client.topics(name)
    named = [t.strip() for t in config.get("topics", "").split(",") if t.strip()]
    named += [config[key] for key in ("kafka.topic", "topic") if config.get(key)]
    return sorted({*found, *named})


__all__ = ["Announcer", "announcer_of", "announces", "object_name", "topic_prefix", "topics_of"]
