"""docs/operations.md: the metrics, from the server's table."""

from __future__ import annotations

from millstream.reference.markdown import code, table
from millstream.server.metrics.table import METRICS, Metric


def page() -> str:
    """Every metric."""
    return table(["metric", "kind", ""], [[_name(metric), metric.kind, metric.doc] for metric in METRICS])


def _name(metric: Metric) -> str:
    labels = ", ".join(metric.labels)
    return code(f"{metric.name}{{{labels}}}" if labels else metric.name)
