"""Answers of connector statements. ``external`` is set for KLIP 7's spelling, which the console prints in KLIP 7's way."""

from __future__ import annotations

from typing import Any

from millstream.connect.difference import Difference
from millstream.dataclass import dataclass
from millstream.session.results.base import Result
from millstream.session.results.described import SourceDescription


@dataclass(slots=True)
class ConnectorCreated(Result):
    """``info`` is Connect's answer (name, config, tasks, type) with passwords masked; ``failure`` the first line of what failed, if any."""

    info: dict[str, Any]
    external: bool = False
    state: str = ""
    failure: str | None = None


@dataclass(slots=True)
class ConnectorDropped(Result):
    name: str
    external: bool = False
    side: str | None = None


@dataclass(frozen=True, slots=True)
class ConnectorLine:
    """A connector in a list; None where Connect could not say."""

    name: str
    side: str | None
    class_name: str | None
    state: str | None
    topic_prefix: str | None = None


@dataclass(slots=True)
class ConnectorList(Result):
    connectors: tuple[ConnectorLine, ...]
    external: bool = False


@dataclass(slots=True)
class ConnectorPlugins(Result):
    """(class, source | sink, version)."""

    plugins: tuple[tuple[str, str, str | None], ...]


@dataclass(frozen=True, slots=True)
class TopicDetail:
    """A topic of a connector: the object's name on the other side, the topic, its columns as text."""

    name: str
    topic: str
    schema: str | None = None


@dataclass(slots=True)
class ConnectorDescription(Result):
    """``status`` is Connect's status. ``topics`` is filled for any class; ``sources`` are the relations over them."""

    class_name: str
    status: dict[str, Any]
    topics: tuple[TopicDetail, ...] = ()
    sources: tuple[SourceDescription, ...] = ()
    topic_prefix: str | None = None
    external: bool = False
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class ConnectorNote(Result):
    """PAUSE, RESUME, STOP, RESTART of a connector, changes of its offsets: what was done."""

    name: str
    message: str


@dataclass(slots=True)
class ConnectorChange(Result):
    """ALTER CONNECTOR, and EXPLAIN of it: what changes, secrets masked. ``altered``: it was carried out.

    ``key`` of a change is a configuration's key, or a partition of offsets.
    """

    name: str
    changes: tuple[Difference, ...]
    message: str
    altered: bool = False


@dataclass(slots=True)
class ConnectorText(Result):
    """SHOW CREATE CONNECTOR, SHOW CONNECTOR OFFSETS, DESCRIBE CONNECTOR PLUGIN: text to print."""

    name: str
    content: str
