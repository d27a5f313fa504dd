"""What a call of a function costs in a query: a query that computes it, less one that does not. A line for each family of functions."""

from __future__ import annotations

from collections.abc import Iterator

from bench.data import load, stream, views
from bench.figures import Figure
from bench.rig import Embedded, embedded

#: What the language has without functions, over the columns viewtime BIGINT, userid STRING, pageid STRING.
OPERATORS = {
    "arithmetic": "viewtime * 3 + viewtime % 7 - 1",
    "DECIMAL": "CAST(viewtime AS DECIMAL(18, 2)) * 1.05",
    "comparison and CASE": "CASE WHEN viewtime > 100 AND userid <> 'x' THEN 1 ELSE 0 END",
    "CAST": "CAST(viewtime AS STRING)",
    "LIKE": "userid LIKE 'User_1%'",
    "IN, BETWEEN": "userid IN ('User_1', 'User_2') OR viewtime BETWEEN 1 AND 9",
    "STRUCT": "STRUCT(a := viewtime, b := userid)->a",
}
#: Family of scalar functions, as the modules of ``engine.functions.scalar`` are named -> an expression over the same columns.
SCALARS = {
    "arrays": "ARRAY_DISTINCT(ARRAY[viewtime, 2, 2])",
    "conversions": "BIGINT_FROM_BYTES(TO_BYTES('AAAAAAAAAAE=', 'base64'))",
    "cutting": "SUBSTRING(LPAD(userid, 12, '.'), 2, 4)",
    "dates": "TIMESTAMPADD(DAYS, 3, FROM_UNIXTIME(viewtime))",
    "encodings": "ENCODE(userid, 'utf8', 'hex')",
    "formats": "FORMAT_TIMESTAMP(FROM_UNIXTIME(viewtime), 'yyyy-MM-dd HH:mm:ss')",
    "greatest": "GREATEST(userid, pageid)",
    "json": "EXTRACTJSONFIELD('{\"a\": 1}', '$.a')",
    "lambdas": "TRANSFORM(ARRAY[viewtime, 2], x => x + 1)",
    "maps": "MAP_KEYS(MAP('a' := viewtime))",
    "masks": "MASK(userid)",
    "nulls": "COALESCE(IFNULL(pageid, 'none'), userid)",
    "ordering": "ARRAY_SORT(ARRAY[viewtime, 2, 1])",
    "other": "GEO_DISTANCE(CAST(viewtime % 90 AS DOUBLE), 1.5, 2.5, 3.5)",
    "regex": "REGEXP_EXTRACT('User_([0-9]+)', userid, 1)",
    "rounding": "ROUND(ABS(CAST(viewtime AS DOUBLE)), 2)",
    "strings": "UCASE(userid) + TRIM(pageid)",
    "trigonometry": "SIN(SQRT(CAST(viewtime AS DOUBLE)))",
    "url": "URL_EXTRACT_HOST('http://x.org/' + userid)",
}
#: The same for aggregates (``engine.functions.aggregates``), grouped by userid.
AGGREGATES = {
    "collect": "COLLECT_LIST(viewtime)",
    "distinct": "COUNT_DISTINCT(pageid)",
    "extremes": "MAX(viewtime)",
    "numbers": "AVG(viewtime)",
    "offsets": "LATEST_BY_OFFSET(pageid)",
    "statistics": "STDDEV_SAMP(viewtime)",
    "topk": "TOPK(viewtime, 3)",
}
TABLE_FUNCTION = "EXPLODE(ARRAY[viewtime])"


def functions(quick: bool) -> Iterator[Figure]:
    """One expression of each family."""
    count, runs = (10_000, 1) if quick else (50_000, 3)
    with embedded() as rig:
        rig.sql(stream("pageviews"))
        load(rig.log, "pageviews", views(count))
        bare, grouped = _cost(rig, row(""), 3 * runs), _cost(rig, group("COUNT(*)"), 3 * runs)

        def figure(kind: str, family: str, statement: str, without: float, expression: str) -> Figure:
            nanos = (_cost(rig, statement, runs) - without) / count * 1e9
            return Figure(f"{kind}: {family}", nanos, "ns/call", note=expression)

        for family, expression in OPERATORS.items():
            yield figure("operators", family, row(expression), bare, expression)
        for family, expression in SCALARS.items():
            yield figure("functions", family, row(expression), bare, expression)
        yield figure("functions", "tables", row(TABLE_FUNCTION), bare, TABLE_FUNCTION)
        for family, expression in AGGREGATES.items():
            yield figure("aggregates", family, group(expression), grouped, f"{expression}, less COUNT(*)")


def row(expression: str) -> str:
    """The statement that computes an expression for every row."""
    more = f", {expression} AS x" if expression else ""
    return f"CREATE STREAM computed AS SELECT k, viewtime{more} FROM pageviews EMIT CHANGES;"


def group(expression: str) -> str:
    """The statement that computes an aggregate for every row."""
    return f"CREATE TABLE computed AS SELECT userid, {expression} AS x FROM pageviews GROUP BY userid EMIT CHANGES;"


def _cost(rig: Embedded, statement: str, runs: int) -> float:
    """The least of some runs: what others do on the machine only adds to it."""
    return min(rig.cost(statement, "computed") for _ in range(runs))
