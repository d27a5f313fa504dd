"""Syntax tree of statements, one dataclass a statement. Same rules as ``expressions``.

WITH properties are kept as written: ``Properties`` maps upper-cased keys (for relations) or exact keys (for connectors) to literals.
"""

from __future__ import annotations

from dataclasses import field

from millstream.dataclass import dataclass
from millstream.errors import Position
from millstream.sql.tree.expressions import Expr, TypeName
from millstream.sql.tree.queries import Query

#: (key, literal) pairs in the order written; literals are tree literals (String, Integer, Bool, Null, DecimalNumber, Double),
#: a negative number is a Unary of one.
Properties = tuple[tuple[str, Expr], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Base of statements. ``text`` is the statement's own text, without comments around it, with its ``;``."""

    at: Position | None = field(default=None, compare=False, repr=False)
    text: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ColumnDef:
    """A declared column. ``constraint`` is None, KEY, PRIMARY KEY, HEADERS or HEADER (then ``header`` is its key)."""

    name: str
    type: TypeName
    constraint: str | None = None
    header: str | None = None
    at: Position | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CreateSource(Statement):
    """CREATE [OR REPLACE] [SOURCE] STREAM|TABLE [IF NOT EXISTS] name (columns) WITH (...). ``kind``: STREAM or TABLE."""

    kind: str
    name: str
    columns: tuple[ColumnDef, ...] = ()
    properties: Properties = ()
    or_replace: bool = False
    if_not_exists: bool = False
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class CreateAs(Statement):
    """CREATE [OR REPLACE] STREAM|TABLE [IF NOT EXISTS] name [WITH (...)] AS SELECT ..."""

    kind: str
    name: str
    query: Query
    properties: Properties = ()
    or_replace: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class CreateFromConnector(Statement):
    """CREATE STREAM|TABLE name FROM CONNECTOR connector [TOPIC 'topic'] [WITH (...)] (Millstream's own)."""

    kind: str
    name: str
    connector: str
    topic: str | None = None
    properties: Properties = ()
    or_replace: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class InsertValues(Statement):
    """INSERT INTO name [(columns)] VALUES (...)."""

    name: str
    columns: tuple[str, ...]
    values: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class InsertInto(Statement):
    """INSERT INTO name [WITH (QUERY_ID=...)] SELECT ..."""

    name: str
    query: Query
    properties: Properties = ()


@dataclass(frozen=True, slots=True)
class Select(Statement):
    """A push or pull query."""

    query: Query


@dataclass(frozen=True, slots=True)
class Print(Statement):
    """PRINT topic [FROM BEGINNING] [INTERVAL n] [LIMIT n]."""

    topic: str
    from_beginning: bool = False
    interval: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class DropRelation(Statement):
    """DROP STREAM|TABLE [IF EXISTS] name [DELETE TOPIC]."""

    kind: str
    name: str
    if_exists: bool = False
    delete_topic: bool = False


@dataclass(frozen=True, slots=True)
class AlterRelation(Statement):
    """ALTER STREAM|TABLE name ADD [COLUMN] c type, ..."""

    kind: str
    name: str
    columns: tuple[ColumnDef, ...]


@dataclass(frozen=True, slots=True)
class AlterSystem(Statement):
    """ALTER SYSTEM 'property'='value'."""

    property: str
    value: str


@dataclass(frozen=True, slots=True)
class CreateType(Statement):
    name: str
    type: TypeName
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropType(Statement):
    name: str
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class ControlQuery(Statement):
    """TERMINATE, PAUSE or RESUME of one query, or of ALL (``query_id`` None)."""

    action: str
    query_id: str | None


@dataclass(frozen=True, slots=True)
class Explain(Statement):
    """EXPLAIN query-id, or EXPLAIN of a statement (a Select, CreateAs or InsertInto)."""

    query_id: str | None = None
    statement: Statement | None = None


@dataclass(frozen=True, slots=True)
class SetProperty(Statement):
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class UnsetProperty(Statement):
    name: str


@dataclass(frozen=True, slots=True)
class Define(Statement):
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Undefine(Statement):
    name: str


@dataclass(frozen=True, slots=True)
class RunScript(Statement):
    path: str


@dataclass(frozen=True, slots=True)
class Show(Statement):
    """SHOW | LIST of a family of things.

    ``what``: STREAMS, TABLES, TOPICS, QUERIES, PROPERTIES, FUNCTIONS, TYPES, VARIABLES, CONNECTORS, CONNECTOR PLUGINS.
    ``all`` is SHOW ALL TOPICS. ``side`` is SOURCE or SINK for connectors; ``external`` remembers KLIP 7's spelling
    (SHOW EXTERNAL SOURCES | SINKS), which prints another table.
    """

    what: str
    extended: bool = False
    all: bool = False
    side: str | None = None
    external: bool = False


@dataclass(frozen=True, slots=True)
class Describe(Statement):
    """DESCRIBE of something.

    ``what``: RELATION (a relation, or failing that a connector: KLIP 7), FUNCTION, CONNECTOR, CONNECTOR PLUGIN, STREAMS, TABLES.
    ``raw`` is the name of a RELATION as written when it was not quoted: connectors of KLIP 7 keep their case.
    """

    what: str
    name: str | None = None
    extended: bool = False
    search: str | None = None
    raw: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Assert(Statement):
    """ASSERT [NOT EXISTS] TOPIC name [WITH (...)] [TIMEOUT n unit], or ASSERT SCHEMA with SUBJECT and / or ID.

    ``what``: TOPIC, SCHEMA. ``timeout_ms`` None means the default.
    """

    what: str
    exists: bool = True
    topic: str | None = None
    properties: Properties = ()
    subject: str | None = None
    schema_id: int | None = None
    timeout_ms: int | None = None


@dataclass(frozen=True, slots=True)
class AssertValues(Statement):
    """ASSERT VALUES source (columns) VALUES (...) or ASSERT NULL VALUES source (columns) KEY (...) [OFFSET n] [TIMEOUT n unit].

    ``offset`` counts the source's records that are passed over; None means: go on behind the last one asserted.
    """

    name: str
    columns: tuple[str, ...]
    values: tuple[Expr, ...]
    tombstone: bool = False
    offset: int | None = None
    timeout_ms: int | None = None


@dataclass(frozen=True, slots=True)
class AssertRelation(Statement):
    """ASSERT STREAM|TABLE name (columns) WITH (...): what is not written is not compared."""

    kind: str
    name: str
    columns: tuple[ColumnDef, ...]
    properties: Properties = ()


@dataclass(frozen=True, slots=True)
class CreateConnector(Statement):
    """Both spellings. ``side``: SOURCE or SINK. ``external`` is KLIP 7's spelling (the name keeps its case); ``relation``: a sink's FROM.

    ``properties`` holds (key exactly as written, text of the value): connector configurations are text.
    """

    side: str
    name: str
    properties: tuple[tuple[str, str], ...] = ()
    if_not_exists: bool = False
    external: bool = False
    relation: str | None = None


@dataclass(frozen=True, slots=True)
class DropConnector(Statement):
    """DROP CONNECTOR [IF EXISTS] name, or DROP EXTERNAL SOURCE|SINK [IF EXISTS] name [TERMINATE] (``side`` set)."""

    name: str
    if_exists: bool = False
    external: bool = False
    side: str | None = None
    terminate: bool = False


@dataclass(frozen=True, slots=True)
class ControlConnector(Statement):
    """PAUSE | RESUME | STOP | RESTART CONNECTOR name (Millstream's own). ``failed_only``: RESTART FAILED TASKS OF CONNECTOR."""

    action: str
    name: str
    failed_only: bool = False


@dataclass(frozen=True, slots=True)
class AlterConnector(Statement):
    """ALTER CONNECTOR name SET ('k'='v', ...) | UNSET ('k', ...) | SET OFFSETS '...' | RESET OFFSETS (Millstream's own)."""

    name: str
    set: tuple[tuple[str, str], ...] = ()
    unset: tuple[str, ...] = ()
    offsets: str | None = None
    reset_offsets: bool = False


@dataclass(frozen=True, slots=True)
class ShowConnector(Statement):
    """SHOW CREATE CONNECTOR name, SHOW CONNECTOR OFFSETS name. ``what``: CREATE or OFFSETS (Millstream's own)."""

    what: str
    name: str
