"""How a family module defines its functions: one ``Family``, one decorator for each implementation.

    define = Family("STRING")
    define.describe("UCASE", "Gives the text in upper case.")

    @define("UCASE(input STRING) -> STRING")
    def ucase(text: str) -> str: ...

Several decorators with one name are the overloads of one function, in order. What may not live here: any function of SQL itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from millstream.engine.functions.signatures import Signature, parse_signature
from millstream.functions import (
    AggregateFunction,
    AggregateOverload,
    AnyFunction,
    Overload,
    Param,
    ReturnRule,
    ScalarFunction,
    TableFunction,
)

F = TypeVar("F", bound=Callable[..., Any])


class Family:
    """The functions of one module while they are being defined. Used at import time only."""

    def __init__(self, category: str) -> None:
        self.category = category
        self._texts: dict[str, tuple[str, dict[str, str]]] = {}
        self._scalars: dict[str, list[Overload]] = {}
        self._aggregates: dict[str, list[AggregateOverload]] = {}
        self._tables: dict[str, list[Overload]] = {}

    def describe(self, name: str, text: str, **params: str) -> None:
        """The description of a function, and of its parameters by name."""
        self._texts[name] = (text, params)

    def __call__(
        self,
        *signatures: str,
        returns: ReturnRule | None = None,
        doc: str = "",
        strict: bool = True,
        typed: bool = False,
        inline: str | None = None,
    ) -> Callable[[F], F]:
        """Define overloads of a scalar function that share one implementation. See ``millstream.functions.Overload`` for the flags."""

        def keep(impl: F) -> F:
            for text in signatures:
                signature = parse_signature(text)
                given = self._returns(signature, returns)
                self._scalars.setdefault(signature.name, []).append(
                    Overload(self._params(signature), given, impl, doc, strict, typed, inline)
                )
            return impl

        return keep

    def table(self, *signatures: str, returns: ReturnRule | None = None, doc: str = "", typed: bool = False) -> Callable[[F], F]:
        """Define overloads of a table function; the implementation gives a list."""

        def keep(impl: F) -> F:
            for text in signatures:
                signature = parse_signature(text)
                given = self._returns(signature, returns)
                self._tables.setdefault(signature.name, []).append(Overload(self._params(signature), given, impl, doc, False, typed))
            return impl

        return keep

    def aggregate(
        self,
        *signatures: str,
        returns: ReturnRule | None = None,
        constants: int = 0,
        undo: bool = False,
        doc: str = "",
        source: dict[str, str] | None = None,
    ) -> Callable[[F], F]:
        """Define overloads of an aggregate. The last ``constants`` parameters of the signature must be literals in a call."""

        def keep(make: F) -> F:
            for text in signatures:
                signature = parse_signature(text)
                params = self._params(signature)
                split = len(params) - constants
                given = self._returns(signature, returns)
                self._aggregates.setdefault(signature.name, []).append(
                    AggregateOverload(params[:split], given, make, params[split:], undo, doc, source)
                )
            return make

        return keep

    def functions(self) -> dict[str, AnyFunction]:
        """Everything defined, by name."""
        found: dict[str, AnyFunction] = {}
        for name, overloads in self._scalars.items():
            found[name] = ScalarFunction(name, self.category, self._text(name), tuple(overloads))
        for name, aggregates in self._aggregates.items():
            found[name] = AggregateFunction(name, self._text(name), tuple(aggregates))
        for name, overloads in self._tables.items():
            found[name] = TableFunction(name, self._text(name), tuple(overloads))
        return found

    def _text(self, name: str) -> str:
        return self._texts[name][0]

    def _params(self, signature: Signature) -> tuple[Param, ...]:
        docs = self._texts[signature.name][1]
        if not docs:
            return signature.params
        return tuple(replace(p, doc=docs[p.name]) if p.name in docs else p for p in signature.params)

    @staticmethod
    def _returns(signature: Signature, rule: ReturnRule | None) -> Any:
        if (rule is None) == (signature.returns is None):
            raise ValueError(f"{signature.name} needs either a return type in its signature or a rule.")
        return rule if rule is not None else signature.returns
