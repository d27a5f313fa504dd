"""Schemas that CREATE ... AS and SELECT give, and what is refused."""

from __future__ import annotations

import pytest

from millstream.errors import BindError
from millstream.plan.nodes import QueryPlan
from tests.plan.conftest import Binder


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("STREAM O AS SELECT K, A + 1, UCASE(B), ST->P FROM S", "`K` STRING KEY, `KSQL_COL_0` INTEGER, `KSQL_COL_1` STRING, `P` INTEGER"),
        ("STREAM O AS SELECT K AS KEY2, AS_VALUE(K) AS V FROM S", "`KEY2` STRING KEY, `V` STRING"),
        ("STREAM O AS SELECT ST->*, K FROM S", "`K` STRING KEY, `P` INTEGER, `Q` STRING"),
        ("STREAM O AS SELECT * FROM S2 PARTITION BY A", "`A` INTEGER KEY, `C` STRING, `K` STRING"),
        ("STREAM O AS SELECT * FROM S2 PARTITION BY A + 1", "`KSQL_COL_0` INTEGER KEY, `A` INTEGER, `C` STRING, `K` STRING"),
        ("STREAM O AS SELECT A + 1 AS N, C FROM S2 PARTITION BY A + 1", "`N` INTEGER KEY, `C` STRING"),
        ("STREAM O AS SELECT K, C FROM S2 PARTITION BY NULL", "`K` STRING, `C` STRING"),
        ("STREAM O AS SELECT K, EXPLODE(L) AS E, EXPLODE(L) + 1 FROM S", "`K` STRING KEY, `E` INTEGER, `KSQL_COL_0` INTEGER"),
        ("TABLE O AS SELECT B, COUNT(*) FROM S GROUP BY B", "`B` STRING KEY, `KSQL_COL_0` BIGINT"),
        (
            "TABLE O AS SELECT LEN(B), LEN(B) + 1, SUM(A) AS N FROM S GROUP BY LEN(B)",
            "`KSQL_COL_0` INTEGER KEY, `KSQL_COL_1` INTEGER, `N` INTEGER",
        ),
        (
            "TABLE O AS SELECT K, WINDOWSTART AS WS, COUNT(*) AS N FROM S WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY K EMIT FINAL",
            "`K` STRING KEY, `WS` BIGINT, `N` BIGINT",
        ),
        ("STREAM O AS SELECT S.K, C, B FROM S JOIN S2 WITHIN 1 HOUR ON S.K = S2.K", "`S_K` STRING KEY, `C` STRING, `B` STRING"),
        (
            "STREAM O AS SELECT * FROM S2 X JOIN T ON X.C = T.K",
            "`X_C` STRING KEY, `X_K` STRING, `X_A` INTEGER, `T_K` STRING, `T_A` INTEGER, `T_B` STRING",
        ),
        (
            "STREAM O AS SELECT * FROM S2 FULL JOIN NOKEY WITHIN 1 HOUR ON S2.A = NOKEY.A",
            "`ROWKEY` INTEGER KEY, `S2_K` STRING, `S2_A` INTEGER, `S2_C` STRING, `NOKEY_A` INTEGER, `NOKEY_B` STRING",
        ),
        ("TABLE O AS SELECT T.K, T2.C FROM T JOIN T2 ON T.A = T2.K", "`T_K` STRING KEY, `C` STRING"),
        ("STREAM O AS SELECT T.K, S2.C FROM S2 LEFT JOIN T ON S2.K = T.K", "`T_K` STRING KEY, `C` STRING"),
    ],
)
def test_sinks_have_ksqldbs_schemas(sql: Binder, query: str, expected: str) -> None:
    """Names, order and keys of the result."""
    with_ = " WITH (KEY_FORMAT='JSON')" if "GROUP BY" in query else ""
    assert sql.schema(f"CREATE {query.replace(' AS SELECT', with_ + ' AS SELECT', 1)};") == expected


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("STREAM O AS SELECT * FROM NOPE", "NOPE does not exist"),
        ("STREAM O AS SELECT A FROM S", "must include the key column K in its projection"),
        ("STREAM O AS SELECT K FROM S", "The projection contains no value columns"),
        ("STREAM O AS SELECT K, K AS K2, A FROM S", "key column (`K`) more than once, aliased as: K and K2"),
        ("STREAM O AS SELECT K, A, A FROM S", "Duplicate value columns found in schema: `A` INTEGER"),
        ("STREAM O AS SELECT K, ROWTIME FROM S", "Reserved column name in select: `ROWTIME`"),
        ("STREAM O AS SELECT K, A AS ROWTIME FROM S", "`ROWTIME` is a reserved column name"),
        ("STREAM O AS SELECT * FROM S WHERE A", "Type error in WHERE expression: Should evaluate to boolean"),
        ("STREAM O AS SELECT * FROM S WHERE COUNT(*) > 1", "Can't find any functions with the name 'COUNT'"),
        ("STREAM O AS SELECT A FROM S PARTITION BY B", "must include the partitioning expression B"),
        ("STREAM O AS SELECT * FROM S PARTITION BY ZZ", "PARTITION BY column 'ZZ' cannot be resolved"),
        ("TABLE O AS SELECT * FROM T PARTITION BY A", "Cannot repartition a TABLE source"),
        ("STREAM O AS SELECT * FROM W PARTITION BY A", "Implicit repartitioning of windowed sources"),
        ("STREAM O AS SELECT K, COUNT(*) FROM S GROUP BY K", "Your SELECT query produces a TABLE"),
        ("TABLE O AS SELECT * FROM S", "Your SELECT query produces a STREAM"),
        ("TABLE O AS SELECT K, A, COUNT(*) FROM S GROUP BY K", "Non-aggregate SELECT expression(s) not part of GROUP BY: A"),
        ("TABLE O AS SELECT COUNT(*) FROM S GROUP BY K", "must include the grouping expression K"),
        ("TABLE O AS SELECT K, COUNT(*) FROM S GROUP BY K HAVING A > 1", "Non-aggregate HAVING expression not part of GROUP BY: A"),
        ("TABLE O AS SELECT K, SUM(COUNT(*)) FROM S GROUP BY K", "Aggregate functions can not be nested"),
        ("TABLE O AS SELECT A FROM S GROUP BY A", "GROUP BY requires aggregate functions"),
        ("TABLE O AS SELECT K, COUNT(*) FROM S GROUP BY K, K", "Duplicate GROUP BY expression: K"),
        ("TABLE O AS SELECT COUNT(*) FROM S", "without a GROUP BY clause"),
        ("TABLE O AS SELECT K, TOPK(A, A) FROM S GROUP BY K", "must be a literal constant"),
        ("TABLE O AS SELECT A, COUNT(*) FROM T WINDOW TUMBLING (SIZE 1 SECOND) GROUP BY A", "Windowing not supported for table"),
        ("TABLE O AS SELECT A, TOPK(A, 2) FROM T GROUP BY A", "cannot be applied to a table source"),
        ("TABLE O AS SELECT A, COUNT(*) FROM S GROUP BY A EMIT FINAL", "EMIT FINAL is only supported for windowed aggregations"),
        ("TABLE O AS SELECT A, COUNT(*) FROM S WINDOW HOPPING (SIZE 9 DAYS, ADVANCE BY 1 SECOND) GROUP BY A", "would be in 777600 windows"),
        ("TABLE O AS SELECT A, COUNT(*) FROM S WINDOW HOPPING (SIZE 5 SECONDS, ADVANCE BY 6 SECONDS) GROUP BY A", "advancement interval"),
        (
            "TABLE O AS SELECT A, COUNT(*) FROM S WINDOW TUMBLING (SIZE 5 SECONDS, RETENTION 1 SECOND) GROUP BY A",
            "must be no smaller than its window size plus the grace period",
        ),
        ("STREAM O AS SELECT * FROM S LIMIT 1", "don't support LIMIT clause"),
        ("STREAM O AS SELECT * FROM S JOIN S2 ON S.K = S2.K", "must have a WITHIN clause"),
        ("STREAM O AS SELECT * FROM S JOIN T WITHIN 1 DAY ON S.K = T.K", "These joins are not windowed"),
        ("STREAM O AS SELECT * FROM S X JOIN S Y WITHIN 1 DAY ON X.K = Y.K", "self joins are not yet supported"),
        ("STREAM O AS SELECT * FROM S JOIN P3 WITHIN 1 DAY ON S.K = P3.K", "number of partitions don't match"),
        ("STREAM O AS SELECT * FROM T JOIN S ON S.K = T.K", "table-stream joins are not supported"),
        ("STREAM O AS SELECT * FROM S FULL JOIN T ON S.K = T.K", "full-outer join not supported for stream-table join"),
        ("STREAM O AS SELECT * FROM S JOIN T ON S.A = T.A", "join on the table's primary key"),
        ("STREAM O AS SELECT * FROM S JOIN T2 ON S.K = T2.K", "Key types differ: STRING vs INTEGER"),
        ("STREAM O AS SELECT * FROM S JOIN S2 WITHIN 1 DAY ON S.K > S2.K", "Only equality join criteria"),
        ("STREAM O AS SELECT * FROM S JOIN S2 WITHIN 1 DAY ON S.K = S.B", "Each side of the join must reference exactly one source"),
        ("STREAM O AS SELECT * FROM S JOIN S2 WITHIN 1 DAY ON S.K = 'a'", "references from exactly one source"),
        ("STREAM O AS SELECT * FROM S JOIN W WITHIN 1 DAY ON S.K = W.K", "Can not join windowed source to non-windowed source"),
        ("STREAM O AS SELECT K FROM S JOIN T ON S.K = T.K", "Column 'K' is ambiguous. Could be S.K or T.K"),
        ("STREAM O AS SELECT B FROM S JOIN S2 WITHIN 1 DAY ON S.K = S2.K", "must include the join expressions S.K or S2.K"),
        ("TABLE O AS SELECT T.A FROM T JOIN T2 ON T.A = T2.K", "Primary key column missing in projection"),
        ("TABLE O AS SELECT * FROM T RIGHT JOIN T2 ON T.A = T2.K", "RIGHT OUTER JOIN on a foreign key is not supported"),
        ("STREAM O AS SELECT K, CASE WHEN TRUE THEN EXPLODE(L) END FROM S", "Table functions cannot be used in CASE"),
        ("STREAM O WITH (KEY_FORMAT='JSON') AS SELECT * FROM NOKEY", "Key format specified for stream without key columns"),
    ],
)
def test_ksqldbs_refusals_are_refused(sql: Binder, query: str, message: str) -> None:
    """The key phrase of ksqlDB's message is kept."""
    with pytest.raises(BindError) as caught:
        sql.plan(f"CREATE {query};")
    assert message in caught.value.message


def test_the_copy_that_a_self_join_needs_is_of_the_sources_kind(sql: Binder) -> None:
    """The hint is a statement that works."""
    with pytest.raises(BindError) as caught:
        sql.plan("CREATE TABLE O AS SELECT * FROM T X JOIN T Y ON X.K = Y.K;")
    assert (caught.value.hint or "").startswith("CREATE TABLE COPY AS SELECT * FROM T;")


def test_push_queries_need_no_key_and_may_aggregate_everything(sql: Binder) -> None:
    """Without a sink the SELECT list is taken as it is written."""
    assert sql.schema("SELECT A, ROWTIME FROM S EMIT CHANGES;") == "`A` INTEGER, `ROWTIME` BIGINT"
    assert sql.schema("SELECT SUM(A) AS N FROM S EMIT CHANGES;") == "`N` INTEGER"
    assert sql.schema("SELECT * FROM W EMIT CHANGES;") == "`K` STRING KEY, `WINDOWSTART` BIGINT, `WINDOWEND` BIGINT, `A` INTEGER"
    limited = sql.plan("SELECT A FROM S EMIT CHANGES LIMIT 2;")
    assert isinstance(limited, QueryPlan)
    assert (limited.limit, limited.sink) == (2, None)


def test_a_sink_takes_over_what_its_source_has(sql: Binder) -> None:
    """Formats, delimiter and partitions come from the left-most source unless the WITH clause says otherwise."""
    plan = sql.plan("CREATE STREAM O AS SELECT * FROM P3;")
    assert isinstance(plan, QueryPlan)
    assert plan.sink is not None
    assert (plan.sink.topic, plan.sink.partitions, plan.sink.key_format.name, plan.sink.value_format.name) == ("O", 3, "KAFKA", "JSON")
    other = sql.plan("CREATE STREAM O WITH (KAFKA_TOPIC='o', PARTITIONS=5, VALUE_FORMAT='DELIMITED') AS SELECT K, A FROM P3;")
    assert isinstance(other, QueryPlan)
    assert other.sink is not None
    assert (other.sink.topic, other.sink.partitions, other.sink.value_format.name) == ("o", 5, "DELIMITED")
    keyless = sql.plan("CREATE STREAM O AS SELECT K, A FROM P3 PARTITION BY NULL;")
    assert isinstance(keyless, QueryPlan)
    assert keyless.sink is not None
    assert keyless.sink.key_format.name == "NONE"


def test_insert_into_widens_numbers_and_refuses_the_rest(sql: Binder) -> None:
    """The result must have the sink's names in order; INTEGER fits into BIGINT."""
    plan = sql.plan("INSERT INTO P3 SELECT K, A FROM S2;")
    assert isinstance(plan, QueryPlan)
    assert plan.sink is not None
    assert plan.sink.relation == "P3"
    with pytest.raises(BindError, match="Incompatible schema between results and sink"):
        sql.plan("INSERT INTO P3 SELECT K, G AS A FROM S;")
    with pytest.raises(BindError, match="can only be used to insert into a stream"):
        sql.plan("INSERT INTO T SELECT * FROM T;")


def test_groups_of_a_windowed_stream_have_no_window(sql: Binder) -> None:
    """Not even under the same key: a group is of all windows."""
    text = "SELECT {0}, COUNT(*) AS N FROM W GROUP BY {0} EMIT CHANGES;"
    same, other = sql.plan(text.format("K")), sql.plan(text.format("A"))
    assert isinstance(same, QueryPlan)
    assert isinstance(other, QueryPlan)
    assert same.root.window is other.root.window is None
