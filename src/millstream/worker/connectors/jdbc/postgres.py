"""PostgreSQL over psycopg: the catalog, and rows streamed through a server-side cursor in binary form.

Dates and times arrive as integers (days; milliseconds; microseconds since 1970), built from the wire form without datetime objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import TYPE_CHECKING, Any

from millstream.worker.connectors.jdbc.database import Column, Rows, TableName, like

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

_EPOCH_MICROS = 946_684_800_000_000
_EPOCH_DAYS = 10_957
_EPOCH = datetime(1970, 1, 1)
#: Types whose binary form is decoded; others are selected as text.
DECODED = {
    "bool", "int2", "int4", "int8", "oid", "float4", "float8", "numeric", "text", "varchar", "bpchar", "name", "bytea", "uuid",
    "json", "jsonb", "date", "time", "timestamp", "timestamptz",
}  # fmt: skip
_RELKINDS = {"TABLE": ("r", "p"), "PARTITIONED TABLE": ("p",), "VIEW": ("v", "m"), "MATERIALIZED VIEW": ("m",), "FOREIGN TABLE": ("f",)}

_COLUMNS = """
SELECT a.attname, coalesce(be.typname, bb.typname, e.typname, b.typname, t.typname), a.attnotnull,
       CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END,
       a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid), '') LIKE 'nextval(%%',
       coalesce(b.typelem, t.typelem) <> 0 AND coalesce(b.typcategory, t.typcategory) = 'A',
       coalesce(a.attnum = ANY (i.indkey), false)
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
LEFT JOIN pg_type e ON t.typcategory = 'A' AND e.oid = t.typelem
LEFT JOIN pg_type be ON b.typcategory = 'A' AND be.oid = b.typelem
LEFT JOIN pg_type bb ON e.typtype = 'd' AND bb.oid = e.typbasetype
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""


class Postgres:
    """Implements ``database.Database``."""

    placeholder = "%s"

    def __init__(self, engine: Engine) -> None:
        self._raw = engine.raw_connection()
        self.connection: Any = self._raw.driver_connection
        self.database: str = engine.url.database or ""

    def _all(self, sql: str, parameters: Sequence[Any] = (), *, end: bool = True) -> list[Any]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            rows: list[Any] = cursor.fetchall()
        if end:
            self.connection.rollback()
        return rows

    def tables(self, types: Iterable[str], schema_pattern: str | None) -> list[TableName]:
        kinds = sorted({k for t in types for k in _RELKINDS.get(t.upper(), ())})
        rows = self._all(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            'WHERE c.relkind = ANY (%s::"char"[]) AND NOT c.relispartition '
            "AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1, 2",
            [kinds],
        )
        return [TableName(name, schema, self.database) for schema, name in rows if like(schema_pattern, schema)]

    def columns(self, table: TableName) -> list[Column]:
        return [_column(*row) for row in self._all(_COLUMNS, [self.table_sql(table)], end=False)]

    def query_columns(self, query: str) -> list[Column]:
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM ({query}) AS q LIMIT 0".replace("%", "%%"), ())
            described = [(c.name, c.type_code, c.precision, c.scale) for c in cursor.description or ()]
        found = self._all(
            "SELECT t.oid, coalesce(e.typname, b.typname, t.typname), t.typcategory = 'A' FROM pg_type t "
            "LEFT JOIN pg_type e ON t.typcategory = 'A' AND e.oid = t.typelem "
            "LEFT JOIN pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype WHERE t.oid = ANY (%s)",
            [[d[1] for d in described]],
            end=False,
        )
        kinds = {oid: (kind, array) for oid, kind, array in found}
        return [Column(n, kinds[oid][0], True, p, s, array=kinds[oid][1]) for n, oid, p, s in described]

    def quote(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def table_sql(self, table: TableName) -> str:
        return f"{self.quote(table.schema)}.{self.quote(table.name)}" if table.schema else self.quote(table.name)

    def stream(self, sql: str, parameters: Sequence[Any], size: int) -> Rows:
        cursor = self.connection.cursor(name="millstream", binary=True)
        _register(cursor.adapters)
        cursor.itersize = size
        try:
            cursor.execute(sql, parameters)
        except Exception:
            cursor.close()
            raise
        rows: Rows = cursor
        return rows

    def end(self) -> None:
        self.connection.rollback()

    def now_micros(self) -> int:
        return int(self._all("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")[0][0])

    def time_parameter(self, micros: int, column: Column) -> Any:
        value = _EPOCH + timedelta(microseconds=micros)
        return value if column.kind == "timestamp" else value.replace(tzinfo=UTC)

    def expression(self, column: Column, timezone: str) -> str:
        name = self.quote(column.name)
        if column.array:
            return name if column.kind in DECODED else f"{name}::text[]"
        if column.kind == "float4":
            return f"{name}::text::float8"  # the shortest digits, not those of the widened number
        if column.kind == "timestamp" and timezone.upper() not in ("UTC", "GMT", "Z"):
            zone = timezone.replace("'", "''")
            return f"({name} AT TIME ZONE '{zone}')"
        return name if column.kind in DECODED else f"{name}::text"

    def moment(self, column: Column, timezone: str) -> str:
        return self.expression(column, timezone)

    def close(self) -> None:
        self._raw.close()


def _column(name: str, kind: str, not_null: bool, modifier: int, auto: bool, array: bool, key: bool) -> Column:
    precision = scale = None
    if kind == "numeric" and modifier > 0:
        precision, scale = (modifier - 4) >> 16 & 0xFFFF, (modifier - 4) & 0x7FF
        if scale >= 1024:
            scale -= 2048
    return Column(name, kind, not not_null, precision, scale, auto, array, key)


def _register(adapters: Any) -> None:
    """Loaders of the wire form for one cursor."""
    for kind, loader in _loaders().items():
        adapters.register_loader(kind, loader)


def _loaders() -> dict[str, Any]:
    from psycopg.adapt import Loader
    from psycopg.pq import Format

    long, integer = Struct(">q").unpack, Struct(">i").unpack

    class Binary(Loader):
        format = Format.BINARY

    class Stamp(Binary):
        def load(self, data: Any) -> int:
            return long(data)[0] + _EPOCH_MICROS  # type: ignore[no-any-return]

    class Date(Binary):
        def load(self, data: Any) -> int:
            return integer(data)[0] + _EPOCH_DAYS  # type: ignore[no-any-return]

    class Time(Binary):
        def load(self, data: Any) -> int:
            return long(data)[0] // 1000  # type: ignore[no-any-return]

    class Uuid(Binary):
        def load(self, data: Any) -> str:
            h = bytes(data).hex()
            return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"

    class Json(Binary):
        def load(self, data: Any) -> str:
            return str(data, "utf-8")

    class Jsonb(Binary):
        def load(self, data: Any) -> str:
            return str(data[1:], "utf-8")  # the first byte is the version

    return {"timestamp": Stamp, "timestamptz": Stamp, "date": Date, "time": Time, "uuid": Uuid, "json": Json, "jsonb": Jsonb}
