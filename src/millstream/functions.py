"""The contract of SQL functions: signatures, overload resolution, and what an implementation hands over.

``plan`` resolves calls against a ``FunctionRegistry`` without knowing any implementation; ``engine.functions`` fills it.
Documentation (SHOW / DESCRIBE FUNCTION, docs/sql) comes from the same objects.

What may not live here: any function of SQL itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Any, Protocol

from millstream.dataclass import dataclass
from millstream.types import SqlType


@dataclass(frozen=True, slots=True)
class AnyType:
    """A type variable of a signature: all uses of one name in a signature are the same type (``T``, ``K``, ``V``)."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class AnyDecimal:
    """Any DECIMAL(p, s)."""

    def __str__(self) -> str:
        return "DECIMAL"


@dataclass(frozen=True, slots=True)
class AnyStruct:
    """Any STRUCT."""

    def __str__(self) -> str:
        return "STRUCT"


@dataclass(frozen=True, slots=True)
class GenericArray:
    element: ParamType

    def __str__(self) -> str:
        return f"ARRAY<{self.element}>"


@dataclass(frozen=True, slots=True)
class GenericMap:
    key: ParamType
    value: ParamType

    def __str__(self) -> str:
        return f"MAP<{self.key}, {self.value}>"


@dataclass(frozen=True, slots=True)
class LambdaParam:
    """A lambda argument: the types of its parameters and of its result, mostly variables."""

    inputs: tuple[ParamType, ...]
    result: ParamType

    def __str__(self) -> str:
        return f"LAMBDA ({', '.join(map(str, self.inputs))}) => {self.result}"


@dataclass(frozen=True, slots=True)
class IntervalParam:
    """A time unit such as MINUTES."""

    def __str__(self) -> str:
        return "INTERVALUNIT"


ParamType = SqlType | AnyType | AnyDecimal | AnyStruct | GenericArray | GenericMap | LambdaParam | IntervalParam


@dataclass(frozen=True, slots=True)
class Param:
    type: ParamType
    name: str
    doc: str = ""
    variadic: bool = False


#: Gives the return type from the actual argument types (and literal values, None where an argument is no literal).
ReturnRule = Callable[[Sequence[SqlType], Sequence[Any]], SqlType]


@dataclass(frozen=True, slots=True)
class Overload:
    """One signature of a scalar function and its implementation.

    ``returns`` is a parameter type (variables are filled in) or a rule. ``impl`` takes the argument values in SQL order; lambdas arrive as
    Python callables, interval units as text. With ``typed`` set, ``impl`` is instead called once with (argument types, return type) when a
    query is compiled, and gives the callable. ``strict``: any NULL argument gives NULL without a call (the compiler inlines that test).
    ``inline`` is an optional source template for hot functions, ``{0}`` ``{1}`` being argument sources that are simple names,
    used only when ``strict`` and no argument is NULL.
    """

    params: tuple[Param, ...]
    returns: ParamType | ReturnRule
    impl: Callable[..., Any]
    doc: str = ""
    strict: bool = False
    typed: bool = False
    inline: str | None = None


@dataclass(frozen=True, slots=True)
class ScalarFunction:
    name: str
    category: str
    description: str
    overloads: tuple[Overload, ...]
    author: str = "Millstream"
    examples: tuple[tuple[str, str], ...] = ()


class Aggregator(Protocol):
    """What an aggregate does with its state. A state is made of what msgpack can hold: ``None``, numbers, str, bytes, list, dict.

    ``add`` and ``undo`` return the new state (they may change and return the old one when it is a list or dict). ``undo`` exists where the
    aggregate works on tables. ``merge`` joins the states of two session windows. ``result`` gives the SQL value.
    """

    def init(self) -> Any: ...

    def add(self, state: Any, *args: Any) -> Any: ...

    def result(self, state: Any) -> Any: ...

    def merge(self, left: Any, right: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class AggregateOverload:
    """One signature of an aggregate. ``make`` is called once a query with (types of the arguments for ``params``, literal values of
    the ``constants``, settings).

    ``params`` come first, then ``constants``: trailing arguments that must be literals (the 3 of ``TOPK(x, 3)``).
    ``undo``: the object that ``make`` gives has a method ``undo(state, *args)``, so it works over tables.
    ``source`` templates, when given, let the compiler inline: ``init``, ``add`` and ``result`` as Python expressions
    over ``{state}`` and ``{0}``.
    """

    params: tuple[Param, ...]
    returns: ParamType | ReturnRule
    make: Callable[[Sequence[SqlType], Sequence[Any], dict[str, str]], Aggregator]
    constants: tuple[Param, ...] = ()
    undo: bool = False
    doc: str = ""
    source: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class AggregateFunction:
    name: str
    description: str
    overloads: tuple[AggregateOverload, ...]
    author: str = "Millstream"
    category: str = "AGGREGATE"
    examples: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TableFunction:
    """A function that gives any number of rows. ``Overload.impl`` gives a list of values; ``returns`` is the type of one."""

    name: str
    description: str
    overloads: tuple[Overload, ...]
    author: str = "Millstream"
    category: str = "TABLE"
    examples: tuple[tuple[str, str], ...] = ()


AnyFunction = ScalarFunction | AggregateFunction | TableFunction


@dataclass(frozen=True, slots=True)
class LambdaArg:
    """Stands for a lambda among argument types: how many parameters it has, and how to type its body once they are known."""

    arity: int
    type_body: Callable[[Sequence[SqlType]], SqlType] = field(compare=False)


#: What resolution is given for one argument: a type, None for the NULL literal, a lambda, or "INTERVALUNIT".
ArgType = SqlType | None | LambdaArg | str


@dataclass(frozen=True, slots=True)
class Resolved:
    """A resolved call: the overload, the types the arguments must be cast to, lambda parameter types by argument index, the return type."""

    overload: Overload | AggregateOverload
    arg_types: tuple[SqlType | None, ...]
    lambda_types: dict[int, tuple[SqlType, ...]]
    returns: SqlType


class FunctionRegistry(Protocol):
    """All functions that SQL can call."""

    def find(self, name: str) -> AnyFunction | None:
        """By upper-case name."""

    def names(self) -> list[str]: ...

    def resolve(self, name: str, args: Sequence[ArgType], literals: Sequence[Any] = ()) -> Resolved:
        """Pick the overload as ksqlDB does. Raises BindError naming the function, the argument types and the signatures there are."""
