"""Is a text a schema of its kind, and what is its canonical form, by which equal schemas get one id."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from millstream.formats.registry.model import KINDS, Schema, invalid_schema


def canonical(schema: Schema, imports: Mapping[str, str]) -> str:
    """The schema's text without insignificant white space. ``imports``: text of each reference by its name. Raises RegistryError 42201."""
    if schema.kind not in KINDS:
        raise invalid_schema(schema.kind, f"expected one of {', '.join(KINDS)}")
    if schema.kind == "PROTOBUF":
        from millstream.formats.protobuf.binary import as_text
        from millstream.formats.protobuf.text import parse_proto

        text = as_text(schema.text.strip())
        try:
            parse_proto(text)
        except ValueError as error:
            raise invalid_schema(schema.kind, str(error)) from None
        return text.strip() + "\n"
    value = _json(schema)
    if schema.kind == "AVRO":
        _check_avro(value, imports)
    elif not isinstance(value, dict | bool):
        raise invalid_schema(schema.kind, f"expected an object or a boolean, got {schema.text[:40]}")
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _json(schema: Schema) -> Any:
    try:
        return json.loads(schema.text)
    except ValueError as error:
        if schema.kind == "AVRO" and schema.text.strip().isidentifier():
            return schema.text.strip()  # a bare primitive name, which Avro's own parser takes too
        raise invalid_schema(schema.kind, f"no JSON: {error}") from None


def _check_avro(value: Any, imports: Mapping[str, str]) -> None:
    import fastavro
    from fastavro.schema import SchemaParseException, UnknownType

    named: dict[str, Any] = {}
    try:
        for text in imports.values():
            fastavro.parse_schema(json.loads(text), named_schemas=named)
        fastavro.parse_schema(value, named_schemas=named)
    except (SchemaParseException, UnknownType, KeyError, TypeError, ValueError, AttributeError) as error:
        raise invalid_schema("AVRO", f"{type(error).__name__}: {error}") from None
