"""Aggregates over the group that ``examples.GROUP`` makes. See the package for what calls may use."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "ATTR": (("ATTR(word)", ("null",)), ("ATTR(fixed)", ('"x"',))),
    "AVG": (("AVG(n)", ("2.3333333333333335",)),),
    "COLLECT_LIST": (("COLLECT_LIST(n)", ("[3,1,3,null]",)),),
    "COLLECT_SET": (("COLLECT_SET(n)", ("[3,1,null]",)),),
    "CORRELATION": (("CORRELATION(n, n * 2)", ("1.0",)),),
    "COUNT": (("COUNT(*)", ("4",)), ("COUNT(n)", ("3",))),
    "COUNT_DISTINCT": (("COUNT_DISTINCT(n)", ("2",)),),
    "EARLIEST_BY_OFFSET": (("EARLIEST_BY_OFFSET(n)", ("3",)), ("EARLIEST_BY_OFFSET(n, 2)", ("[3,1]",))),
    "HISTOGRAM": (("HISTOGRAM(word)", ('{"c":1,"a":2,"b":1}',)),),
    "LATEST_BY_OFFSET": (
        ("LATEST_BY_OFFSET(n)", ("3",)),
        ("LATEST_BY_OFFSET(n, FALSE)", ("null",)),
        ("LATEST_BY_OFFSET(n, 2)", ("[1,3]",)),
    ),
    "MAX": (("MAX(n)", ("3",)), ("MAX(word)", ('"c"',))),
    "MIN": (("MIN(n)", ("1",)),),
    "STDDEV_SAMP": (("STDDEV_SAMP(n)", ("1.3333333333333333",)),),
    "STDDEV_SAMPLE": (("ROUND(STDDEV_SAMPLE(n), 3)", ("1.155",)),),
    "SUM": (("SUM(n)", ("7",)),),
    "SUM_LIST": (("SUM_LIST(ARRAY[n, 1])", ("11",)),),
    "TOPK": (("TOPK(n, 2)", ("[3,3]",)), ("TOPK(n, word, 1)", ('[{"sort_col":3,"col0":"c"}]',))),
    "TOPKDISTINCT": (("TOPKDISTINCT(n, 2)", ("[3,1]",)),),
}
