"""What values do at run time: exact semantics of SQL types, as generated code calls them.

    integers    INTEGER and BIGINT: wrapping, division toward zero
    doubles     DOUBLE as on the JVM: division, remainder, text, parsing
    exact       DECIMAL: arithmetic, rounding, fitting
    times       DATE, TIME and TIMESTAMP from and to ISO text
    arithmetic  the operators by type, as functions and as source
    compare     order and equality
    casts       CAST between any two types
    text        a value as text (CAST to STRING)
    hashing     the order in which the JVM walks a map
    javatime    Java's date patterns: parsing and formatting

Every function here takes values that are not NULL, unless it says otherwise. What may not live here: plans, records, SQL text.
"""
