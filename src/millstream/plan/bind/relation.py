"""CREATE STREAM | TABLE over a topic -> Relation: columns, types, keys, formats, window, timestamp, topic.

What may not live here: comparing with an existing relation (``upgrade``), queries.
"""

from __future__ import annotations

import dataclasses

from millstream import formats
from millstream.catalog import FormatSpec, Relation, WindowSpec
from millstream.errors import BindError
from millstream.plan.bind import properties, serde
from millstream.plan.bind.context import BindContext
from millstream.plan.bind.expressions import resolve_type
from millstream.plan.bind.properties import With
from millstream.plan.bind.results import BoundSource, TopicSpec
from millstream.plan.bind.timestamps import timestamp_spec
from millstream.sql import tree
from millstream.types import BYTES, STRING, Column, Role, Schema, array, quote, struct

#: Names that no column may have: they are pseudo columns of every query.
RESERVED = ("ROWTIME", "ROWPARTITION", "ROWOFFSET", "WINDOWSTART", "WINDOWEND")
_ALL_HEADERS = array(struct([("KEY", STRING), ("VALUE", BYTES)]))
_ROLES = {None: Role.VALUE, "KEY": Role.KEY, "PRIMARY KEY": Role.KEY, "HEADERS": Role.HEADERS, "HEADER": Role.HEADERS}


def bind_source(context: BindContext, statement: tree.CreateSource) -> BoundSource:
    """The relation that the statement declares. Whether the name is free is checked by ``upgrade``."""
    if not statement.name:
        raise BindError("name is empty", hint="A stream or table needs a name.", position=statement.at)
    with_ = With.read(statement.properties, properties.CREATE)
    topic = with_.text("KAFKA_TOPIC")
    if topic is None:
        raise BindError('Missing required property "KAFKA_TOPIC" which has no default value.', hint="Add KAFKA_TOPIC='...' to WITH.")
    is_table = statement.kind == "TABLE"
    columns = [_column(context, c, is_table) for c in statement.columns]
    _check_names(statement, columns)
    _check_headers(columns)
    key_name, value_name = _formats(context, with_)
    window = _window(with_)
    key_options = serde.options(with_, key_name, topic, is_key=True)
    value_options = serde.options(with_, value_name, topic, is_key=False)
    columns = _inferred(context, with_, columns, FormatSpec(key_name, key_options), FormatSpec(value_name, value_options))
    keys = [c for c in columns if c.role is Role.KEY]
    values = [c for c in columns if c.role is Role.VALUE]
    partitions = _partitions(context, statement, with_, topic)
    _check_columns(statement, columns, keys, window)
    key_format = serde.key_spec(key_name, key_options, keys)
    value_format = serde.value_spec(context, with_, value_name, value_options, values)
    schema = Schema(tuple(sorted(columns, key=lambda c: c.role is not Role.KEY)))
    relation = Relation(
        name=statement.name,
        is_table=is_table,
        schema=schema,
        topic=topic,
        key_format=key_format,
        value_format=value_format,
        window=window,
        timestamp=timestamp_spec(with_, schema.columns),
        read_only=statement.read_only,
        text=statement.text,
        partitions=partitions,
    )
    return BoundSource(relation, topic_spec(with_, topic), with_.text("SOURCED_BY_CONNECTOR"))


def topic_spec(with_: With, name: str) -> TopicSpec:
    """What the WITH clause asks of the topic."""
    return TopicSpec(name, with_.number("PARTITIONS"), with_.number("REPLICAS"), with_.number("RETENTION_MS"), with_.text("CLEANUP_POLICY"))


def declared_column(context: BindContext, definition: tree.ColumnDef) -> Column:
    """A column as declared. Raises BindError for unknown types, and headers of the wrong type."""
    kind = resolve_type(definition.type, context.catalog.types)
    role = _ROLES[definition.constraint]
    if role is Role.HEADERS:
        label = f"HEADER('{definition.header}')" if definition.header is not None else "HEADERS"
        expected = BYTES if definition.header is not None else _ALL_HEADERS
        if kind != expected:
            raise BindError(f"Invalid type for {label} column: expected {expected}, got {kind}", position=definition.at)
    return Column(definition.name, kind, role, definition.header)


def _column(context: BindContext, definition: tree.ColumnDef, is_table: bool) -> Column:
    if definition.constraint in ("KEY", "PRIMARY KEY") and (definition.constraint == "PRIMARY KEY") is not is_table:
        wanted, kind = ("PRIMARY KEY", "tables") if is_table else ("KEY", "streams")
        raise BindError(
            f"Column {quote(definition.name)} is a '{definition.constraint}' column: please use '{wanted}' for {kind}.",
            hint="Tables have PRIMARY KEYs, which are unique and NON NULL.\n"
            "Streams have KEYs, which have no uniqueness or NON NULL constraints.",
            position=definition.at,
        )
    return declared_column(context, definition)


def _check_names(statement: tree.CreateSource, columns: list[Column]) -> None:
    seen: set[str] = set()
    for column, written in zip(columns, statement.columns, strict=True):
        if column.name in RESERVED:
            raise BindError(
                f"'{column.name}' is a reserved column name. You cannot use it as a name for a column.",
                hint="Every stream and table has it already, as a pseudo column.",
                position=written.at,
            )
        if column.name in seen:
            raise BindError(f"Duplicate column names: {quote(column.name)}", position=written.at)
        seen.add(column.name)


def _check_headers(columns: list[Column]) -> None:
    headers = [c for c in columns if c.role is Role.HEADERS]
    for index, column in enumerate(headers):
        earlier = headers[:index]
        if any(c.header is None for c in earlier) or (earlier and column.header is None):
            raise BindError("Schema already contains a HEADERS column.", hint="HEADERS holds all headers: use it or HEADER('key').")
        if any(c.header == column.header for c in earlier):
            raise BindError(f"Schema already contains a HEADER('{column.header}') column.")


def _formats(context: BindContext, with_: With) -> tuple[str, str]:
    key, value = serde.format_names(with_)
    key = key or context.setting(serde.DEFAULT_KEY, "KAFKA").upper()
    value = value or context.setting(serde.DEFAULT_VALUE, "").upper()
    if not value:
        raise BindError(
            "Statement is missing the 'VALUE_FORMAT' property from the WITH clause. "
            f"Either provide one or set a default via the '{serde.DEFAULT_VALUE}' config.",
            hint=f"Formats are {', '.join(formats.names())}.",
        )
    for name in (key, value):
        formats.get(name)
    return key, value


def _window(with_: With) -> WindowSpec | None:
    kind = with_.choice("WINDOW_TYPE", ("SESSION", "HOPPING", "TUMBLING"))
    size = with_.duration("WINDOW_SIZE")
    if kind in (None, "SESSION"):
        if size is not None:
            raise BindError("'WINDOW_SIZE' should not be set for SESSION windows.", hint="WINDOW_SIZE goes with TUMBLING and HOPPING.")
        return WindowSpec("SESSION", 0) if kind else None
    if size is None:
        raise BindError(f"{kind} windows require 'WINDOW_SIZE' to be provided in the WITH clause. For example: 'WINDOW_SIZE'='10 SECONDS'")
    return WindowSpec(str(kind), size)


def _inferred(context: BindContext, with_: With, columns: list[Column], key: FormatSpec, value: FormatSpec) -> list[Column]:
    """Columns of the registered schemas for a side that declares none."""
    result = list(columns)
    for spec, role, side in ((key, Role.KEY, "KEY"), (value, Role.VALUE, "VALUE")):
        declared = any(c.role is role for c in columns)
        if declared and spec.options.schema_id is not None:
            raise BindError(f"Table elements and {side}_SCHEMA_ID cannot both exist for create statement.")
        if declared or context.infer is None or not formats.get(spec.name).needs_registry:
            continue
        if role is Role.KEY:
            spec = FormatSpec(spec.name, serde.with_unwrapping(spec.options, formats.get(spec.name).can_unwrap))
        elif with_.boolean("WRAP_SINGLE_VALUE") is False:
            spec = FormatSpec(spec.name, serde.with_unwrapping(spec.options, True))
        found = [dataclasses.replace(c, role=role) for c in context.infer(spec)]
        result = found + result if role is Role.KEY else result + found
    return result


def _check_columns(statement: tree.CreateSource, columns: list[Column], keys: list[Column], window: WindowSpec | None) -> None:
    if not columns or (statement.kind == "TABLE" and len(keys) == len(columns) == 0):
        raise BindError(
            "No columns supplied.",
            hint="Declare columns, or use a format whose schemas are in the registry (AVRO, PROTOBUF, JSON_SR).",
            position=statement.at,
        )
    if statement.kind == "TABLE" and not keys:
        raise BindError(
            "Tables require a PRIMARY KEY. Please define the PRIMARY KEY.",
            hint="Write PRIMARY KEY behind the type of the column that identifies a row.",
            position=statement.at,
        )
    if window is not None and not keys:
        raise BindError("Windowed sources require a key column.", hint="Declare the key column of the windowed topic with KEY.")


def _partitions(context: BindContext, statement: tree.CreateSource, with_: With, topic: str) -> int:
    asked = with_.number("PARTITIONS")
    if context.partitions_of is None:
        return asked or 1
    existing = context.partitions_of(topic)
    if existing is not None:
        return existing
    if asked is None:
        raise BindError(
            f"Topic '{topic}' does not exist. If you want to create a new topic for the stream/table please re-run the statement "
            "providing the required 'PARTITIONS' configuration in the WITH clause (and optionally 'REPLICAS').",
            hint=f"For example: CREATE {statement.kind} {statement.name} (...) WITH (KAFKA_TOPIC='{topic}', PARTITIONS=2, ...);",
            code=40000,
        )
    return asked
