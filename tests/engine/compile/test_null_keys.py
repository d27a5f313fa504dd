"""Records of tables whose key says NULL: they are no rows, and no reason for the query to stop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from millstream.catalog import FormatSpec
from millstream.formats.base import FormatOptions
from millstream.plan import nodes as n
from millstream.types import Column, Role, Schema
from tests.engine.compile.plans import Run, project, ref, scan


def keyed(node: n.Scan, key_format: str) -> n.Scan:
    """The scan with another key format."""
    return replace(node, relation=replace(node.relation, key_format=FormatSpec(key_format, FormatOptions(is_key=True, unwrapped=True))))


@pytest.mark.parametrize("kind", ["STRING", "INT", "BIGINT", "DOUBLE"])
@pytest.mark.parametrize(("key_format", "null"), [("DELIMITED", '""'), ("JSON", "null")])
def test_a_table_record_whose_key_is_null(kind: str, key_format: str, null: str) -> None:
    """It is dropped and reported; a stream's record of that key finds nothing."""
    stream = keyed(scan("s", f"K {kind} KEY, A INT"), key_format)
    table = keyed(scan("t", f"K {kind} KEY, C INT", is_table=True, prefix="T_"), key_format)
    columns = (Column("K", stream.schema.key[0].type, Role.KEY), *stream.schema.value, *table.schema.value)
    joined = n.StreamTableJoin(Schema(columns), False, None, stream, table, "LEFT", ("K",))
    run = Run(project(joined, A=ref(joined, "A"), C=ref(joined, "T_C")), ["s", "t"])
    for key, c in ((null, 1), ("7", 2), (null, None)):
        run.feed("t", key, None if c is None else {"C": c})
    for a, key in enumerate([null, "7"]):
        run.feed("s", key, {"A": a})
    assert [value for _, value, _ in run.out()] == [{"A": 0, "C": None}, {"A": 1, "C": 2}]
    assert len(run.failures()) == 2
