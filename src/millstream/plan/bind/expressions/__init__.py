"""Syntax trees of expressions -> typed expressions.

binder     one method a node
literals   types of constants
coerce     common types, implicit casts
lists      IN, ARRAY and MAP items
compare    comparisons
casts      CAST, written types
calls      function calls, lambdas
"""

from millstream.plan.bind.expressions.binder import ExpressionBinder
from millstream.plan.bind.expressions.casts import resolve_type

__all__ = ["ExpressionBinder", "resolve_type"]
