"""The plans of ``engine_bench``: a stream-table join, and a count over it in tumbling windows."""

from __future__ import annotations

from millstream.catalog import FormatSpec, Relation, WindowSpec
from millstream.plan import nodes as n
from millstream.plan.expr import ColumnRef, Literal
from millstream.types import BIGINT, INTEGER, STRING, Column, Role, Schema

KAFKA, JSON = FormatSpec("KAFKA"), FormatSpec("JSON")
START = {"auto.offset.reset": "earliest"}


def _scan(name: str, is_table: bool, columns: dict[str, str], alias: str) -> n.Scan:
    types = {"VIEWTIME": BIGINT}
    schema = Schema(tuple(Column(c, types.get(c, STRING), Role.KEY if c.startswith("K") else Role.VALUE) for c in columns))
    relation = Relation(name.upper(), is_table, schema, name, KAFKA, JSON, partitions=4)
    out = Schema(tuple(Column(a, types.get(c, STRING), Role.KEY if c.startswith("K") else Role.VALUE) for c, a in columns.items()))
    return n.Scan(out, is_table, None, relation, alias, tuple(columns), is_table)


def _joined() -> n.StreamTableJoin:
    left = _scan("pageviews", False, {"KV": "P_K", "VIEWTIME": "P_VIEWTIME", "USERID": "P_USERID", "PAGEID": "P_PAGEID"}, "P")
    right = _scan("users", True, {"KU": "U_K", "REGIONID": "U_REGIONID", "GENDER": "U_GENDER"}, "U")
    columns = [Column("P_K", STRING, Role.KEY)] + [Column(c.name, c.type) for s in (left, right) for c in s.schema.value]
    return n.StreamTableJoin(Schema(tuple(columns)), False, None, left, right, "INNER", ("P_K",))


def join() -> n.QueryPlan:
    """SELECT user, page, region, gender, time."""
    names = {"P_K": "USERID", "P_PAGEID": "PAGEID", "U_REGIONID": "REGIONID", "U_GENDER": "GENDER", "P_VIEWTIME": "VIEWTIME"}
    items = []
    for source, name in names.items():
        kind = BIGINT if name == "VIEWTIME" else STRING
        items.append((Column(name, kind, Role.KEY if source == "P_K" else Role.VALUE), ColumnRef(kind, source)))
    schema = Schema(tuple(c for c, _ in items))
    root = n.Project(schema, False, None, _joined(), tuple(items))
    sink = n.SinkSpec("ENRICHED", "enriched", False, schema, KAFKA, JSON, partitions=4)
    return n.QueryPlan("CSAS_ENRICHED_1", root, ("PAGEVIEWS", "USERS"), sink, properties=START)


def join_count() -> n.QueryPlan:
    """COUNT(*) by region and gender, a minute's window, every update out."""
    window = WindowSpec("TUMBLING", 60_000, 60_000, 86_340_000)
    keys = (Column("REGIONID", STRING, Role.KEY), Column("GENDER", STRING, Role.KEY))
    schema = Schema((*keys, Column("TOTAL", BIGINT)))
    groups = (("REGIONID", ColumnRef(STRING, "U_REGIONID")), ("GENDER", ColumnRef(STRING, "U_GENDER")))
    count = n.AggregateCall(schema.columns[2], "COUNT", 0, (Literal(INTEGER, 1),))
    root = n.Aggregate(schema, True, window, _joined(), groups, (count,), window)
    sink = n.SinkSpec("TOTALS", "totals", True, schema, JSON, JSON, window, partitions=4)
    return n.QueryPlan("CTAS_TOTALS_1", root, ("PAGEVIEWS", "USERS"), sink, properties=START)
