"""The digest changes with meaning, and with nothing else."""

from __future__ import annotations

import dataclasses
import pickle

from millstream.plan.digest import digest
from tests.plan.conftest import Binder

COUNT = "CREATE TABLE O AS SELECT K, COUNT(*) AS C FROM S WHERE A > {} GROUP BY K;"


def test_one_meaning_has_one_digest(sql: Binder) -> None:
    """White space, the query's id and a trip through pickle do not matter."""
    plan = sql.plan(COUNT.format(1))
    again = sql.plan("CREATE TABLE O AS\n SELECT K,  COUNT(*) AS C FROM S WHERE (A > 1) GROUP BY K;")
    assert digest(plan) == digest(dataclasses.replace(again, query_id="OTHER"))
    assert digest(pickle.loads(pickle.dumps(plan))) == digest(plan)


def test_another_meaning_has_another_digest(sql: Binder) -> None:
    """A constant, a window or a type is enough."""
    texts = [
        COUNT.format(1),
        COUNT.format(2),
        COUNT.format("1.0"),
        "CREATE TABLE O AS SELECT K, COUNT(*) AS C FROM S WINDOW TUMBLING (SIZE 1 DAY) GROUP BY K;",
        "CREATE TABLE O AS SELECT K, COUNT(*) AS C FROM S WINDOW TUMBLING (SIZE 2 DAYS) GROUP BY K;",
    ]
    assert len({digest(sql.plan(t)) for t in texts}) == len(texts)
