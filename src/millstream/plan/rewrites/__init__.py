"""Plan -> better plan, same rows. One function a rewrite; ``RULES`` is the order they run in.

fold          constants are computed once
pushdown      filters go below stream-table joins
prune         columns nobody reads are not scanned
materialize   table scans that are looked into keep their rows
traverse      how rewrites go through plans
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from millstream.plan.nodes import Node, QueryPlan
from millstream.plan.rewrites.constants import fold_constants
from millstream.plan.rewrites.materialize import mark_materialized
from millstream.plan.rewrites.prune import prune_columns
from millstream.plan.rewrites.pushdown import push_filters

Rule = Callable[[Node], Node]

RULES: tuple[Rule, ...] = (fold_constants, push_filters, prune_columns, mark_materialized)


def optimize(plan: QueryPlan) -> QueryPlan:
    """The plan with every rule applied once."""
    root = plan.root
    for rule in RULES:
        root = rule(root)
    return plan if root is plan.root else dataclasses.replace(plan, root=root)
