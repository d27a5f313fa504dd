"""Plans as EXPLAIN prints them, one snapshot a file.

A file holds a statement, a line of dashes, and the plan. ``MILLSTREAM_REWRITE=1 pytest tests/plan/test_snapshots.py`` rewrites them all;
review the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from millstream.plan.explain import explain
from millstream.plan.nodes import QueryPlan
from millstream.plan.rewrites import optimize
from tests.plan.conftest import Binder

FILES = sorted((Path(__file__).parent / "snapshots").glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_plan_is_the_reviewed_one(sql: Binder, path: Path) -> None:
    """The plan of each statement has not changed unseen."""
    statement, _, expected = path.read_text().partition("\n----\n")
    plan = sql.plan(statement)
    text = explain(optimize(plan) if isinstance(plan, QueryPlan) else plan) + "\n"
    if os.environ.get("MILLSTREAM_REWRITE"):
        path.write_text(f"{statement}\n----\n{text}")
        return
    assert text == expected
