"""Values of an Avro schema -> values of a SQL type, and back. Built once for a schema and a type, called once a value.

Reading widens as ksqlDB does: INT into BIGINT, FLOAT into DOUBLE, any primitive into STRING. Anything else drops the record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from millstream.formats.avro.schema import Names, branch_name
from millstream.formats.fitting import Convert, Mismatch, never, same
from millstream.formats.numbers import double_text, fit
from millstream.types import ArrayType, Base, Column, DecimalType, MapType, SqlType, StructType

_TAKES = {
    Base.BOOLEAN: {"boolean"},
    Base.INTEGER: {"int"},
    Base.BIGINT: {"int", "long"},
    Base.DOUBLE: {"float", "double"},
    Base.BYTES: {"bytes", "fixed"},
    Base.DATE: {"int"},
    Base.TIME: {"int"},
    Base.TIMESTAMP: {"long"},
}


#: What values of Avro's types are in Python; a dict where nothing is said.
_READ_AS: dict[str, type] = {
    "null": type(None),
    "boolean": bool,
    "int": int,
    "long": int,
    "float": float,
    "double": float,
    "string": str,
    "enum": str,
    "bytes": bytes,
    "fixed": bytes,
    "array": list,
}


def fitter(node: Any, type_: SqlType, imports: Mapping[str, str]) -> Convert:
    """What turns a value read with this schema into a value of this type. A schema that does not fit fails each record."""
    return _Fitting(Names([*imports.values(), json.dumps(node)])).of(node, type_)


class _Fitting:
    def __init__(self, names: Names) -> None:
        self._names = names

    def of(self, node: Any, type_: SqlType) -> Convert:
        node = self._names.resolve(node)
        if isinstance(node, list):
            rest = [n for n in node if n != "null"]
            return self.of(rest[0], type_) if len(rest) == 1 else self._union(node, type_)
        kind = node if isinstance(node, str) else node["type"]
        if isinstance(type_, DecimalType):
            logical = isinstance(node, dict) and node.get("logicalType") == "decimal"
            return _decimal(type_) if logical else never(type_, f"Avro {kind}")
        if isinstance(type_, ArrayType):
            return _array(self.of(node["items"], type_.element)) if kind == "array" else never(type_, f"Avro {kind}")
        if isinstance(type_, MapType):
            return self._map(node, kind, type_)
        if isinstance(type_, StructType):
            return self._struct(node, type_) if kind in ("record", "error") else never(type_, f"Avro {kind}")
        if type_.base is Base.STRING:
            return _text(kind)
        return same if kind in _TAKES[type_.base] else never(type_, f"Avro {kind}")

    def _union(self, node: list[Any], type_: SqlType) -> Convert:
        """A STRUCT with a field for each type of the union, of which one is not NULL."""
        if not isinstance(type_, StructType):
            return never(type_, "an Avro union of several types")
        empty: dict[str, Any] = {f.name: None for f in type_.fields}
        plan: dict[int, tuple[str, Convert]] = {}
        kinds: dict[type, int] = {}
        for index, branch in enumerate(node):
            resolved = self._names.resolve(branch)
            name = branch_name(resolved)
            kinds.setdefault(_READ_AS.get(resolved if isinstance(resolved, str) else resolved["type"], dict), index)
            field = type_.field(name) or type_.field(name.upper())
            if branch != "null" and field is not None:
                plan[index] = (field.name, self.of(branch, field.type))

        def convert(got: Any) -> dict[str, Any]:
            # What fastavro has read does not say which type it is of: the first that it can be.
            index, value = got if isinstance(got, tuple) else (kinds.get(type(got), -1), got)
            if index not in plan:
                return dict(empty)
            name, inner = plan[index]
            return {**empty, name: inner(value)}

        return convert

    def _map(self, node: Any, kind: str, type_: MapType) -> Convert:
        if kind == "map":
            value = self.of(node["values"], type_.value)
            return lambda got: {k: None if v is None else value(v) for k, v in got.items()}
        entry = self._names.resolve(node["items"]) if kind == "array" else None
        fields = {f["name"].lower(): f for f in entry.get("fields", ())} if isinstance(entry, dict) else {}
        if set(fields) != {"key", "value"}:
            return never(type_, f"Avro {kind}")
        key, value = self.of(fields["key"]["type"], type_.key), self.of(fields["value"]["type"], type_.value)
        k, v = fields["key"]["name"], fields["value"]["name"]
        return lambda got: {None if e[k] is None else key(e[k]): None if e[v] is None else value(e[v]) for e in got}

    def _struct(self, node: Any, type_: StructType) -> Convert:
        exact = {f["name"]: f for f in node["fields"]}
        upper = {f["name"].upper(): f for f in node["fields"]}
        plan: list[tuple[str, str, Convert]] = []
        for field in type_.fields:
            found = exact.get(field.name) or upper.get(field.name.upper())
            plan.append((field.name, found["name"] if found else "", self.of(found["type"], field.type) if found else same))

        def convert(got: dict[str, Any]) -> dict[str, Any]:
            out: dict[str, Any] = {}
            for name, source, inner in plan:
                value = got.get(source)
                try:
                    out[name] = None if value is None else inner(value)
                except Mismatch as mismatch:
                    mismatch.path = f".{name}{mismatch.path}"
                    raise
            return out

        return convert


def _array(convert: Convert) -> Convert:
    return lambda got: [None if v is None else convert(v) for v in got]


def _decimal(type_: DecimalType) -> Convert:
    def convert(value: Decimal) -> Decimal:
        try:
            return fit(value, type_)
        except ValueError as error:
            raise Mismatch(str(error)) from None

    return convert


def _text(kind: str) -> Convert:
    if kind in ("string", "enum"):
        return same
    if kind in ("float", "double"):
        return double_text
    if kind == "boolean":
        return lambda value: "true" if value else "false"
    return str if kind in ("int", "long") else never(SqlType(Base.STRING), f"Avro {kind}")


def shaper(node: Any, columns: Sequence[Column], unwrapped: bool) -> Callable[[Sequence[Any]], Any]:
    """What turns a row into a value in this schema's shape; columns find their fields in any case."""
    names = Names([json.dumps(node)])
    if unwrapped:
        single = _shape(node, columns[0].type, names)
        return lambda values: single(values[0])
    fields = _record_fields(names.resolve(node))
    plan = []
    for i, column in enumerate(columns):
        found = fields.get(column.name) or fields.get(column.name.upper())
        if found is not None:
            plan.append((found["name"], i, _shape(found["type"], column.type, names)))
    return lambda values: {name: None if values[i] is None else shape(values[i]) for name, i, shape in plan}


def _record_fields(node: Any) -> dict[str, Any]:
    listed = node["fields"] if isinstance(node, dict) and "fields" in node else []
    return {f["name"].upper(): f for f in listed} | {f["name"]: f for f in listed}


def _shape(node: Any, type_: SqlType, names: Names) -> Convert:
    node = names.resolve(node)
    if isinstance(node, list):
        rest = [n for n in node if n != "null"]
        return _shape(rest[0], type_, names) if len(rest) == 1 else _union_shape(rest, type_, names)
    if isinstance(type_, ArrayType) and isinstance(node, dict) and "items" in node:
        return _array(_shape(node["items"], type_.element, names))
    if isinstance(type_, MapType) and isinstance(node, dict):
        return _map_shape(node, type_, names)
    if isinstance(type_, StructType):
        fields = _record_fields(node)
        found = [(f.name, fields.get(f.name) or fields.get(f.name.upper()), f.type) for f in type_.fields]
        plan = [(name, at["name"], _shape(at["type"], inner, names)) for name, at, inner in found if at]
        return lambda got: {target: None if got.get(n) is None else shape(got[n]) for n, target, shape in plan}
    return same


def _union_shape(branches: list[Any], type_: SqlType, names: Names) -> Convert:
    """Of a STRUCT with a field for each type, the one that is not NULL."""
    if not isinstance(type_, StructType):
        return same
    named = {branch_name(names.resolve(b)).upper(): b for b in branches}
    plan = [(f.name, _shape(named[f.name.upper()], f.type, names)) for f in type_.fields if f.name.upper() in named]
    return lambda got: next((shape(got[n]) for n, shape in plan if got.get(n) is not None), None)


def _map_shape(node: Any, type_: MapType, names: Names) -> Convert:
    if node["type"] == "map":
        value = _shape(node["values"], type_.value, names)
        return lambda got: {k: None if v is None else value(v) for k, v in got.items()}
    fields = _record_fields(names.resolve(node["items"]))
    key, value = _shape(fields["key"]["type"], type_.key, names), _shape(fields["value"]["type"], type_.value, names)
    return lambda got: [{"key": None if k is None else key(k), "value": None if v is None else value(v)} for k, v in got.items()]
