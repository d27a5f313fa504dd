"""Syntax trees of expressions -> typed expressions.

binder     one method a node
literals   types of constants
coerce     common types, implicit casts
lists      IN, ARRAY and MAP items
compare    comparisons
casts      CAST, written types
calls      function calls, lambdas
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from millstream.plan.bind.expressions.casts import resolve_type

if TYPE_CHECKING:
    from millstream.plan.bind.expressions.binder import ExpressionBinder

__all__ = ["ExpressionBinder", "resolve_type"]


def __getattr__(name: str) -> Any:
    """The binder is imported with the first expression: definitions without any, as most of a start's are, only need types."""
    if name == "ExpressionBinder":
        from millstream.plan.bind.expressions.binder import ExpressionBinder

        return ExpressionBinder
    raise AttributeError(name)
