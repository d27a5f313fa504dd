"""Functions that users bring along: decorators to write them with, and where they are found.

    @scalar                                   # types from annotations; the SQL name is the function's
    def plus(a: int, b: int) -> int: ...

    @scalar("SHOUT(text STRING, times INT) -> STRING", doc="Says it aloud.")
    def shout(text, times): ...

    @aggregate("LONGEST(text STRING) -> STRING")
    class Longest: ...                        # init, add, result, merge, and undo if it works over tables

They come from the entry-point group ``millstream.functions`` or from the ``.py`` files of a directory. Whatever they raise becomes a
RecordError, so a faulty function never stops a query. What may not live here: built-in functions.
"""

from __future__ import annotations

import functools
import importlib.util
import inspect
import typing
from collections.abc import Callable, Sequence
from decimal import Decimal
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from millstream.engine.functions.match import Bindings, accepts, substitute
from millstream.engine.functions.returned import checked
from millstream.engine.functions.signatures import Signature, parse_signature
from millstream.errors import ConfigError, RecordError
from millstream.functions import (
    AggregateFunction,
    AggregateOverload,
    AnyFunction,
    Overload,
    Param,
    ParamType,
    ScalarFunction,
    TableFunction,
)
from millstream.types import BIGINT, BOOLEAN, BYTES, DOUBLE, STRING, SqlType, array, decimal, map_of

GROUP = "millstream.functions"
_MARK = "__millstream_functions__"

_ANNOTATED: dict[Any, SqlType] = {bool: BOOLEAN, int: BIGINT, float: DOUBLE, str: STRING, bytes: BYTES, Decimal: decimal(38, 10)}


def scalar(signature: Any = None, *, doc: str = "", category: str = "OTHER", strict: bool = True) -> Any:
    """Make a function callable from SQL. ``strict``: a NULL argument gives NULL without a call."""

    def mark(impl: Callable[..., Any], text: str | None) -> Any:
        found = _signature(impl, text)
        overload = Overload(found.params, _returns(found), _checking(found.name, impl), _doc(doc, impl), strict, typed=True)
        return _marked(impl, ScalarFunction(found.name, category, _doc(doc, impl), (overload,), author=impl.__module__))

    return mark(signature, None) if callable(signature) else lambda impl: mark(impl, signature)


def table(signature: Any = None, *, doc: str = "") -> Any:
    """Make a function that gives a list callable from SQL as a table function. ``-> T`` is the type of one element."""

    def mark(impl: Callable[..., Any], text: str | None) -> Any:
        found = _signature(impl, text)
        overload = Overload(found.params, _returns(found), _checking(found.name, impl, many=True), _doc(doc, impl), typed=True)
        return _marked(impl, TableFunction(found.name, _doc(doc, impl), (overload,), author=impl.__module__))

    return mark(signature, None) if callable(signature) else lambda impl: mark(impl, signature)


def aggregate(signature: str, *, doc: str = "", constants: int = 0) -> Any:
    """Make a class with ``init``, ``add``, ``result``, ``merge`` and perhaps ``undo`` an aggregate (see ``functions.Aggregator``).

    The class is made once a query, with the values of the last ``constants`` parameters, which must be literals.
    """

    def mark(kind: type) -> Any:
        found = parse_signature(signature)
        split = len(found.params) - constants
        name = found.name.upper()

        def make(types: Sequence[SqlType], values: Any, _settings: dict[str, str]) -> Any:
            bound: Bindings = {}
            for param, given in zip(found.params, types, strict=False):
                accepts(param.type, given, bound, True)
            return _GuardedAggregate(name, kind(*values), substitute(_returns(found), bound))

        overload = AggregateOverload(
            found.params[:split], _returns(found), make, found.params[split:], undo=hasattr(kind, "undo"), doc=_doc(doc, kind)
        )
        return _marked(kind, AggregateFunction(name, _doc(doc, kind), (overload,), author=kind.__module__))

    return mark


def functions_of(module: ModuleType) -> list[AnyFunction]:
    """What the decorators marked in a module; several of one name and kind are the overloads of one function."""
    found: dict[str, AnyFunction] = {}
    for value in vars(module).values():
        for function in getattr(value, _MARK, ()):
            held = found.get(function.name)
            if held is not None and type(held) is type(function):
                function = _joined(held, function)
            found[function.name] = function
    return list(found.values())


def files_of(directory: Path) -> list[Path]:
    """The files of functions in a directory. Raises ConfigError where it is none."""
    if not directory.is_dir():
        raise ConfigError(f"The directory of functions {directory} does not exist.", hint="It is the setting functions.dir.")
    return sorted(directory.glob("*.py"))


def load_file(path: Path) -> list[AnyFunction]:
    """The functions of a file. Raises ConfigError naming one that cannot be imported."""
    spec = importlib.util.spec_from_file_location(f"millstream_functions_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ConfigError(f"The functions in {path} cannot be loaded: {type(error).__name__}: {error}") from error
    return functions_of(module)


def entry_point_functions() -> list[AnyFunction]:
    """The functions of installed packages. An entry point names a module. Raises ConfigError naming one that cannot be loaded."""
    found: list[AnyFunction] = []
    for point in entry_points(group=GROUP):
        try:
            module = point.load()
        except Exception as error:
            raise ConfigError(f"The functions of {point.value} cannot be loaded: {type(error).__name__}: {error}") from error
        found += functions_of(module)
    return found


def _joined(held: Any, more: Any) -> Any:
    return type(held)(**{**{f: getattr(held, f) for f in held.__dataclass_fields__}, "overloads": held.overloads + more.overloads})


def _marked(target: Any, function: AnyFunction) -> Any:
    # In the object's own namespace, so that a subclass does not inherit the mark.
    setattr(target, _MARK, (*vars(target).get(_MARK, ()), function))
    return target


def _doc(given: str, target: Any) -> str:
    return given or (inspect.getdoc(target) or "").partition("\n")[0]


def _returns(signature: Signature) -> ParamType:
    if signature.returns is None:
        raise ConfigError(f"The function {signature.name} needs a return type, for example ``{signature.name}(a INT) -> STRING``.")
    return signature.returns


def _signature(impl: Callable[..., Any], text: str | None) -> Signature:
    if text is not None:
        found = parse_signature(text)
        return Signature(found.name.upper(), found.params, found.returns)
    hints = typing.get_type_hints(impl)
    params = tuple(Param(_annotated(impl, hints.get(name)), name) for name in inspect.signature(impl).parameters)
    return Signature(impl.__name__.upper(), params, _annotated(impl, hints.get("return")))


def _annotated(impl: Callable[..., Any], hint: Any) -> SqlType:
    args = [a for a in typing.get_args(hint) if a is not type(None)]
    if typing.get_origin(hint) is list:
        return array(_annotated(impl, args[0]))
    if typing.get_origin(hint) is dict:
        return map_of(_annotated(impl, args[0]), _annotated(impl, args[1]))
    if hint in _ANNOTATED:
        return _ANNOTATED[hint]
    if len(args) == 1:
        return _annotated(impl, args[0])
    raise ConfigError(f"The function {impl.__name__} has the annotation {hint!r}, which is no SQL type: give its signature as text.")


def _checking(name: str, impl: Callable[..., Any], *, many: bool = False) -> Callable[..., Any]:
    """What gives the function for a call, by the types of its arguments and of its result (``Overload.typed``)."""

    def make(_types: Sequence[SqlType], returns: SqlType) -> Callable[..., Any]:
        return functools.wraps(impl)(checked(name, returns, _guarded(name, impl), many=many))

    return make


def _guarded(name: str, impl: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(impl)
    def call(*args: Any) -> Any:
        try:
            return impl(*args)
        except Exception as error:
            raise RecordError(f"Function {name} failed: {type(error).__name__}: {error}") from error

    return call


class _GuardedAggregate:
    """An aggregator whose errors are RecordErrors, and whose results are of the type they should be."""

    def __init__(self, name: str, inner: Any, returns: SqlType | None) -> None:
        for method in ("init", "add", "undo", "result", "merge"):
            if hasattr(inner, method):
                guarded = _guarded(name, getattr(inner, method))
                setattr(self, method, checked(name, returns, guarded) if method == "result" and returns is not None else guarded)
