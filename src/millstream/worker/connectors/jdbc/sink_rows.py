"""Records to rows: which columns a batch has, which of them are the key, and each value as the database's driver takes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from millstream.dataclass import dataclass
from millstream.worker.connectors.jdbc.copy_text import lines
from millstream.worker.connectors.jdbc.database import TableName
from millstream.worker.converters.json import encode_plain
from millstream.worker.errors import DataError, TaskError
from millstream.worker.records import Records
from millstream.worker.schema import STRING, TIMESTAMP_NAME, ConnectSchema

_KAFKA = ("__connect_topic", "__connect_partition", "__connect_offset")
_EPOCH = datetime(1970, 1, 1)
Change = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Target:
    """A column to write: its schema, and whether it is part of the key."""

    name: str
    schema: ConnectSchema
    key: bool = False


class Rows:
    """A batch as columns, and from them as the driver or COPY takes it. ``columns`` hold the values of records that are no deletions.

    ``kept``: which records those are, None for all. ``keys`` are the key columns of every record. ``count``: of records.
    """

    def __init__(
        self,
        targets: tuple[Target, ...],
        columns: list[list[Any]],
        keys: list[list[Any]],
        count: int,
        kept: Sequence[int] | None,
        sqlite: bool,
        zone: ZoneInfo | None,
    ) -> None:
        self.targets, self.count, self.kept = targets, count, kept
        self._columns, self._keys, self._sqlite, self._zone = columns, keys, sqlite, zone

    def keys(self) -> list[tuple[Any, ...]]:
        """The key of every record, () where there is none."""
        keys = [self._changed(t, column) for t, column in zip((t for t in self.targets if t.key), self._keys, strict=True)]
        return list(zip(*keys, strict=True)) if keys else [()] * self.count

    def rows(self) -> list[tuple[Any, ...]]:
        """The rows to write, as the driver takes them."""
        return list(zip(*map(self._changed, self.targets, self._columns), strict=True))

    def lines(self) -> list[str] | None:
        """The same as lines of COPY; None where some column has no such text."""
        if self._zone is not None and any(t.schema.name == TIMESTAMP_NAME for t in self.targets):
            return None
        return lines([t.schema for t in self.targets], self._columns)

    def _changed(self, target: Target, column: list[Any]) -> list[Any]:
        change = _outward(target.schema, self._sqlite, self._zone)
        return column if change is None else [None if v is None else change(v) for v in column]


def table_of(config: Mapping[str, Any], topic: str, database: str | None) -> TableName:
    """The table of a topic."""
    mapping = dict(entry.split(":", 1) for entry in config["topics.to.tables.mapping"] if ":" in entry)
    name = mapping.get(topic) or config["table.name.format"].replace("${topic}", topic)
    if config["table.name.normalize"]:
        name = re.sub(r"[^A-Za-z0-9_.]", "_", name)
    # A topic's own dots are part of the name; only a format that has a dot names a schema.
    schema, dot, table = name.rpartition(".")
    if dot and "." in config["table.name.format"].replace("${topic}", ""):
        return TableName(table, schema.rpartition(".")[2], database)
    return TableName(name, None, database)


class RowMaker:
    """Makes rows of batches. One a task; columns are worked out once a pair of schemas."""

    def __init__(self, config: Mapping[str, Any], connector: str, *, sqlite: bool) -> None:
        self._config, self._connector, self._sqlite = config, connector, sqlite
        self._mode: str = config["pk.mode"].lower()
        self._fields: list[str] = config["pk.fields"]
        zone = config["db.timezone"]
        self._zone = None if zone.upper() in ("UTC", "GMT", "Z") else ZoneInfo(zone)

    def make(self, records: Records) -> Rows:
        """Rows of a batch. DataError where the records are not what the configuration needs."""
        self._check(records)
        targets = self._targets(records)
        kept = [i for i, v in enumerate(records.values) if v is not None] if None in records.values else None
        columns = [self._read(t, records, kept) for t in targets]
        keys = [c if kept is None else self._read(t, records, None) for t, c in zip(targets, columns, strict=True) if t.key]
        return Rows(targets, columns, keys, len(records), kept, self._sqlite, self._zone)

    def _check(self, records: Records) -> None:
        """Kafka's sinks say so in the same words."""
        deletes = self._config["delete.enabled"]
        if self._mode == "record_key" and (records.key_schema is None or None in (records.keys or [None])):
            raise DataError(self._needs("a non-null key and non-null key schema", records, "key", records.key_schema))
        tombstones = records.value_schema is None and all(v is None for v in records.values)
        if tombstones and deletes:
            return
        if records.value_schema is None or records.value_schema.type != "struct":
            cure = "" if tombstones else (
                " Values without a schema cannot be written: use JSON_SR, AVRO, or JsonConverter with schemas.enable=true "
                "(its schema.content gives the schema of plain JSON)."
            )  # fmt: skip
            raise DataError(
                self._needs("a non-null Struct value and non-null Struct schema", records, "value", records.value_schema) + cure
            )
        if not deletes and None in records.values:
            raise DataError(self._needs("a non-null Struct value and non-null Struct schema", records, "value", records.value_schema))

    def _needs(self, what: str, records: Records, side: str, schema: ConnectSchema | None) -> str:
        stamp = records.timestamps[0] if records.timestamps else None
        offset = records.offsets[0] if len(records.offsets) else None
        found = "null" if schema is None else schema.type
        deletes = str(self._config["delete.enabled"]).lower()
        return (
            f"Sink connector '{self._connector}' is configured with 'delete.enabled={deletes}' and 'pk.mode={self._mode}' and therefore "
            f"requires records with {what}, but found record at (topic='{records.topic}',partition={records.partition},offset={offset},"
            f"timestamp={stamp}) with a {found} {side} schema."
        )

    def _targets(self, records: Records) -> tuple[Target, ...]:
        keys = self._key_targets(records)
        named = {t.name for t in keys}
        allowed = self._config["fields.whitelist"]
        fields = records.value_schema.fields if records.value_schema is not None else ()
        others = tuple(Target(f.name, f.schema) for f in fields if f.name not in named and (not allowed or f.name in allowed))
        if not keys and not others:
            raise DataError(f"No fields of {records.topic} are left to write: fields.whitelist={','.join(allowed)}.")
        return keys + others

    def _key_targets(self, records: Records) -> tuple[Target, ...]:
        match self._mode:
            case "none":
                return ()
            case "kafka":
                names = self._fields or list(_KAFKA)
                kinds = (STRING, ConnectSchema("int32"), ConnectSchema("int64"))
                return tuple(Target(n, k, True) for n, k in zip(names, kinds, strict=True))
            case "record_key":
                schema = records.key_schema
                assert schema is not None
                if schema.type == "struct":
                    return self._some(schema, "key")
                if len(self._fields) != 1:
                    raise TaskError(
                        f"Need exactly one PK column defined since the key schema for records of {records.topic} is a primitive type: "
                        f"pk.fields has {len(self._fields)}."
                    )
                return (Target(self._fields[0], schema, True),)
            case _:
                if records.value_schema is None:
                    raise DataError(f"pk.mode=record_value cannot take the null values of {records.topic}.")
                return self._some(records.value_schema, "value")

    def _some(self, schema: ConnectSchema, side: str) -> tuple[Target, ...]:
        names = self._fields or [f.name for f in schema.fields]
        known = {f.name: f.schema for f in schema.fields}
        lost = [n for n in names if n not in known]
        if lost:
            raise TaskError(f"pk.fields: the {side} has no field {', '.join(lost)}. Existing fields: {', '.join(known)}.")
        return tuple(Target(n, known[n], True) for n in names)

    def _read(self, target: Target, records: Records, which: Sequence[int] | None) -> list[Any]:
        """One column of these records, None for all."""
        name, source = target.name, records.values
        if target.key and self._mode == "kafka":
            match list(self._fields or _KAFKA).index(name):
                case 0:
                    source = [records.topic] * len(records)
                case 1:
                    source = [records.partition] * len(records)
                case _:
                    source = list(records.offsets)
            return _chosen(source, which)
        if target.key and self._mode == "record_key":
            assert records.keys is not None
            source = records.keys
            if records.key_schema is not None and records.key_schema.type != "struct":
                return _chosen(source, which)
        return [v.get(name) for v in _chosen(source, which)]


def _chosen(source: list[Any], which: Sequence[int] | None) -> list[Any]:
    return source if which is None else [source[i] for i in which]


def _outward(schema: ConnectSchema, sqlite: bool, zone: ZoneInfo | None) -> Change | None:
    """How a value that is not null goes to the driver; None: as it is."""
    match schema.name:
        case "org.apache.kafka.connect.data.Timestamp":
            return lambda v: _moment(v, zone, sqlite)
        case "org.apache.kafka.connect.data.Date":
            return lambda v: _text(date.fromordinal(v + 719_163), sqlite)
        case "org.apache.kafka.connect.data.Time":
            return lambda v: _text((_EPOCH + timedelta(milliseconds=v)).time(), sqlite)
        case "org.apache.kafka.connect.data.Decimal":
            return str if sqlite else None
    if schema.type in ("struct", "map") or (schema.type == "array" and sqlite):
        return lambda v: (encode_plain([v], None)[0] or b"").decode()
    return None


def _text(value: date | time, sqlite: bool) -> Any:
    return value.isoformat() if sqlite else value


def _moment(millis: int, zone: ZoneInfo | None, sqlite: bool) -> Any:
    value = _EPOCH + timedelta(milliseconds=millis)
    if zone is not None:
        value = value.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
    return value.isoformat(" ", "milliseconds") if sqlite else value
