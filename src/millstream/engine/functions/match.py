"""Does one argument fit one parameter? Type variables, implicit widening, NULL literals, lambdas and time units.

Pure functions of types. What may not live here: the choice between overloads (``resolve``) or any function of SQL.
"""

from __future__ import annotations

from millstream.decimals import decimal_for
from millstream.errors import BindError
from millstream.functions import (
    AnyDecimal,
    AnyStruct,
    AnyType,
    ArgType,
    GenericArray,
    GenericMap,
    IntervalParam,
    LambdaArg,
    LambdaParam,
    ParamType,
)
from millstream.types import (
    NUMERIC_ORDER,
    STRING,
    ArrayType,
    Base,
    DecimalType,
    MapType,
    SqlType,
    StructType,
    array,
    map_of,
)

#: What type variables stand for in one call.
Bindings = dict[str, SqlType]


def generics(kind: ParamType) -> int:
    """How many type variables a parameter type mentions."""
    if isinstance(kind, AnyType):
        return 1
    if isinstance(kind, GenericArray):
        return generics(kind.element)
    if isinstance(kind, GenericMap):
        return generics(kind.key) + generics(kind.value)
    if isinstance(kind, LambdaParam):
        return sum(map(generics, kind.inputs)) + generics(kind.result)
    return 0


def accepts(kind: ParamType, arg: ArgType, bound: Bindings, widen: bool) -> bool:
    """Whether ``arg`` fits; binds type variables in ``bound``. A lambda is judged by its number of parameters only."""
    if arg is None:
        return True
    if isinstance(arg, LambdaArg):
        return isinstance(kind, LambdaParam) and arg.arity == len(kind.inputs)
    if isinstance(arg, str):
        return isinstance(kind, IntervalParam)
    if isinstance(kind, LambdaParam | IntervalParam):
        return False
    return _fits(kind, arg, bound, widen)


def _fits(kind: ParamType, arg: SqlType, bound: Bindings, widen: bool) -> bool:
    if isinstance(kind, AnyType):
        return kind.name == "ANY" or bound.setdefault(kind.name, arg) == arg
    if isinstance(kind, AnyDecimal):
        return isinstance(arg, DecimalType) or (widen and arg.base in (Base.INTEGER, Base.BIGINT))
    if isinstance(kind, AnyStruct):
        return isinstance(arg, StructType)
    if isinstance(kind, GenericArray | ArrayType):
        return isinstance(arg, ArrayType) and _fits(kind.element, arg.element, bound, widen)
    if isinstance(kind, GenericMap | MapType):
        return isinstance(arg, MapType) and _fits(kind.key, arg.key, bound, widen) and _fits(kind.value, arg.value, bound, widen)
    if isinstance(kind, StructType):
        return kind == arg
    assert isinstance(kind, SqlType)
    if kind.base is arg.base:
        return True
    if widen and arg.base is Base.STRING:
        return kind.base in (Base.DATE, Base.TIME, Base.TIMESTAMP)
    return widen and kind.is_numeric and arg.is_numeric and NUMERIC_ORDER[arg.base] <= NUMERIC_ORDER[kind.base]


def substitute(kind: ParamType, bound: Bindings) -> SqlType | None:
    """The SQL type of a parameter type; None while a type variable in it is not bound."""
    if isinstance(kind, SqlType):
        return kind
    if isinstance(kind, AnyType):
        return bound.get(kind.name)
    if isinstance(kind, GenericArray):
        element = substitute(kind.element, bound)
        return None if element is None else array(element)
    if isinstance(kind, GenericMap):
        key, value = substitute(kind.key, bound), substitute(kind.value, bound)
        return None if key is None or value is None else map_of(key, value)
    if isinstance(kind, IntervalParam):
        return STRING
    return None


def cast_target(kind: ParamType, arg: ArgType, bound: Bindings) -> SqlType | None:
    """The type an argument must be cast to. None for lambdas, and for NULL where nothing gives it a type."""
    if isinstance(arg, LambdaArg):
        return None
    if isinstance(kind, AnyDecimal):
        return decimal_for(arg) if isinstance(arg, SqlType) else None
    if isinstance(kind, AnyStruct):
        return arg if isinstance(arg, SqlType) else None
    if isinstance(kind, SqlType) and not isinstance(kind, ArrayType | MapType) and isinstance(arg, SqlType) and kind.base is arg.base:
        return arg
    target = substitute(kind, bound)
    if target is not None and isinstance(arg, SqlType):
        return _same_decimals(target, arg)
    if target is None and isinstance(arg, SqlType):
        return arg
    return target


def _same_decimals(target: SqlType, arg: SqlType) -> SqlType:
    return arg if target.base is Base.DECIMAL and arg.base is Base.DECIMAL else target


def bind_lambda(name: str, kind: LambdaParam, arg: LambdaArg, bound: Bindings) -> tuple[SqlType, ...]:
    """Type a lambda's body with what is bound so far and bind its result. Gives the types of its parameters."""
    inputs: list[SqlType] = []
    for wanted in kind.inputs:
        given = substitute(wanted, bound)
        if given is None:
            raise BindError(f"Function '{name}': the type of the lambda's parameter {wanted} cannot be told from the other arguments.")
        inputs.append(given)
    result = arg.type_body(inputs)
    shown = f"LAMBDA ({', '.join(map(str, inputs))}) => {result}"
    if result is None:
        raise BindError(f"Function '{name}': the lambda gives NULL, which has no type.", hint="Cast the NULL, e.g. CAST(NULL AS STRING).")
    wanted = kind.result
    if isinstance(wanted, AnyType):
        held = bound.setdefault(wanted.name, result)
        if held != result:
            raise BindError(
                f"Found invalid instance of generic schema when mapping {kind} to {shown}. Cannot map {wanted} to both {held} and {result}",
                hint=f"Cast the start value or the lambda's result so that both are {held} or {result}.",
            )
    elif wanted != result:
        raise BindError(f"Function '{name}' needs {kind}, got {shown}.")
    return tuple(inputs)
