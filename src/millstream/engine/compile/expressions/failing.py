"""What generated code calls where a function or a CAST inside a larger expression may fail: it gives NULL there, and reports.

A call with its arguments, an explicit CAST, and each item of an ARRAY, MAP or STRUCT catch their own failures, as in ksqlDB: in
``COALESCE(SQRT(a + b), 0)`` a NULL column makes SQRT NULL, and COALESCE goes on. Everything else fails the whole expression.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Report = Callable[[Exception], None]


def never_failing(impl: Callable[..., Any], report: Report) -> Callable[..., Any]:
    """``impl``, but NULL and a report where it fails."""

    def call(*args: Any) -> Any:
        try:
            return impl(*args)
        except Exception as error:
            report(error)
            return None

    return call


def attempt(evaluate: Callable[[], Any], report: Report) -> Any:
    """The value, or NULL and a report where it cannot be had."""
    try:
        return evaluate()
    except Exception as error:
        report(error)
        return None


def unreported(_error: Exception) -> None:
    """Takes failures that were reported already, or need not be."""
