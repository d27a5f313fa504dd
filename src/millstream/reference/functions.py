"""docs/sql/functions.md: every function of the registry, by category."""

from __future__ import annotations

from millstream.engine.functions.registry import default_registry
from millstream.functions import AggregateOverload, AnyFunction, Overload, Param, ScalarFunction
from millstream.reference import examples
from millstream.reference.markdown import anchor, code, table
from millstream.types import SqlType


def page() -> str:
    """All functions, one section each, behind an index by category."""
    registry = default_registry()
    by_category: dict[str, list[AnyFunction]] = {}
    for name in registry.names():
        function = registry.get(name)
        by_category.setdefault(_heading(function.category), []).append(function)
    categories = sorted(by_category.items())
    parts = [table(["category", "functions"], [[category, _links(found)] for category, found in categories])]
    for category, found in categories:
        parts.append(f"## {category}")
        parts += [_section(function) for function in found]
    return "\n\n".join(parts)


def _heading(category: str) -> str:
    special = {"URL": "URLs", "JSON": "JSON", "DATE / TIME": "Dates and times", "TABLE": "Table functions", "AGGREGATE": "Aggregates"}
    return special.get(category, category.capitalize())


def _links(functions: list[AnyFunction]) -> str:
    return ", ".join(f"[{f.name}](#{anchor(f.name)})" for f in functions)


def _section(function: AnyFunction) -> str:
    lines = [f"### {function.name}", "", function.description, ""]
    lines += [
        f"- {code(_signature(function.name, overload))}{_marks(overload, isinstance(function, ScalarFunction))}"
        for overload in function.overloads
    ]
    docs = _parameters(function)
    if docs:
        lines += ["", table(["parameter", ""], docs)]
    lines += ["", table(["call", "gives"], _calls(function.name))]
    return "\n".join(lines)


def _calls(name: str) -> list[list[str]]:
    rows: list[list[str]] = []
    for call, answers in examples.of_functions()[name]:
        rows.append([code(call), ", ".join(map(code, answers))])
    return rows


def _signature(name: str, overload: Overload | AggregateOverload) -> str:
    returns = "depends on the arguments" if callable(overload.returns) else spelled(overload.returns)
    arguments = ", ".join(f"{p.name} {spelled(p.type)}{'...' if p.variadic else ''}" for p in _params(overload))
    return f"{name}({arguments}) -> {returns}"


def _marks(overload: Overload | AggregateOverload, scalar: bool) -> str:
    """What a reader cannot see in the signature."""
    notes = [overload.doc] if overload.doc else []
    if isinstance(overload, AggregateOverload):
        if overload.constants:
            notes.append(f"{' and '.join(p.name for p in overload.constants)} must be a literal")
        notes.append("works on streams and tables" if overload.undo else "works on streams only")
    elif scalar and not overload.strict:
        notes.append("takes NULL")
    return f" ({'; '.join(notes)})" if notes else ""


def _params(overload: Overload | AggregateOverload) -> tuple[Param, ...]:
    return overload.params + (overload.constants if isinstance(overload, AggregateOverload) else ())


def _parameters(function: AnyFunction) -> list[list[str]]:
    docs = {p.name: p.doc for overload in function.overloads for p in _params(overload) if p.doc}
    return [[code(name), doc] for name, doc in docs.items()]


def spelled(kind: object) -> str:
    """A parameter's type as ksqlDB's DESCRIBE FUNCTION spells it."""
    text = str(kind)
    return {"STRING": "VARCHAR", "INTEGER": "INT"}.get(text, text) if isinstance(kind, SqlType) else text
