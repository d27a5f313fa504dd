"""The aggregate functions, one module a family. ``functions.index`` says which module holds which names.

    packing     values as what a state may hold
    numbers     COUNT, SUM, AVG, SUM_LIST
    extremes    MIN, MAX
    collect     COLLECT_LIST, COLLECT_SET, HISTOGRAM, ATTR
    distinct    COUNT_DISTINCT
    offsets     EARLIEST_BY_OFFSET, LATEST_BY_OFFSET
    topk        TOPK, TOPKDISTINCT
    statistics  STDDEV_SAMP, STDDEV_SAMPLE, CORRELATION

``result`` never hands out a list or dict of the state itself, since functions such as ARRAY_SORT change what they are given.
"""
