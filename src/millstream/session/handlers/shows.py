"""SHOW STREAMS, TABLES, TOPICS, QUERIES, FUNCTIONS, TYPES; the rest of SHOW is handed to its family."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from importlib import import_module

from millstream.functions import AggregateFunction, TableFunction
from millstream.session import results as r
from millstream.session.running import all_running
from millstream.session.topics import is_hidden
from millstream.session.worlds import World
from millstream.sql import tree


def show(statement: tree.Show, world: World) -> r.Result:
    return _SHOWS[statement.what](statement, world)


def _sources(statement: tree.Show, world: World) -> r.Result:
    is_table = statement.what == "TABLES"
    chosen = tuple(x for x in world.catalog.relations.values() if x.is_table is is_table)
    if statement.extended:
        from millstream.session.handlers import describes

        return r.SourceDescriptions(tuple(describes.description(x, world, extended=True) for x in chosen))
    return r.SourceList(is_table, chosen)


def _topics(statement: tree.Show, world: World) -> r.Result:
    topics = [t for t in world.database.log.topics().values() if statement.all or not is_hidden(world, t.name)]
    consumers, groups = Counter[str](), Counter[str]()
    if statement.extended:
        for topic, (members, count) in world.database.log.readers().items():
            consumers[topic], groups[topic] = members, count
        for query in world.catalog.queries.values():
            for topic in {world.catalog.relations[s].topic for s in query.sources if s in world.catalog.relations}:
                groups[topic] += 1
                consumers[topic] += 1
    lines = [
        r.TopicLine(t.name, (t.replicas,) * t.partitions, consumers[t.name], groups[t.name]) for t in sorted(topics, key=lambda t: t.name)
    ]
    return r.TopicList(tuple(lines), statement.extended)


def _queries(statement: tree.Show, world: World) -> r.Result:
    if statement.extended:
        from millstream.session.handlers import explains

        return explains.all_described(world)
    return r.QueryList(tuple(all_running(world)))


def _functions(_: tree.Show, world: World) -> r.Result:
    functions = world.catalog.functions
    lines: list[tuple[str, str, str]] = []
    for name in functions.names():
        function = functions.find(name)
        if function is None:
            continue
        kind = "AGGREGATE" if isinstance(function, AggregateFunction) else "TABLE" if isinstance(function, TableFunction) else "SCALAR"
        lines.append((name, kind, function.category))
    return r.FunctionList(tuple(lines))


def _connectors(statement: tree.Show, world: World) -> r.Result:
    from millstream.session.handlers import connectors

    return connectors.show_all(statement, world)


def _elsewhere(family: str, name: str) -> Callable[[tree.Show, World], r.Result]:
    """A function of another family, which is imported when it is asked for."""
    return lambda _, world: getattr(import_module(f"millstream.session.handlers.{family}"), name)(world)


_SHOWS: dict[str, Callable[[tree.Show, World], r.Result]] = {
    "STREAMS": _sources,
    "TABLES": _sources,
    "TOPICS": _topics,
    "QUERIES": _queries,
    "FUNCTIONS": _functions,
    "TYPES": lambda _, world: r.TypeList(dict(world.catalog.types)),
    "PROPERTIES": _elsewhere("settings", "show_properties"),
    "VARIABLES": _elsewhere("settings", "show_variables"),
    "CONNECTORS": _connectors,
    "CONNECTOR PLUGINS": _elsewhere("connectors", "show_plugins"),
}
