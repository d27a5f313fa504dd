"""The text of COPY, against a real PostgreSQL: what was written is read back, whatever it is."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from demo.postgres import Server

from millstream.worker.connectors.jdbc.copy_text import lines
from millstream.worker.schema import ConnectSchema, decimal, timestamp
from millstream.worker.schema import date as date_type
from millstream.worker.schema import time as time_type

_TEXTS = ["", "plain", "\\N", "\\", "\\.", "tab\there", "line\nfeed", "re\r\nturn", "\x01\x7f", "ä€😀", '"quoted", with comma', None]


@pytest.mark.parametrize(
    ("kind", "column", "values", "read"),
    [
        (ConnectSchema("string"), "text", _TEXTS, _TEXTS),
        (ConnectSchema("string"), "text", ["only", "plain"], ["only", "plain"]),
        (ConnectSchema("int64"), "bigint", [0, -1, (1 << 63) - 1, None], [0, -1, (1 << 63) - 1, None]),
        (ConnectSchema("float64"), "double precision", [1.5, 1e-300, None, float("inf"), -float("inf")], None),
        (ConnectSchema("float64"), "numeric", [1.5, 0.1], [Decimal("1.5"), Decimal("0.1")]),
        (ConnectSchema("boolean"), "boolean", [True, None, False], None),
        (ConnectSchema("bytes"), "bytea", [b"", b"\x00\xff\\", None], None),
        (decimal(2), "numeric", [Decimal("-0.01"), Decimal("12345678901234567890.12"), None], None),
        (ConnectSchema("map"), "jsonb", [{"a": "b\\c\n"}, {}, None], None),
        (date_type(), "date", [0, 19782, -1, None], [date(1970, 1, 1), date(2024, 2, 29), date(1969, 12, 31), None]),
        (time_type(), "time", [0, 47655123, 86399999], [time(0), time(13, 14, 15, 123000), time(23, 59, 59, 999000)]),
        (
            timestamp(),
            "timestamp",
            [0, 1709212455123, -1, None, -62135596800000, 253402300799999],
            [
                *[datetime(1970, 1, 1), datetime(2024, 2, 29, 13, 14, 15, 123000), datetime(1969, 12, 31, 23, 59, 59, 999000), None],
                *[datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999000)],
            ],
        ),
    ],
)
def test_what_is_written_is_read_back(
    postgres: Server, kind: ConnectSchema, column: str, values: list[Any], read: list[Any] | None
) -> None:
    numbers = list(range(len(values)))
    text = lines([ConnectSchema("int32"), kind], [numbers, values])
    assert text is not None
    with postgres.connect() as connection:
        connection.execute(f"CREATE TEMPORARY TABLE copied (n int, v {column})")
        with connection.cursor().copy("COPY copied FROM STDIN") as copy:
            copy.write("\n".join(text) + "\n")
        found = [v for (v,) in connection.execute("SELECT v FROM copied ORDER BY n").fetchall()]
    assert found == (values if read is None else read)


def test_lists_are_left_to_the_driver() -> None:
    assert lines([ConnectSchema("array", element=ConnectSchema("int32"))], [[[1]]]) is None
