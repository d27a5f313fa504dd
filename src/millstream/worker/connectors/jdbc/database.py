"""The contract of a database as the JDBC connectors need it."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from millstream.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class TableName:
    """A table; ``schema`` is None where the database has none."""

    name: str
    schema: str | None = None
    database: str | None = None

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name

    @property
    def spellings(self) -> tuple[str, ...]:
        """How people may write it: table, schema.table, database.schema.table."""
        full = f"{self.database}.{self}" if self.database else str(self)
        return tuple(dict.fromkeys((self.name, str(self), full)))


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the catalog has it. ``kind`` is the database's type name in lower case; ``array``: of elements of that type."""

    name: str
    kind: str
    nullable: bool = True
    precision: int | None = None
    scale: int | None = None
    auto: bool = False
    array: bool = False
    key: bool = False


class Rows(Protocol):
    """An open result: streamed, not held in memory."""

    def fetchmany(self, size: int) -> Sequence[Sequence[Any]]: ...

    def close(self) -> None: ...


class Database(Protocol):
    """One connection, used by one thread. Errors are the driver's; ``url.mapped`` makes them ours."""

    placeholder: str

    def tables(self, types: Iterable[str], schema_pattern: str | None) -> list[TableName]:
        """Tables and views, system ones left out."""

    def columns(self, table: TableName) -> list[Column]:
        """Columns in order; empty where there is no such table. Looks from within the open transaction, and leaves it open."""

    def query_columns(self, query: str) -> list[Column]:
        """Columns of a query; as ``columns``."""

    def quote(self, name: str) -> str: ...

    def table_sql(self, table: TableName) -> str: ...

    def stream(self, sql: str, parameters: Sequence[Any], size: int) -> Rows: ...

    def end(self) -> None:
        """End the transaction of the last result."""

    def now_micros(self) -> int:
        """The database's clock, microseconds since 1970 UTC."""

    def time_parameter(self, micros: int, column: Column) -> Any:
        """A point in time as a parameter to compare with a column."""

    def expression(self, column: Column, timezone: str) -> str:
        """What to select for a column, so that its value arrives in the form ``columns`` expects."""

    def moment(self, column: Column, timezone: str) -> str:
        """The point in time that a column holds, to be compared with a ``time_parameter``."""

    def close(self) -> None: ...


def like(pattern: str | None, name: str | None) -> bool:
    """JDBC's patterns: ``%`` any text, ``_`` any character; None fits everything."""
    if pattern is None:
        return True
    glob = re.sub(r"([\[\]*?])", r"[\1]", pattern).replace("%", "*").replace("_", "?")
    return fnmatch.fnmatchcase(name or "", glob)
