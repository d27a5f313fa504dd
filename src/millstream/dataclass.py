"""``dataclass``, made quickly: what the standard library's gives, without a compiler run for each method when the class is defined.

The standard one writes source for each method of each class and executes it, 0.4 ms a class; with 260 classes that was a quarter of a
start. Here methods that compare, hash and print are closures over getters, and ``__init__`` is compiled when a class is first called.
``fields``, ``replace``, ``asdict`` and ``match`` work as on any dataclass, and mypy takes it for the standard one. What nobody here uses
is missing on purpose: ``order``, ``eq=False``, ``unsafe_hash``, ``InitVar``, ``__post_init__``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls: type | None = None, /, *, frozen: bool = False, slots: bool = False, kw_only: bool = False) -> Any:
        """Make a class a dataclass; see ``dataclasses.dataclass``."""

        def made(cls: type) -> type:
            return _made(cls, frozen, slots, kw_only)

        return made if cls is None else made(cls)


_MISSING = dataclasses.MISSING
Fields = tuple[dataclasses.Field[Any], ...]


def _made(cls: type, frozen: bool, slots: bool, kw_only: bool) -> type:
    if hasattr(cls, "__post_init__"):
        raise TypeError(f"{cls.__name__} has __post_init__, which only the standard library's dataclass calls")
    own = cls.__dict__
    hashed = own.get("__hash__") is not None
    if not cls.__doc__:
        cls.__doc__ = cls.__name__  # else the standard library writes a signature, slowly
    # Without methods of its own the standard one compiles nothing: it collects the fields and makes the slots.
    cls = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(cls)
    fields = dataclasses.fields(cls)
    methods: dict[str, Callable[..., Any]] = {
        "__init__": _first_init(cls, fields, frozen),
        "__repr__": _repr(fields),
        "__eq__": _eq(fields),
    }
    for name, method in methods.items():
        if name not in own:
            _add(cls, name, method)
    if not hashed:
        _add(cls, "__hash__", _hash(fields) if frozen else None)
    if frozen:
        _freeze(cls, fields, slots)
    return cls


def _add(cls: type, name: str, method: Callable[..., Any] | None) -> None:
    if method is not None:
        method.__name__, method.__qualname__, method.__module__ = name, f"{cls.__qualname__}.{name}", cls.__module__
    setattr(cls, name, method)


def _first_init(cls: type, fields: Fields, frozen: bool) -> Callable[..., None]:
    """An ``__init__`` that makes the real one at the first call, and puts it in its own place."""

    def init(*args: Any, **kwargs: Any) -> None:
        real = _init(cls, fields, frozen)
        if cls.__dict__["__init__"] is init:
            _add(cls, "__init__", real)
        real(*args, **kwargs)

    return init


def _init(cls: type, fields: Fields, frozen: bool) -> Callable[..., None]:
    """``__init__`` from source. Only names of fields appear in it; defaults come in through its namespace."""
    namespace: dict[str, Any] = {"__set": object.__setattr__, "__missing": _MISSING}
    positional, keyword, body = ["self"], ["*"], []
    for f in fields:
        value = f.name
        if f.default_factory is not _MISSING:
            namespace[f"__make_{f.name}"] = f.default_factory
            value = f"__make_{f.name}() if {f.name} is __missing else {f.name}" if f.init else f"__make_{f.name}()"
            default = "=__missing"
        elif f.default is not _MISSING:
            namespace[f"__default_{f.name}"] = f.default
            value = f.name if f.init else f"__default_{f.name}"
            default = f"=__default_{f.name}"
        elif f.init:
            default = ""
        else:
            continue  # set by its owner
        if f.init:
            (keyword if f.kw_only else positional).append(f.name + default)
        body.append(f"__set(self, {f.name!r}, {value})" if frozen else f"self.{f.name} = {value}")
    parameters = positional + (keyword if len(keyword) > 1 else [])
    exec(f"def __init__({', '.join(parameters)}):\n " + ("\n ".join(body) or "pass"), namespace)
    real: Callable[..., None] = namespace["__init__"]
    real.__qualname__ = f"{cls.__qualname__}.__init__"  # errors about arguments name it
    return real


def _values(fields: Fields) -> Callable[[Any], Any]:
    """A tuple of the fields' values; of one field its value in a tuple, too, so that an object equals itself as in any tuple."""
    names = [f.name for f in fields]
    if len(names) > 1:
        return attrgetter(*names)
    if not names:
        return lambda _: ()
    get = attrgetter(names[0])
    return lambda self: (get(self),)


def _eq(fields: Fields) -> Callable[[Any, Any], Any]:
    values = _values(tuple(f for f in fields if f.compare))

    def eq(self: Any, other: Any) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return eq


def _hash(fields: Fields) -> Callable[[Any], int]:
    values = _values(tuple(f for f in fields if (f.compare if f.hash is None else f.hash)))
    return lambda self: hash(values(self))


def _repr(fields: Fields) -> Callable[[Any], str]:
    names = [f.name for f in fields if f.repr]

    @recursive_repr()
    def repr_(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return repr_


def _freeze(cls: type, fields: Fields, slots: bool) -> None:
    names = frozenset(f.name for f in fields)

    def setattr_(self: Any, name: str, value: Any) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        object.__setattr__(self, name, value)

    def delattr_(self: Any, name: str) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        object.__delattr__(self, name)

    _add(cls, "__setattr__", setattr_)
    _add(cls, "__delattr__", delattr_)
    if slots and "__getstate__" not in cls.__dict__:  # pickle would assign to the fields
        _add(cls, "__getstate__", lambda self: [getattr(self, f.name) for f in fields])
        _add(cls, "__setstate__", _restore(fields))


def _restore(fields: Fields) -> Callable[[Any, list[Any]], None]:
    def setstate(self: Any, state: list[Any]) -> None:
        for f, value in zip(fields, state, strict=True):
            object.__setattr__(self, f.name, value)

    return setstate
