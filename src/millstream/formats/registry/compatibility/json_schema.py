"""JSON Schema, as far as ksqlDB's and Connect's schemas go: types, properties, required ones, items, alternatives.

A property may be added or left out as long as it is not required: records are open. Constraints on values (patterns, ranges, enums
besides) are not compared.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def unreadable(reader: str, writer: str, reader_imports: Mapping[str, str], writer_imports: Mapping[str, str]) -> list[str]:
    """One reason a place, each with its path. References to other documents are taken to be compatible."""
    del reader_imports, writer_imports
    return _check(json.loads(reader), json.loads(writer), "#")


def _check(reader: Any, writer: Any, path: str) -> list[str]:
    if reader is True or reader == {} or any(isinstance(s, dict) and "$ref" in s for s in (reader, writer)):
        return []
    if reader is False or writer is True or writer == {}:
        return [] if writer is False else [f"{path}: expected {_show(reader)}, the writer may have anything"]
    if writer is False:
        return []
    written, read = _alternatives(writer), _alternatives(reader)
    if len(written) > 1 or len(read) > 1:
        reasons: list[str] = []
        for alternative in written:
            tries: list[list[str]] = [_check(r, alternative, path) for r in read]
            if [] not in tries:
                # The nearest alternative explains best.
                reasons += sorted(tries, key=_distance)[0]
        return reasons
    return _single(read[0], written[0], path)


def _single(reader: Any, writer: Any, path: str) -> list[str]:
    r, w = _types(reader), _types(writer)
    if r and not w <= r and not (w <= {*r, "integer"} and "number" in r):
        return [f"{path}: expected type {'|'.join(sorted(r))}, the writer has {'|'.join(sorted(w)) or 'any'}"]
    reasons: list[str] = []
    if "enum" in reader and not set(map(json.dumps, writer.get("enum", [None]))) <= set(map(json.dumps, reader["enum"])):
        reasons.append(f"{path}/enum: the writer has values that the reader's enum lacks")
    written = writer.get("properties", {})
    required = set(writer.get("required", ()))
    for name in reader.get("required", ()):
        if name not in required and "default" not in reader.get("properties", {}).get(name, {}):
            reasons.append(f"{path}/required/{name}: required by the reader, not by the writer")
    for name, schema in reader.get("properties", {}).items():
        if name in written:
            reasons += _check(schema, written[name], f"{path}/properties/{name}")
    if reader.get("additionalProperties") is False:
        reasons += [
            f"{path}/properties/{n}: the reader takes no other properties" for n in written if n not in reader.get("properties", {})
        ]
    if isinstance(reader.get("items"), dict) and isinstance(writer.get("items"), dict):
        reasons += _check(reader["items"], writer["items"], f"{path}/items")
    return reasons


def _alternatives(schema: Any) -> list[Any]:
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return list(schema[word])
    kinds = schema.get("type")
    return [{**schema, "type": k} for k in kinds] if isinstance(kinds, list) else [schema]


def _types(schema: Any) -> set[str]:
    kind = schema.get("type")
    return {kind} if isinstance(kind, str) else set(kind or ())


def _distance(reasons: list[str]) -> tuple[bool, int]:
    return any(": expected type" in r for r in reasons), len(reasons)


def _show(schema: Any) -> str:
    return "nothing" if schema is False else "|".join(sorted(_types(schema))) or "a narrower schema"
