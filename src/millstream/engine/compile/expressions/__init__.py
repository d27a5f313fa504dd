"""Typed expressions -> Python source.

code        what an expression becomes
compiler    dispatch by node, columns and constants
arithmetic  + - * / % and negation
logic       comparisons, AND OR NOT, IN, BETWEEN, LIKE, CASE
structure   fields, elements, constructors of arrays, maps and structs
calls       functions, lambdas, casts
failing     calls and casts that fail inside an expression

NULL is ksqlDB's: a comparison with NULL is FALSE; arithmetic on NULL and a condition that is NULL fail, so the whole expression fails and
the statement around it decides (a SELECT item becomes NULL, a WHERE drops the record). That is why arithmetic tests no operand: Python's
own TypeError on None is the failure.
"""

from millstream.engine.compile.expressions.code import Code
from millstream.engine.compile.expressions.compiler import Expressions

__all__ = ["Code", "Expressions"]
