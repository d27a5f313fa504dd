"""Prometheus' text format (0.0.4). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from millstream.server.metrics.table import METRICS, Metric

#: Values of a metric's labels, and its value: (count, sum) for a summary.
Reading = tuple[tuple[str, ...], float | tuple[float, float]]


def written(readings: Mapping[str, Iterable[Reading]]) -> str:
    """The metrics that have readings, in the table's order."""
    lines: list[str] = []
    for metric in METRICS:
        found = list(readings.get(metric.name, ()))
        if found:
            lines += [f"# HELP {metric.name} {metric.doc}", f"# TYPE {metric.name} {metric.kind}"]
            for values, value in found:
                lines += _lines(metric, values, value)
    return "\n".join(lines) + "\n"


def _lines(metric: Metric, values: tuple[str, ...], value: float | tuple[float, float]) -> list[str]:
    pairs = ",".join(f'{name}="{_escaped(text)}"' for name, text in zip(metric.labels, values, strict=True))
    labels = f"{{{pairs}}}" if pairs else ""
    if isinstance(value, tuple):
        return [f"{metric.name}_count{labels} {_number(value[0])}", f"{metric.name}_sum{labels} {_number(value[1])}"]
    return [f"{metric.name}{labels} {_number(value)}"]


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
