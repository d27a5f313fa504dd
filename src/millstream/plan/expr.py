"""Typed expressions of plans: every name resolved, every implicit cast explicit, every node with its SQL type.

Plans are pickled to the engine process and hashed for the journal, so functions are named, not held: ``Call`` carries the function's name
and the index of the overload in the registry. NULL semantics are SQL's (three-valued); the engine gives them code.
"""

from __future__ import annotations

from typing import Any

from millstream.dataclass import dataclass
from millstream.types import SqlType


@dataclass(frozen=True, slots=True)
class TypedExpr:
    """Base. ``type`` is None only for the untyped NULL literal where nothing gives it a type."""

    type: SqlType | None


@dataclass(frozen=True, slots=True)
class ColumnRef(TypedExpr):
    """A column of the input node's schema, by its unique name there."""

    name: str


@dataclass(frozen=True, slots=True)
class LambdaVar(TypedExpr):
    name: str


@dataclass(frozen=True, slots=True)
class Literal(TypedExpr):
    """A constant in the Python value of its type (see ``types``)."""

    value: Any


@dataclass(frozen=True, slots=True)
class Call(TypedExpr):
    """A scalar function (or in FlatMap a table function). Arguments are already cast to the overload's types.

    A lambda argument is a ``LambdaExpr``; an interval unit is a STRING literal holding its name in upper case, plural (``MINUTES``).
    """

    name: str
    overload: int
    args: tuple[TypedExpr, ...]


@dataclass(frozen=True, slots=True)
class LambdaExpr(TypedExpr):
    """``type`` is the body's type."""

    params: tuple[tuple[str, SqlType], ...]
    body: TypedExpr


@dataclass(frozen=True, slots=True)
class Cast(TypedExpr):
    """To ``type``. ``explicit``: written as CAST, so that a failure is NULL for this cast alone."""

    operand: TypedExpr
    explicit: bool = False


@dataclass(frozen=True, slots=True)
class Arithmetic(TypedExpr):
    """``op`` is ``+ - * / %``. Operands are already of one numeric type, except DECIMALs, which keep their own precision and scale;
    ``+`` on STRINGs is concatenation."""

    op: str
    left: TypedExpr
    right: TypedExpr


@dataclass(frozen=True, slots=True)
class Chain(TypedExpr):
    """A long run of arithmetic: each step is an ``Arithmetic`` whose left side is (a cast of) ``SoFar``, the result of the one before.

    As nested operations it would be too deep for whatever walks expressions.
    """

    first: TypedExpr
    steps: tuple[Arithmetic, ...]


@dataclass(frozen=True, slots=True)
class SoFar(TypedExpr):
    """What the steps of the innermost ``Chain`` around it have given up to here."""


@dataclass(frozen=True, slots=True)
class Negate(TypedExpr):
    operand: TypedExpr


@dataclass(frozen=True, slots=True)
class Compare(TypedExpr):
    """``op`` is ``= <> < <= > >=``, ``IS DISTINCT FROM`` or ``IS NOT DISTINCT FROM``.

    Operands are already comparable Python values of one type (a DECIMAL and a DOUBLE are compared as DOUBLEs).
    """

    op: str
    left: TypedExpr
    right: TypedExpr


@dataclass(frozen=True, slots=True)
class Logical(TypedExpr):
    """``op`` is AND or OR."""

    op: str
    left: TypedExpr
    right: TypedExpr


@dataclass(frozen=True, slots=True)
class Not(TypedExpr):
    operand: TypedExpr


@dataclass(frozen=True, slots=True)
class IsNull(TypedExpr):
    operand: TypedExpr
    negated: bool = False


@dataclass(frozen=True, slots=True)
class InList(TypedExpr):
    operand: TypedExpr
    items: tuple[TypedExpr, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Between(TypedExpr):
    operand: TypedExpr
    low: TypedExpr
    high: TypedExpr
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Like(TypedExpr):
    operand: TypedExpr
    pattern: TypedExpr
    escape: str | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Case(TypedExpr):
    """Searched CASE (a simple CASE is bound to comparisons)."""

    whens: tuple[tuple[TypedExpr, TypedExpr], ...]
    default: TypedExpr | None = None


@dataclass(frozen=True, slots=True)
class FieldOf(TypedExpr):
    """``operand -> field`` of a STRUCT; NULL of a NULL."""

    operand: TypedExpr
    field: str


@dataclass(frozen=True, slots=True)
class ElementOf(TypedExpr):
    """``operand[index]``: ARRAY (1-based, negative from the end, NULL outside) or MAP."""

    operand: TypedExpr
    index: TypedExpr


@dataclass(frozen=True, slots=True)
class MakeArray(TypedExpr):
    items: tuple[TypedExpr, ...]


@dataclass(frozen=True, slots=True)
class MakeMap(TypedExpr):
    entries: tuple[tuple[TypedExpr, TypedExpr], ...]


@dataclass(frozen=True, slots=True)
class MakeStruct(TypedExpr):
    fields: tuple[tuple[str, TypedExpr], ...]
