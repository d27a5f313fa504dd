"""Pull queries: what WHERE pins down, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from millstream.errors import BindError
from millstream.plan.nodes import PullPlan
from tests.plan.conftest import Binder


def pull(sql: Binder, text: str) -> PullPlan:
    plan = sql.plan(text)
    assert isinstance(plan, PullPlan)
    return plan


@pytest.mark.parametrize(
    ("text", "keys", "filtered"),
    [
        ("SELECT * FROM AGG WHERE K = 'a';", (("a",),), False),
        ("SELECT * FROM AGG WHERE 'a' = K AND C > 1;", (("a",),), True),
        ("SELECT * FROM AGG WHERE K IN ('a', 'b', 'a');", (("a",), ("b",)), False),
        ("SELECT * FROM AGG WHERE K = 'a' OR K = 'b';", (("a",), ("b",)), True),
        ("SELECT * FROM AGG WHERE K = 'a' OR C = 1;", None, True),
        ("SELECT * FROM AGG WHERE K > 'a';", None, True),
        ("SELECT * FROM AGG;", None, False),
        ("SELECT * FROM MULTI WHERE K = 'a' AND A IN (1, 1 + 1);", (("a", 1), ("a", 2)), False),
        ("SELECT * FROM MULTI WHERE K = 'a';", None, True),
    ],
)
def test_keys_are_found_in_where(sql: Binder, text: str, keys: object, filtered: bool) -> None:
    """Equalities and IN on every key column become look-ups; the rest stays a filter."""
    plan = pull(sql, text)
    assert plan.lookup.keys == keys
    assert (plan.residual is not None) is filtered


def test_window_bounds_become_ranges(sql: Binder) -> None:
    """Bounds compare with milliseconds or with times as text; the tightest one counts."""
    plan = pull(
        sql, "SELECT * FROM WAGG WHERE K = 'a' AND WINDOWSTART >= 1000 AND WINDOWSTART > 500 AND '1970-01-01T00:00:09' > WINDOWEND;"
    )
    assert plan.lookup.window_start == (1000, True, None, True)
    assert plan.lookup.window_end == (None, True, 9000, False)
    assert plan.residual is None
    assert str(plan.schema) == "`K` STRING KEY, `WINDOWSTART` BIGINT KEY, `WINDOWEND` BIGINT KEY, `C` BIGINT"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT * FROM T;", "The `T` table isn't queryable"),
        ("SELECT * FROM AGG WHERE C;", "Should evaluate to boolean"),
        ("SELECT K, COUNT(*) FROM AGG GROUP BY K;", "Pull queries don't support GROUP BY clauses"),
        ("SELECT COUNT(*) FROM AGG;", "Pull queries don't support GROUP BY clauses"),
        ("SELECT * FROM AGG JOIN T ON AGG.K = T.K;", "Pull queries don't support JOIN clauses"),
        ("SELECT ROWPARTITION FROM AGG;", "the following columns in SELECT clauses: `ROWPARTITION`"),
        ("SELECT * FROM AGG WHERE ROWOFFSET = 1;", "the following columns in WHERE clauses: `ROWOFFSET`"),
        ("SELECT WINDOWSTART FROM AGG;", "SELECT column 'WINDOWSTART' cannot be resolved"),
        ("SELECT * FROM MULTI WHERE A IN ('1');", "can not be converted to the type of the key column: A INTEGER KEY"),
    ],
)
def test_what_pull_queries_do_not_do(sql: Binder, text: str, message: str) -> None:
    """Each refusal says what is not supported."""
    with pytest.raises(BindError) as caught:
        sql.plan(text)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT * FROM AGG;", "Missing WHERE clause"),
        ("SELECT * FROM AGG WHERE C = 1;", "WHERE clause missing key column"),
        ("SELECT * FROM AGG WHERE K = CAST(C AS STRING);", "between a key column and a resolvable expression"),
        ("SELECT * FROM AGG WHERE K = 'a' AND K IN ('a');", "cannot be combined with other comparisons"),
        ("SELECT * FROM MULTI WHERE K = 'a';", "must specify every key"),
    ],
)
def test_scans_can_be_switched_off(with_properties: Callable[..., Binder], text: str, message: str) -> None:
    """Then WHERE must give the whole key."""
    sql = with_properties(ksql__query__pull__table__scan__enabled="false")
    with pytest.raises(BindError) as caught:
        sql.plan(text)
    assert message in caught.value.message
    assert pull(sql, "SELECT * FROM AGG WHERE K = 'a';").lookup.keys == (("a",),)
