"""What a call of a function costs in a query: a query that computes it, less one that does not."""

from __future__ import annotations

from collections.abc import Iterator

from bench.data import load, stream, views
from bench.figures import Figure, median
from bench.rig import embedded

#: Family -> an expression over the columns viewtime BIGINT, userid STRING, pageid STRING.
FAMILIES = {
    "arithmetic": "viewtime * 3 + viewtime % 7 - 1",
    "comparison and CASE": "CASE WHEN viewtime > 100 AND userid <> 'x' THEN 1 ELSE 0 END",
    "CAST": "CAST(viewtime AS STRING)",
    "DECIMAL": "CAST(viewtime AS DECIMAL(18, 2)) * 1.05",
    "LIKE": "userid LIKE 'User_1%'",
    "texts": "UCASE(SUBSTRING(userid, 2, 4)) + TRIM(pageid)",
    "regular expressions": "REGEXP_EXTRACT('User_([0-9]+)', userid, 1)",
    "numbers": "ROUND(SQRT(ABS(viewtime)), 2)",
    "times": "FORMAT_TIMESTAMP(FROM_UNIXTIME(viewtime), 'yyyy-MM-dd HH:mm:ss')",
    "arrays and lambdas": "TRANSFORM(ARRAY[viewtime, 2], x => x + 1)",
    "maps": "MAP('a' := viewtime)['a']",
    "JSON": "EXTRACTJSONFIELD('{\"a\": 1}', '$.a')",
    "hashing": "CRC32(userid)",
    "null handling": "COALESCE(IFNULL(pageid, 'none'), userid)",
}


def functions(quick: bool) -> Iterator[Figure]:
    """One expression of each family."""
    count, runs = (20_000, 1) if quick else (100_000, 3)
    with embedded() as rig:
        rig.sql(stream("pageviews"))
        load(rig.log, "pageviews", views(count))

        def cost(columns: str) -> float:
            statement = f"CREATE STREAM computed AS SELECT k, viewtime{columns} FROM pageviews EMIT CHANGES;"
            return median([rig.cost(statement, "computed") for _ in range(runs)])

        bare = cost("")
        for family, expression in FAMILIES.items():
            yield Figure(f"function: {family}", (cost(f", {expression} AS x") - bare) / count * 1e9, "ns/call", note=expression)
