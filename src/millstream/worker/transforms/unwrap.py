"""Debezium's ExtractNewRecordState: the row after a change, instead of the whole change event."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from millstream.worker.definition import Config, ConfigDef, Key, one_of
from millstream.worker.records import Records
from millstream.worker.schema import OPTIONAL_STRING, ConnectSchema, Field
from millstream.worker.transforms.base import Transform

_DELETES = ("drop", "tombstone", "rewrite", "rewrite-with-tombstone", "delete-to-tombstone")


class ExtractNewRecordState(Transform):
    """A deletion becomes a tombstone (default), nothing, or the old row marked ``__deleted``. Records that are no events pass."""

    definition: ClassVar[ConfigDef] = ConfigDef(
        [
            Key(
                "delete.tombstone.handling.mode",
                "STRING",
                "tombstone",
                "MEDIUM",
                f"What becomes of deletions: {', '.join(_DELETES)}.",
                check=one_of(*_DELETES),
            ),
            Key(
                "add.fields", "LIST", (), "LOW", "Fields of the event to add, such as op,source.ts_ms; they are named __op, __source_ts_ms."
            ),
        ]
    )

    def configure(self, config: Config) -> None:
        self._deletes: str = config["delete.tombstone.handling.mode"]
        self._adds: list[str] = config["add.fields"]
        self._known: tuple[ConnectSchema, ConnectSchema | None] | None = None

    def apply(self, records: Records) -> list[Records]:
        out: list[Records] = []
        for kind, run in records.runs(lambda i: self._kind(records.values[i])):
            match kind:
                case "event":
                    out.append(self._rows(run, [self._row(v, v["after"], "false") for v in run.values]))
                case "delete" if self._deletes.startswith("rewrite"):
                    out.append(self._rows(run, [self._row(v, v["before"], "true") for v in run.values]))
                case "delete" if self._deletes in ("tombstone", "delete-to-tombstone"):
                    out.append(replace(run, value_schema=None, values=[None] * len(run)))
                case "tombstone" if self._deletes == "rewrite-with-tombstone":
                    out.append(run)
                case "other":
                    out.append(run)
        return out

    @staticmethod
    def _kind(value: Any) -> str:
        if value is None:
            return "tombstone"
        if not isinstance(value, dict) or "op" not in value or "after" not in value:
            return "other"
        return "delete" if value["op"] == "d" else "event"

    def _row(self, event: dict[str, Any], row: dict[str, Any], deleted: str) -> dict[str, Any]:
        out = dict(row)
        if self._deletes.startswith("rewrite"):
            out["__deleted"] = deleted
        for path in self._adds:
            value: Any = event
            for step in path.split("."):
                value = value.get(step) if isinstance(value, dict) else None
            out["__" + path.replace(".", "_")] = value
        return out

    def _rows(self, run: Records, rows: list[Any]) -> Records:
        return replace(run, value_schema=None if run.value_schema is None else self._schema(run.value_schema), values=rows)

    def _schema(self, schema: ConnectSchema) -> ConnectSchema | None:
        if self._known is None or self._known[0] is not schema:
            after = schema.field("after")
            new = None
            if after is not None:
                extra = [Field("__deleted", OPTIONAL_STRING)] if self._deletes.startswith("rewrite") else []
                extra += [Field("__" + p.replace(".", "_"), self._at(schema, p)) for p in self._adds]
                new = replace(after.schema, optional=False, fields=(*after.schema.fields, *extra))
            self._known = (schema, new)
        return self._known[1]

    @staticmethod
    def _at(schema: ConnectSchema, path: str) -> ConnectSchema:
        inner: ConnectSchema | None = schema
        for step in path.split("."):
            found = inner.field(step) if inner else None
            inner = found.schema if found else None
        return inner.as_optional() if inner else OPTIONAL_STRING
