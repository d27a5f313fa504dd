"""Syntax tree of expressions: what was written, not what it means. No types, no catalog.

Every node is a frozen dataclass that compares by content; ``at`` (where it starts in the text) is left out of comparison, so a
statement that is printed and parsed again gives an equal tree. Names are already in catalog form: unquoted ones upper-cased,
quoted ones as written.
"""

from __future__ import annotations

from dataclasses import field
from decimal import Decimal

from millstream.dataclass import dataclass
from millstream.errors import Position
from millstream.types import SqlType


@dataclass(frozen=True, slots=True, kw_only=True)
class Expr:
    """Base of expressions."""

    at: Position | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Null(Expr):
    pass


@dataclass(frozen=True, slots=True)
class Bool(Expr):
    value: bool


@dataclass(frozen=True, slots=True)
class Integer(Expr):
    """A whole number. INTEGER or BIGINT is decided when bound (by its size). Always >= 0: a minus sign is ``Unary``."""

    value: int


@dataclass(frozen=True, slots=True)
class DecimalNumber(Expr):
    """A number with a point and no exponent: a DECIMAL literal."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Double(Expr):
    """A number with an exponent."""

    value: float


@dataclass(frozen=True, slots=True)
class String(Expr):
    value: str


@dataclass(frozen=True, slots=True)
class Name(Expr):
    """A column, a lambda parameter, or with ``source`` a column of one source: ``s.x``."""

    name: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Deref(Expr):
    """``base -> field``."""

    base: Expr
    field: str


@dataclass(frozen=True, slots=True)
class Subscript(Expr):
    """``base[index]``."""

    base: Expr
    index: Expr


@dataclass(frozen=True, slots=True)
class Unary(Expr):
    """``op`` is ``-``, ``+`` or ``NOT``."""

    op: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary(Expr):
    """``op`` is one of ``+ - * / %``, ``= <> < <= > >=``, ``IS DISTINCT FROM``, ``IS NOT DISTINCT FROM``, ``AND OR``.

    ``!=`` parses to ``<>``.
    """

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Chain(Expr):
    """A long run of ``+ -`` or of ``* / %``, from left to right: ``operands[0] ops[0] operands[1] ops[1] operands[2] ...``."""

    operands: tuple[Expr, ...]
    ops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IsNull(Expr):
    operand: Expr
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Between(Expr):
    operand: Expr
    low: Expr
    high: Expr
    negated: bool = False


@dataclass(frozen=True, slots=True)
class InList(Expr):
    operand: Expr
    items: tuple[Expr, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Like(Expr):
    operand: Expr
    pattern: Expr
    escape: str | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class When(Expr):
    condition: Expr
    result: Expr


@dataclass(frozen=True, slots=True)
class Case(Expr):
    """Searched CASE when ``operand`` is None, simple CASE otherwise."""

    operand: Expr | None
    whens: tuple[When, ...]
    default: Expr | None = None


@dataclass(frozen=True, slots=True)
class Cast(Expr):
    operand: Expr
    type: TypeName


@dataclass(frozen=True, slots=True)
class Call(Expr):
    """A function call. ``COUNT(*)`` has ``star=True`` and no arguments. The name is upper-cased."""

    name: str
    args: tuple[Expr, ...] = ()
    star: bool = False


@dataclass(frozen=True, slots=True)
class Lambda(Expr):
    params: tuple[str, ...]
    body: Expr


@dataclass(frozen=True, slots=True)
class IntervalUnit(Expr):
    """A time unit passed to a function as such: the MINUTES of ``TIMESTAMPADD(MINUTES, 5, t)``."""

    unit: str


@dataclass(frozen=True, slots=True)
class MakeArray(Expr):
    """``ARRAY[a, b]``."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class MakeMap(Expr):
    """``MAP(k := v, ...)``."""

    entries: tuple[tuple[Expr, Expr], ...]


@dataclass(frozen=True, slots=True)
class MakeStruct(Expr):
    """``STRUCT(name := value, ...)``."""

    fields: tuple[tuple[str, Expr], ...]


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type as written: a resolved SQL type where it is built in, or else built of names of custom types.

    Exactly one of ``type`` and ``custom`` is set for a leaf; arrays, maps and structs that contain a custom type carry their
    parts, because only the catalog knows what the custom type means.
    """

    type: SqlType | None = None
    custom: str | None = None
    array_of: TypeName | None = None
    map_of: tuple[TypeName, TypeName] | None = None
    fields: tuple[tuple[str, TypeName], ...] | None = None
    at: Position | None = field(default=None, compare=False, repr=False)
