"""CREATE ... AS SELECT and INSERT INTO ... SELECT: the projection, and where and in which formats it is written.

What may not live here: replacing an existing query (``upgrade``).
"""

from __future__ import annotations

import dataclasses

from millstream import formats
from millstream.catalog import FormatSpec, Relation
from millstream.errors import BindError
from millstream.formats.base import FormatOptions
from millstream.plan.bind import properties, serde
from millstream.plan.bind.context import BindContext, near_miss
from millstream.plan.bind.expressions.coerce import cast_to
from millstream.plan.bind.properties import With
from millstream.plan.bind.query import Bound, QueryBinder
from millstream.plan.bind.relation import topic_spec
from millstream.plan.bind.results import BoundQuery, TopicSpec
from millstream.plan.bind.timestamps import timestamp_spec
from millstream.plan.nodes import Project, QueryPlan, SinkSpec
from millstream.sql import tree
from millstream.types import NUMERIC_ORDER, Column, Role, Schema, SqlType

PREFIX = "ksql.output.topic.name.prefix"
PARTITIONS = "ksql.sink.partitions"


def bind_create_as(context: BindContext, statement: tree.CreateAs, query_id: str) -> BoundQuery:
    """The query of the statement, and the relation it creates."""
    if not statement.name:
        raise BindError("name is empty", hint="A stream or table needs a name.", position=statement.at)
    with_ = With.read(statement.properties, properties.CREATE_AS)
    _check_limit(statement.query, f"CREATE {statement.kind} AS SELECT")
    bound = QueryBinder(context, statement.query, statement.name).bind()
    root = bound.root
    if root.is_table is not (statement.kind == "TABLE"):
        got, other = ("TABLE", "TABLE") if root.is_table else ("STREAM", "STREAM")
        raise BindError(
            f"Invalid result type. Your SELECT query produces a {got}. Please use CREATE {other} AS SELECT statement instead.",
            position=statement.at,
        )
    source = bound.sources.first.relation
    topic = with_.text("KAFKA_TOPIC") or context.setting(PREFIX, "") + statement.name
    keys, values = list(root.schema.key), list(root.schema.value)
    key_format, value_format = _formats(context, with_, source, topic, keys, values)
    wanted = topic_spec(with_, topic)
    existing = context.partitions_of(topic) if context.partitions_of is not None else None
    if wanted.partitions is not None and wanted.partitions < 0:  # ksqlDB takes 0 here, as if nothing were said
        raise BindError(f"Topic '{topic}' cannot have {wanted.partitions} partitions: expected at least 1.")
    partitions = existing or wanted.partitions or int(context.setting(PARTITIONS, "0") or 0) or source.partitions
    relation = Relation(
        name=statement.name,
        is_table=root.is_table,
        schema=root.schema,
        topic=topic,
        key_format=key_format,
        value_format=value_format,
        window=root.window,
        timestamp=timestamp_spec(with_, root.schema.columns),
        query_id=query_id,
        text=statement.text,
        partitions=partitions,
        sources=tuple(s.relation.name for s in bound.sources.items),
    )
    spec = dataclasses.replace(wanted, partitions=wanted.partitions or partitions, retention_ms=_retention(wanted, statement, root))
    return BoundQuery(_plan(context, bound, relation, query_id), relation, spec)


def _retention(wanted: TopicSpec, statement: tree.CreateAs, root: Project) -> int | None:
    """How long the topic keeps records: RETENTION_MS, else the RETENTION of the query's window."""
    if wanted.retention_ms is not None or root.window is None or statement.query.window is None:
        return wanted.retention_ms
    return root.window.retention


def bind_insert_into(context: BindContext, statement: tree.InsertInto, query_id: str) -> BoundQuery:
    """INSERT INTO an existing stream; the result must have exactly its columns."""
    With.read(statement.properties, properties.INSERT)
    _check_limit(statement.query, "INSERT INTO SELECT")
    target = context.catalog.relations.get(statement.name)
    if target is None:
        hint = near_miss(statement.name, context.catalog.relations)
        raise BindError(f"Source `{statement.name}` does not exist.", hint=hint, position=statement.at)
    if target.is_table:
        raise BindError(
            f"INSERT INTO can only be used to insert into a stream. {target.name} is a table.",
            hint="Write all sources of the table into one stream, and aggregate that.",
            position=statement.at,
        )
    if target.read_only:
        raise BindError(f"Cannot insert into read-only stream: {target.name}", hint="It was created as a SOURCE stream.")
    if target.schema.headers:
        raise BindError(f"Cannot insert into {target.name} because it has header columns", hint="Header columns can only be read.")
    bound = QueryBinder(context, statement.query, target.name).bind()
    root = bound.root
    if root.is_table:
        raise BindError(
            f"Incompatible data sink and query result. Data sink ({target.name}) type is KSTREAM but select query result is KTABLE.",
            position=statement.at,
        )
    bound = Bound(_fitted(root, target), bound.sources)
    if (root.window is None) is not (target.window is None):
        raise BindError(f"Incompatible windows: the result is {_windowed(root.window)}, {target.name} is {_windowed(target.window)}.")
    return BoundQuery(_plan(context, bound, target, query_id), target, TopicSpec(target.topic, target.partitions))


def _windowed(window: object) -> str:
    return "windowed" if window is not None else "not windowed"


def _check_limit(query: tree.Query, what: str) -> None:
    if query.limit is not None:
        raise BindError(f"{what} statements don't support LIMIT clause.", position=query.at)


def _plan(context: BindContext, bound: Bound, relation: Relation, query_id: str) -> QueryPlan:
    sink = SinkSpec(
        relation=relation.name,
        topic=relation.topic,
        is_table=relation.is_table,
        schema=bound.root.schema,
        key_format=relation.key_format,
        value_format=relation.value_format,
        window=bound.root.window,
        timestamp=relation.timestamp,
        partitions=relation.partitions,
    )
    sources = tuple(s.relation.name for s in bound.sources.items)
    return QueryPlan(query_id, bound.root, sources, sink, properties=dict(context.properties))


def _fitted(root: Project, target: Relation) -> Project:
    """The result with the sink's column types: numbers widen, everything else must agree. Raises BindError with both schemas."""
    wanted = [c for c in target.schema if c.role is not Role.HEADERS]
    given = list(root.schema.columns)
    same = [(c.name, c.role) for c in given] == [(c.name, c.role) for c in wanted]
    if not same or not all(_widens(g.type, w.type) for g, w in zip(given, wanted, strict=True)):
        raise BindError(
            "Incompatible schema between results and sink.\n"
            f"Result schema is {', '.join(map(str, given))}\nSink schema is {', '.join(map(str, wanted))}",
            hint="Names, types and order must agree; use AS, CAST and the order of the SELECT list.",
        )
    items = tuple((w, cast_to(e, w.type)) for w, (_, e) in zip(wanted, root.items, strict=True))
    return Project(Schema(tuple(wanted)), root.is_table, root.window, root.input, items)


def _widens(given: SqlType, wanted: SqlType) -> bool:
    numbers = given.is_numeric and wanted.is_numeric
    return given == wanted or (numbers and NUMERIC_ORDER[given.base] <= NUMERIC_ORDER[wanted.base])


def _formats(
    context: BindContext, with_: With, source: Relation, topic: str, keys: list[Column], values: list[Column]
) -> tuple[FormatSpec, FormatSpec]:
    """Key and value format of the sink: what WITH says, else the left-most source's."""
    key_name, value_name = serde.format_names(with_)
    if key_name is not None and not keys and key_name != "NONE":
        raise BindError(
            "Key format specified for stream without key columns.", hint="Leave KEY_FORMAT out, or select a key with PARTITION BY."
        )
    inherited_key = source.key_format if key_name in (None, source.key_format.name) else None
    if key_name is None:
        key_name = "NONE" if not keys else source.key_format.name
        if keys and key_name == "NONE":
            key_name = context.setting(serde.DEFAULT_KEY, "KAFKA").upper()
    inherited_value = source.value_format if value_name in (None, source.value_format.name) else None
    value_name = value_name or source.value_format.name
    for name in (key_name, value_name):
        formats.get(name)
    key_options = serde.options(with_, key_name, topic, is_key=True, inherited=_inherit(inherited_key, key_name))
    value_options = serde.options(with_, value_name, topic, is_key=False, inherited=_inherit(inherited_value, value_name))
    try:
        key_format = serde.key_spec(key_name, key_options, keys)
        value_format = serde.value_spec(context, with_, value_name, value_options, values)
    except BindError as error:
        if "format does not support schema" in error.message:
            error.code = 40000
        raise
    _check_registered(context, "key", key_format, keys)
    _check_registered(context, "value", value_format, values)
    return key_format, value_format


def _check_registered(context: BindContext, side: str, spec: FormatSpec, columns: list[Column]) -> None:
    """KEY_SCHEMA_ID and VALUE_SCHEMA_ID of a sink: the registered schema must begin with the result's columns."""
    if spec.options.schema_id is None or context.infer is None:
        return
    registered = context.infer(spec)
    given = [(c.name, c.type) for c in columns]
    known = [(c.name, c.type) for c in registered]
    wrong = [c for i, c in enumerate(columns) if i >= len(known) or known[i] != given[i]]
    if wrong:
        raise BindError(
            f"The following {side} columns are changed, missing or reordered: [{', '.join(str(Column(c.name, c.type)) for c in wrong)}]. "
            f"Schema from schema registry is [{', '.join(str(Column(c.name, c.type)) for c in registered)}]"
        )


def _inherit(spec: FormatSpec | None, name: str) -> FormatOptions | None:
    """Options that a sink takes over from its source: the delimiter, and how PROTOBUF shows NULLs; not names of schemas."""
    if spec is None or spec.name != name:
        return None
    return FormatOptions(delimiter=spec.options.delimiter, properties=dict(spec.options.properties))
