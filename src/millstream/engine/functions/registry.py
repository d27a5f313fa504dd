"""The registry: every function that SQL can call, found by name and loaded family by family when first needed.

What may not live here: the functions themselves, or how overloads are told apart (``resolve``).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from millstream.engine.functions.index import FAMILIES
from millstream.engine.functions.resolve import resolve
from millstream.errors import BindError, ConfigError
from millstream.functions import AnyFunction, ArgType, Resolved


class Registry:
    """Implements ``millstream.functions.FunctionRegistry``.

    ``families`` maps a module to the names it defines; a module is imported when one of its names is first asked for. ``more`` gives
    further functions; it is called once, when a name is not found or all are listed.
    """

    def __init__(self, families: dict[str, tuple[str, ...]] | None = None, more: Callable[[], Iterable[AnyFunction]] | None = None) -> None:
        self._more = more
        self._module_of = {name: module for module, names in (families or {}).items() for name in names}
        self._loaded: dict[str, AnyFunction] = {}
        #: What could not be added though it was there before: a function that is not found may be part of it.
        self.faults: list[str] = []

    def add(self, functions: Iterable[AnyFunction]) -> None:
        """Add functions (a user's own). One that carries a name already taken is refused with BindError."""
        for function in functions:
            if function.name in self._loaded or function.name in self._module_of:
                raise BindError(f"A function with the name '{function.name}' exists already.", hint="Give your function another name.")
            self._loaded[function.name] = function

    def find(self, name: str) -> AnyFunction | None:
        """By upper-case name; None if there is none. Raises BindError where it may be part of what could not be added: see ``faults``."""
        found = self._loaded.get(name)
        if found is None and name in self._module_of:
            self._loaded.update(import_module(self._module_of[name]).define.functions())
            found = self._loaded[name]
        if found is None and self._more is not None:
            self._find_more()
            found = self._loaded.get(name)
        if found is None and self.faults:
            raise BindError(f"There is no function {name} any more. {' '.join(self.faults)}", hint="Mend it, and start the server again.")
        return found

    def _find_more(self) -> None:
        more, self._more = self._more, None
        if more is not None:
            self.add(more())

    def names(self) -> list[str]:
        """All names, sorted."""
        self._find_more()
        return sorted(self._module_of.keys() | self._loaded.keys())

    def get(self, name: str) -> AnyFunction:
        """By name in any case. Raises BindError, with near misses, if there is none."""
        found = self.find(name.upper())
        if found is None:
            import difflib

            near = difflib.get_close_matches(name.upper(), self.names(), n=3, cutoff=0.6)
            hint = f"Did you mean {' or '.join(near)}?" if near else "SHOW FUNCTIONS; lists what there is."
            raise BindError(f"Can't find any functions with the name '{name.upper()}'", hint=hint)
        return found

    def resolve(self, name: str, args: Sequence[ArgType], literals: Sequence[Any] = ()) -> Resolved:
        """Pick the overload as ksqlDB does. Raises BindError naming the function, the argument types and the signatures there are."""
        return resolve(self.get(name), args, literals)


@functools.cache
def default_registry() -> Registry:
    """The registry with all built-in functions and those of installed packages. ``open_registry`` adds those of a directory."""
    return Registry(FAMILIES, _installed)


def open_registry(directory: str, *, strict: bool = True) -> Registry:
    """The registry of a server and of its engine processes: ``default_registry`` and the functions of a directory, if one is named.

    Raises ConfigError where the directory is none, or holds a file that cannot be loaded or a name that is taken. Not ``strict``, as for a
    process of a server that runs: that is in ``faults``, and queries that do without it go on.
    """
    if not directory:
        return default_registry()
    registry = Registry(FAMILIES, _installed)
    for fault in _added(registry, Path(directory)):
        if strict:
            raise fault
        registry.faults.append(fault.message)
    if strict:
        try:
            registry.names()  # Those of installed packages must not carry the same names either.
        except BindError as error:
            raise _unusable(directory, error) from error
    return registry


def _added(registry: Registry, directory: Path) -> Iterator[ConfigError]:
    """Add the functions of a directory; gives what keeps some away."""
    from millstream.engine.functions.user import files_of, load_file

    try:
        paths = files_of(directory)
    except ConfigError as error:
        yield error
        return
    for path in paths:
        try:
            registry.add(load_file(path))
        except ConfigError as error:
            yield error
        except BindError as error:
            yield _unusable(path, error)


def _unusable(where: str | Path, error: BindError) -> ConfigError:
    return ConfigError(f"The functions in {where} cannot be used: {error.message}", hint=error.hint)


def _installed() -> Iterable[AnyFunction]:
    from millstream.engine.functions.user import entry_point_functions

    return entry_point_functions()
