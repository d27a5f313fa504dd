"""WITH (TIMESTAMP = ..., TIMESTAMP_FORMAT = ...): the column that gives ROWTIME."""

from __future__ import annotations

from collections.abc import Sequence

from millstream.catalog import TimestampSpec
from millstream.errors import BindError
from millstream.plan.bind.context import near_column
from millstream.plan.bind.properties import With, column_name
from millstream.types import BIGINT, STRING, TIMESTAMP, Column

#: Pattern letters of java.time.format.DateTimeFormatter.
_LETTERS = set("GuyDMLdQqYwWEecFaBhKkHmsSAnNVvzOXxZp")


def timestamp_spec(with_: With, columns: Sequence[Column]) -> TimestampSpec | None:
    """The timestamp column of the WITH clause, checked against the columns. None where it names none."""
    pattern = with_.text("TIMESTAMP_FORMAT")
    if pattern is not None:
        _check_pattern(pattern)
    given = with_.text("TIMESTAMP")
    if given is None:
        return None
    name = column_name(given)
    column = next((c for c in columns if c.name == name), None)
    if column is None:
        raise BindError(
            f"The TIMESTAMP column set in the WITH clause does not exist in the schema: '{name}'",
            hint=near_column(name, [c.name for c in columns]),
        )
    if column.type == STRING:
        if pattern is None:
            raise BindError(
                "A String timestamp field has been specified without also specifying the timestamp_format",
                hint="Add TIMESTAMP_FORMAT='yyyy-MM-dd HH:mm:ss' (or the pattern of your text).",
            )
        return TimestampSpec(name, pattern)
    if pattern is not None:
        raise BindError("'TIMESTAMP_FORMAT' set in the WITH clause can only be used when the timestamp column is of type STRING.")
    if column.type not in (BIGINT, TIMESTAMP):
        raise BindError(
            f"Timestamp column, `{name}`, should be LONG(INT64), TIMESTAMP, or a String with a timestamp_format specified",
            hint=f"It is {column.type}.",
        )
    return TimestampSpec(name)


def _check_pattern(pattern: str) -> None:
    quoted = False
    for letter in pattern:
        if letter == "'":
            quoted = not quoted
        elif not quoted and letter.isascii() and letter.isalpha() and letter not in _LETTERS:
            raise BindError(f"Invalid datetime format for config:TIMESTAMP_FORMAT, reason:Unknown pattern letter: {letter}")
        elif not quoted and letter in "{}#":
            raise BindError(f"Invalid datetime format for config:TIMESTAMP_FORMAT, reason:Pattern includes reserved character: '{letter}'")
    if quoted:
        raise BindError("Invalid datetime format for config:TIMESTAMP_FORMAT, reason:Pattern ends with an incomplete string literal")
