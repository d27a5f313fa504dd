"""Calls of SQL functions with what they give, as JSON. The tests run each.

    numbers, texts, times, collections   scalar and table functions; ``k`` and ``n`` are columns of ONE_ROW
    aggregates                           over GROUP

An example of a table function gives one JSON value for each row.
"""

from __future__ import annotations

from functools import cache

from millstream.reference.examples import aggregates, collections, numbers, texts, times

#: (call, what it gives)
Example = tuple[str, tuple[str, ...]]

#: What scalar examples select from.
ONE_ROW = """\
CREATE STREAM one_row (k STRING KEY, n INT) WITH (kafka_topic='one_row', value_format='JSON', partitions=1);
INSERT INTO one_row VALUES ('key', 42);"""

#: What aggregates work on: one group of four rows.
GROUP = """\
CREATE STREAM words (k STRING KEY, n INT, word STRING, fixed STRING) WITH (kafka_topic='words', value_format='JSON', partitions=1);
INSERT INTO words VALUES ('k', 3, 'c', 'x');
INSERT INTO words VALUES ('k', 1, 'a', 'x');
INSERT INTO words VALUES ('k', 3, 'b', 'x');
INSERT INTO words VALUES ('k', NULL, 'a', 'x');"""


@cache
def of_functions() -> dict[str, tuple[Example, ...]]:
    """Examples by function name."""
    return {**numbers.EXAMPLES, **texts.EXAMPLES, **times.EXAMPLES, **collections.EXAMPLES, **aggregates.EXAMPLES}


def statement(name: str, call: str) -> str:
    """The query that shows a call."""
    if name in aggregates.EXAMPLES:
        return f"SELECT k, {call} AS answer FROM words GROUP BY k EMIT CHANGES;"
    return f"SELECT {call} AS answer FROM one_row EMIT CHANGES;"
