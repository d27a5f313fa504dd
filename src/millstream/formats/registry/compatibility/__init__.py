"""May a new schema follow an earlier one? Backward: the new schema reads what the old wrote. Forward: the old reads what the new writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from millstream.formats.registry.compatibility import avro, json_schema, protobuf
from millstream.formats.registry.model import Schema

#: (reader, writer, imports of the reader, imports of the writer) -> why the reader cannot read what the writer wrote.
Check = Callable[[str, str, Mapping[str, str], Mapping[str, str]], list[str]]

_CHECKS: dict[str, Check] = {"AVRO": avro.unreadable, "JSON": json_schema.unreadable, "PROTOBUF": protobuf.unreadable}


def problems(level: str, new: Schema, old: Schema, imports: Callable[[Schema], Mapping[str, str]]) -> list[str]:
    """Why ``new`` may not follow ``old`` at this level; empty where it may."""
    if level == "NONE":
        return []
    if new.kind != old.kind:
        return [f"the schema's type changes from {old.kind} to {new.kind}"]
    check, found = _CHECKS[new.kind], []
    if level.startswith(("BACKWARD", "FULL")):
        found += check(new.text, old.text, imports(new), imports(old))
    if level.startswith(("FORWARD", "FULL")):
        found += check(old.text, new.text, imports(old), imports(new))
    return found
