"""Avro's schema resolution, as a question: what stops this reader from reading what this writer wrote?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_PROMOTIONS = {
    "int": {"long", "float", "double"},
    "long": {"float", "double"},
    "float": {"double"},
    "string": {"bytes"},
    "bytes": {"string"},
}
_NAMED = {"record", "error", "enum", "fixed"}


def unreadable(reader: str, writer: str, reader_imports: Mapping[str, str], writer_imports: Mapping[str, str]) -> list[str]:
    """One reason a place, each with its path. Empty where the reader can read everything."""
    r_names, w_names = _names([*reader_imports.values(), reader]), _names([*writer_imports.values(), writer])
    return _Resolution(r_names, w_names).check(_load(reader), _load(writer), "/")


class _Resolution:
    def __init__(self, reader_names: Mapping[str, Any], writer_names: Mapping[str, Any]) -> None:
        self._r, self._w = reader_names, writer_names
        self._seen: set[tuple[str, str]] = set()

    def check(self, reader: Any, writer: Any, path: str) -> list[str]:
        reader, writer = _resolved(reader, self._r), _resolved(writer, self._w)
        if isinstance(writer, list):
            return [reason for branch in writer for reason in self.check(reader, branch, path)]
        if isinstance(reader, list):
            tries = [self.check(branch, writer, path) for branch in reader]
            return [] if [] in tries else [f"{path}: the reader's union takes no {_kind(writer)}"]
        r, w = _kind(reader), _kind(writer)
        if r != w:
            return [] if r in _PROMOTIONS.get(w, ()) else [f"{path}: expected {r}, the writer has {w}"]
        if r in _NAMED and _short(reader) != _short(writer):
            return [f"{path}: expected name {reader['name']}, the writer has {writer['name']}"]
        return self._same_kind(r, reader, writer, path)

    def _same_kind(self, kind: str, reader: Any, writer: Any, path: str) -> list[str]:
        if kind == "array":
            return self.check(reader["items"], writer["items"], f"{path}items/")
        if kind == "map":
            return self.check(reader["values"], writer["values"], f"{path}values/")
        if kind == "fixed":
            return [] if reader["size"] == writer["size"] else [f"{path}: expected size {reader['size']}, the writer has {writer['size']}"]
        if kind == "enum":
            missing = [s for s in writer["symbols"] if s not in reader["symbols"]]
            return [f"{path}: the reader has no symbol {', '.join(missing)}"] if missing and "default" not in reader else []
        return self._records(reader, writer, path) if kind in ("record", "error") else []

    def _records(self, reader: Any, writer: Any, path: str) -> list[str]:
        pair = (reader["name"], writer["name"])
        if pair in self._seen:
            return []
        self._seen.add(pair)
        written = {f["name"]: f for f in writer["fields"]}
        reasons: list[str] = []
        for field in reader["fields"]:
            match = next((written[n] for n in (field["name"], *field.get("aliases", ())) if n in written), None)
            if match is not None:
                reasons += self.check(field["type"], match["type"], f"{path}fields/{field['name']}/")
            elif "default" not in field:
                reasons.append(f"{path}fields/{field['name']}: the writer has no such field and it has no default value")
        return reasons


def _load(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text.strip()


def _names(texts: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def walk(schema: Any, namespace: str) -> None:
        if isinstance(schema, list):
            for branch in schema:
                walk(branch, namespace)
        elif isinstance(schema, dict):
            kind = schema.get("type")
            if kind in _NAMED and "name" in schema:
                space = schema.get("namespace", namespace)
                name = schema["name"] if "." in schema["name"] or not space else f"{space}.{schema['name']}"
                found[name] = found[name.rpartition(".")[2]] = schema
                for field in schema.get("fields", ()):
                    walk(field["type"], name.rpartition(".")[0])
            else:
                for part in ("type", "items", "values"):
                    if isinstance(schema.get(part), dict | list):
                        walk(schema[part], namespace)

    for text in texts:
        walk(_load(text), "")
    return found


def _resolved(schema: Any, names: Mapping[str, Any]) -> Any:
    """A reference by name, or a type wrapped in an object, is what it stands for."""
    if isinstance(schema, str):
        return names.get(schema, schema)
    if isinstance(schema, dict) and isinstance(schema.get("type"), dict | list):
        return _resolved(schema["type"], names)
    return schema


def _kind(schema: Any) -> str:
    kind: str = schema if isinstance(schema, str) else schema["type"]
    return kind


def _short(schema: Any) -> str:
    return str(schema["name"]).rpartition(".")[2]
