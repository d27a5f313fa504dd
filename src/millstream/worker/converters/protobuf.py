"""ProtobufConverter: protobuf with its schema in the registry, through the PROTOBUF format.

That format speaks SQL types, whose values look as Connect's do here; types that SQL does not have are widened (int8 and int16 to int32,
float32 to float64). Values must be structs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from millstream import types as sql
from millstream.errors import MillstreamError, RecordError
from millstream.formats.base import Decoder, Encoder, FormatOptions, Registry
from millstream.log.base import Headers
from millstream.worker import schema as connect
from millstream.worker.converters.registered import Subjects, headless, mapped_registry_errors
from millstream.worker.errors import DataError
from millstream.worker.schema import ConnectSchema

_SQL = {
    "int8": sql.INTEGER, "int16": sql.INTEGER, "int32": sql.INTEGER, "int64": sql.BIGINT, "float32": sql.DOUBLE, "float64": sql.DOUBLE,
    "boolean": sql.BOOLEAN, "string": sql.STRING, "bytes": sql.BYTES,
}  # fmt: skip
_LOGICAL = {connect.DATE_NAME: sql.DATE, connect.TIME_NAME: sql.TIME, connect.TIMESTAMP_NAME: sql.TIMESTAMP}
_CONNECT = {
    sql.Base.INTEGER: "int32", sql.Base.BIGINT: "int64", sql.Base.DOUBLE: "float64", sql.Base.BOOLEAN: "boolean", sql.Base.STRING: "string",
    sql.Base.BYTES: "bytes",
}  # fmt: skip


def to_sql(schema: ConnectSchema) -> sql.SqlType:
    """The SQL type of a schema."""
    if schema.name == connect.DECIMAL_NAME:
        return sql.decimal(int(schema.parameter("connect.decimal.precision") or 64), schema.scale)
    if schema.name in _LOGICAL:
        return _LOGICAL[schema.name]
    if schema.type == "struct":
        return sql.struct((f.name, to_sql(f.schema)) for f in schema.fields)
    if schema.type == "array" and schema.element:
        return sql.array(to_sql(schema.element))
    if schema.type == "map" and schema.element:
        return sql.map_of(to_sql(schema.key or connect.STRING), to_sql(schema.element))
    return _SQL[schema.type]


def from_sql(kind: sql.SqlType) -> ConnectSchema:
    """The schema of a SQL type; everything may be NULL."""
    match kind:
        case sql.DecimalType():
            return connect.decimal(kind.scale, kind.precision, optional=True)
        case sql.ArrayType():
            return ConnectSchema("array", True, element=from_sql(kind.element))
        case sql.MapType():
            return ConnectSchema("map", True, key=from_sql(kind.key), element=from_sql(kind.value))
        case sql.StructType():
            return connect.struct(None, [(f.name, from_sql(f.type)) for f in kind.fields], optional=True)
    logical = {sql.Base.DATE: connect.date, sql.Base.TIME: connect.time, sql.Base.TIMESTAMP: connect.timestamp}.get(kind.base)
    return logical(optional=True) if logical else ConnectSchema(_CONNECT[kind.base], True)


class ProtobufConverter:
    """Confluent's io.confluent.connect.protobuf.ProtobufConverter."""

    class_name = "io.confluent.connect.protobuf.ProtobufConverter"

    def configure(self, settings: Mapping[str, str], *, is_key: bool, registry: Registry | None) -> None:
        self._subjects = Subjects(registry, "PROTOBUF", "ProtobufConverter", is_key=is_key)
        self._is_key = is_key
        self._written: dict[tuple[str, ConnectSchema], Encoder] = {}
        self._read: dict[bytes, tuple[ConnectSchema, Callable[[bytes], Any]]] = {}

    def encode(self, topic: str, schema: ConnectSchema | None, values: Sequence[Any]) -> list[bytes | None]:
        from millstream.formats import get

        if schema is None or schema.type != "struct":
            if any(v is not None for v in values):
                raise DataError(f"ProtobufConverter needs structs with a schema, got {schema or 'schemaless values'}.")
            return [None] * len(values)
        encoder = self._written.get((topic, schema))
        try:
            if encoder is None:
                columns = [sql.Column(f.name, to_sql(f.schema)) for f in schema.fields]
                with mapped_registry_errors():
                    encoder = get("PROTOBUF").encoder(columns, FormatOptions(topic=topic, is_key=self._is_key), self._subjects.registry)
                self._written[topic, schema] = encoder
            return [None if v is None else encoder(list(v.values())) for v in values]
        except RecordError as e:
            raise DataError(e.message) from e

    def decode(self, topic: str, data: bytes | None, headers: Headers) -> tuple[ConnectSchema | None, Any]:
        if data is None:
            return None, None
        if len(data) < 6 or data[0] != 0:
            raise headless()
        schema, change = self._read.get(data[:5]) or self._schema(topic, data[:5])
        try:
            return schema, change(data)
        except MillstreamError as e:
            raise DataError(e.message) from e

    def _schema(self, topic: str, prefix: bytes) -> tuple[ConnectSchema, Callable[[bytes], Any]]:
        from millstream.formats import get

        options = FormatOptions(topic=topic, is_key=self._is_key)
        registered = self._subjects.schema(prefix)
        format_ = get("PROTOBUF")
        columns = format_.infer(registered, options)
        decode: Decoder = format_.decoder(columns, options, self._subjects.registry)
        names = [c.name for c in columns]
        schema = connect.struct(None, [(c.name, from_sql(c.type)) for c in columns])

        def change(data: bytes) -> Any:
            row = decode(data)
            return None if row is None else dict(zip(names, row, strict=True))

        known = self._read[prefix] = (schema, change)
        return known
