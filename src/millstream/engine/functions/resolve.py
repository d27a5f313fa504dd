"""The choice between the overloads of one function, as ksqlDB's UdfIndex makes it.

First without implicit casts; if nothing fits, with INTEGER < BIGINT < DECIMAL < DOUBLE widened and STRINGs
taken for DATE, TIME and TIMESTAMP. Of several that fit, a fixed number of
parameters beats a variadic one, then more parameters, then fewer type variables; a tie is refused as ambiguous. Only scalar functions
widen. What may not live here: where functions come from (``registry``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from millstream.engine.functions.match import Bindings, accepts, bind_lambda, cast_target, generics, substitute
from millstream.engine.functions.signatures import display_params
from millstream.errors import BindError
from millstream.functions import (
    AggregateFunction,
    AggregateOverload,
    AnyFunction,
    ArgType,
    LambdaArg,
    LambdaParam,
    Overload,
    Param,
    ParamType,
    Resolved,
    ScalarFunction,
)
from millstream.types import SqlType

_AnyOverload = Overload | AggregateOverload


def parameters(overload: _AnyOverload) -> tuple[Param, ...]:
    """All parameters of an overload, constants included, in SQL order."""
    return overload.params + overload.constants if isinstance(overload, AggregateOverload) else overload.params


def resolve(function: AnyFunction, args: Sequence[ArgType], literals: Sequence[Any] = ()) -> Resolved:
    """Pick the overload for a call and give the types everything has then. Raises BindError when none fits or several do."""
    overload = _choose(function, args, widen=False)
    if overload is None and isinstance(function, ScalarFunction):
        overload = _choose(function, args, widen=True)
    if overload is None:
        raise BindError(f"Function '{function.name}' does not accept parameters ({_shown(args)}).", hint=_alternatives(function))
    return _settle(function, overload, args, literals)


def _choose(function: AnyFunction, args: Sequence[ArgType], *, widen: bool) -> _AnyOverload | None:
    found: list[tuple[tuple[int, int, int], _AnyOverload]] = []
    for overload in function.overloads:
        params = parameters(overload)
        for kinds in _spreads(params, args):
            bound: Bindings = {}
            if all(accepts(kind, arg, bound, widen) for kind, arg in zip(kinds, args, strict=True)):
                variadic = any(p.variadic for p in params)
                found.append(((0 if variadic else 1, len(params), -sum(generics(p.type) for p in params)), overload))
    if not found:
        return None
    found.sort(key=lambda entry: entry[0])
    if len(found) > 1 and found[-1][0] == found[-2][0]:
        raise BindError(
            f"Function '{function.name}' cannot be resolved due to ambiguous method parameters ({_shown(args)}).",
            hint=_alternatives(function) + "\nCast the arguments so that they fit one of these exactly.",
        )
    return found[-1][1]


def _spreads(params: tuple[Param, ...], args: Sequence[ArgType]) -> Iterator[tuple[ParamType, ...]]:
    """The parameter types lined up with that many arguments; a variadic parameter takes what the others leave.

    A NULL literal alone in a variadic place counts twice, since it could also be the array of all of them: ksqlDB calls that ambiguous.
    """
    at = next((i for i, p in enumerate(params) if p.variadic), None)
    if at is None:
        if len(params) == len(args):
            yield tuple(p.type for p in params)
        return
    extra = len(args) - (len(params) - 1)
    if extra < 0:
        return
    kinds = tuple(p.type for p in params)
    spread = kinds[:at] + (kinds[at],) * extra + kinds[at + 1 :]
    yield spread
    if extra == 1 and args[at] is None:
        yield spread


def line_up(params: tuple[Param, ...], count: int) -> tuple[Param, ...]:
    """The parameter of each of ``count`` arguments."""
    at = next((i for i, p in enumerate(params) if p.variadic), None)
    if at is None:
        return params
    return params[:at] + (params[at],) * (count - len(params) + 1) + params[at + 1 :]


def _settle(function: AnyFunction, overload: _AnyOverload, args: Sequence[ArgType], literals: Sequence[Any]) -> Resolved:
    params = parameters(overload)
    lined = line_up(params, len(args))
    bound: Bindings = {}
    for param, arg in zip(lined, args, strict=True):
        if isinstance(arg, SqlType):
            accepts(param.type, arg, bound, True)
    _refuse_untyped(function, overload, params, args)
    lambda_types: dict[int, tuple[SqlType, ...]] = {}
    for index, (param, arg) in enumerate(zip(lined, args, strict=True)):
        if isinstance(arg, LambdaArg) and isinstance(param.type, LambdaParam):
            lambda_types[index] = bind_lambda(function.name, param.type, arg, bound)
    targets = tuple(cast_target(p.type, a, bound) for p, a in zip(lined, args, strict=True))
    if callable(overload.returns):
        values = tuple(literals) + (None,) * (len(args) - len(literals))
        returns: SqlType | None = overload.returns(targets, values)  # type: ignore[arg-type]
    else:
        returns = substitute(overload.returns, bound)
    if returns is None:
        raise BindError(f"Function '{function.name}': the type of the result cannot be told from ({_shown(args)}).")
    return Resolved(overload, targets, lambda_types, returns)


def _refuse_untyped(function: AnyFunction, overload: _AnyOverload, params: tuple[Param, ...], args: Sequence[ArgType]) -> None:
    """ksqlDB takes no NULL literal where the type of the result depends on the arguments' types."""
    if callable(overload.returns) or not generics(overload.returns):
        return
    for param, arg in zip(params, args, strict=False):
        if arg is None:
            raise BindError(
                f"Function '{function.name}': NULL for {param.name} has no type, and the type of the result depends on it.",
                hint="Cast the NULL, e.g. CAST(NULL AS STRING).",
            )


def _shown(args: Sequence[ArgType]) -> str:
    return ", ".join("null" if a is None else "LAMBDA" if isinstance(a, LambdaArg) else str(a) for a in args)


def _alternatives(function: AnyFunction) -> str:
    lines = [f"{function.name}({display_params(parameters(o))})" for o in function.overloads]
    kind = "aggregate" if isinstance(function, AggregateFunction) else "function"
    return "\n".join(["Valid alternatives are:", *lines, f"For detailed information on the {kind} run: DESCRIBE FUNCTION {function.name};"])
