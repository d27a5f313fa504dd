"""What a statement acts on. A handler is written once and runs in three worlds:

    Sandbox   a copy of the catalog: checks a request before any of it takes effect; topics are created in thought only
    Live      the database: journal, then catalog, then runtime
    Replay    the journal at start: catalog only, with the query ids and schemas of the record

What may not live here: what any particular statement means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from millstream.catalog import Catalog, QueryEntry
from millstream.errors import LogError
from millstream.formats.base import Registry
from millstream.log import crash
from millstream.log.base import TopicInfo
from millstream.session.change import Change
from millstream.session.journal import Entry
from millstream.session.request import Request

if TYPE_CHECKING:
    from millstream.session.database import Database

#: Points at which a test can stop the process, in the order a definition passes them.
CRASH_POINTS = ("journal.begin", "journal.written", "journal.carried-out")


class World:
    """Base: look-ups that are alike in all worlds. ``dry`` worlds have no effect outside the catalog they hold."""

    dry = True
    #: The record being replayed.
    record: Entry | None = None

    def __init__(self, database: Database, catalog: Catalog, request: Request) -> None:
        self.database = database
        self.catalog = catalog
        self.request = request

    @property
    def registry(self) -> Registry | None:
        return self.database.registry

    def setting(self, name: str) -> Any:
        """A setting's value: the session's, or the server's."""
        return self.request.properties[name] if name in self.request.properties else self.database.config[name]

    def topic(self, name: str) -> TopicInfo | None:
        return self.database.log.topic(name)

    def partitions_of(self, topic: str) -> int | None:
        info = self.topic(topic)
        return None if info is None else info.partitions

    def create_topic(self, topic: TopicInfo) -> None:
        raise NotImplementedError

    def delete_topic(self, name: str) -> None:
        raise NotImplementedError

    def next_number(self) -> int:
        """The number that a query made now gets in its id."""
        return self.catalog.sequence

    def commit(self, change: Change, entry: Entry | None = None) -> int:  # noqa: ARG002 - dry worlds keep no journal
        """Let the change take effect; the command's number. ``entry`` is what the journal keeps (None: nothing but forgetting)."""
        change.apply(self.catalog)
        number = self.catalog.sequence
        command = number + 1 if number else 0
        self.catalog.sequence = command + 1
        return command


class Sandbox(World):
    """Checks without effect. Topics that earlier statements of the request create or delete are remembered here."""

    def __init__(self, database: Database, catalog: Catalog, request: Request) -> None:
        super().__init__(database, catalog.copy(), request.copy())
        self._topics: dict[str, TopicInfo | None] = {}
        #: A connector is created earlier in this request: what cannot be checked now may depend on it.
        self.awaits_connector = False

    def topic(self, name: str) -> TopicInfo | None:
        return self._topics[name] if name in self._topics else super().topic(name)

    def create_topic(self, topic: TopicInfo) -> None:
        self._topics[topic.name] = topic

    def delete_topic(self, name: str) -> None:
        self._topics[name] = None


class Replay(World):
    """Rebuilds the catalog from one record of the journal."""

    def __init__(self, database: Database, catalog: Catalog, request: Request, record: Entry) -> None:
        super().__init__(database, catalog, request)
        self.record = record

    def create_topic(self, topic: TopicInfo) -> None:
        """Topics are there already; one that was deleted behind our back is not made again, its query says so."""

    def delete_topic(self, name: str) -> None: ...


class Live(World):
    """The database itself. Its lock is held."""

    dry = False

    def create_topic(self, topic: TopicInfo) -> None:
        """Create the topic unless it is there."""
        if self.database.log.topic(topic.name) is None:
            self.database.log.create(topic)

    def delete_topic(self, name: str) -> None:
        try:
            self.database.log.delete(name)
        except LogError:
            if self.database.log.topic(name) is not None:
                raise

    def commit(self, change: Change, entry: Entry | None = None) -> int:
        """Journal, catalog, runtime, in this order: what is acknowledged survives, what runs is remembered."""
        before = dict(self.catalog.queries)
        undo = self.catalog.copy()
        command = super().commit(change, entry)
        try:
            crash.point("journal.begin")
            self.database.journal.write(entry, change.forget, self.catalog.sequence)
            crash.point("journal.written")
        except BaseException:
            self._restore(undo)
            raise
        try:
            self._run(before, change)
            crash.point("journal.carried-out")
        except BaseException:
            if entry is not None:
                self.database.journal.take_back(entry)
            self._restore(undo)
            raise
        return command

    def _restore(self, undo: Catalog) -> None:
        live = self.catalog
        live.relations, live.queries, live.types = undo.relations, undo.queries, undo.types

    def _run(self, before: dict[str, QueryEntry], change: Change) -> None:
        runtime = self.database.runtime
        for name, query in change.queries.items():
            old = before.get(name)
            if query is None:
                if old is not None:
                    runtime.stop(name, drop=True)
            elif old is None:
                runtime.start(query.plan)
                if query.paused:
                    runtime.pause(name)
            elif old.plan != query.plan:
                runtime.stop(name, drop=False)
                runtime.start(query.plan)
            elif old.paused != query.paused:
                (runtime.pause if query.paused else runtime.resume)(name)
