"""AvroConverter: Avro behind a magic byte and the id of its schema in the registry."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from millstream.formats.base import Registry
from millstream.log.base import Headers
from millstream.worker.converters.avro_schema import from_avro, to_avro
from millstream.worker.converters.base import flag
from millstream.worker.converters.plain import inward, unscaled
from millstream.worker.converters.registered import Subjects, headless
from millstream.worker.errors import DataError
from millstream.worker.schema import DECIMAL_NAME, ConnectSchema


class AvroConverter:
    """Confluent's io.confluent.connect.avro.AvroConverter."""

    class_name = "io.confluent.connect.avro.AvroConverter"

    def configure(self, settings: Mapping[str, str], *, is_key: bool, registry: Registry | None) -> None:
        register = flag(settings, "auto.register.schemas", True)
        self._subjects = Subjects(registry, "AVRO", "AvroConverter", is_key=is_key, register=register)
        self._written: dict[tuple[str, ConnectSchema], tuple[bytes, Any, Callable[[Any], Any]]] = {}
        self._read: dict[bytes, tuple[ConnectSchema, Any, Callable[[Any], Any]]] = {}

    def encode(self, topic: str, schema: ConnectSchema | None, values: Sequence[Any]) -> list[bytes | None]:
        import fastavro

        if schema is None:
            if any(v is not None for v in values):
                raise DataError("AvroConverter needs values with a schema.")
            return [None] * len(values)
        known = self._written.get((topic, schema))
        if known is None:
            node = to_avro(schema)
            head = self._subjects.head(topic, msgspec.json.encode(node).decode())
            known = self._written[topic, schema] = (head, fastavro.parse_schema(_bare(node)), _outward(schema))
        prefix, parsed, change = known
        out: list[bytes | None] = []
        try:
            for value in values:
                if value is None:
                    out.append(None)
                    continue
                buffer = io.BytesIO()
                buffer.write(prefix)
                fastavro.schemaless_writer(buffer, parsed, change(value))
                out.append(buffer.getvalue())
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as e:
            raise DataError(f"A value cannot be written as Avro: {e}") from e
        return out

    def decode(self, topic: str, data: bytes | None, headers: Headers) -> tuple[ConnectSchema | None, Any]:
        import fastavro

        if data is None:
            return None, None
        if len(data) < 5 or data[0] != 0:
            raise headless()
        schema, parsed, change = self._schema(data[:5])
        try:
            value = fastavro.schemaless_reader(io.BytesIO(data[5:]), parsed, None)
        except Exception as e:  # fastavro raises whatever the bytes lead it to
            raise DataError(f"Not Avro behind the schema id: {type(e).__name__} {e}") from e
        return schema, change(value)

    def _schema(self, prefix: bytes) -> tuple[ConnectSchema, Any, Callable[[Any], Any]]:
        import fastavro

        known = self._read.get(prefix)
        if known is None:
            text = self._subjects.schema(prefix).text
            node = msgspec.json.decode(text) if text[:1] in '{["' else text
            schema = from_avro(node)
            known = self._read[prefix] = (schema, fastavro.parse_schema(_bare(node)), inward(schema))
        return known


def _bare(node: Any) -> Any:
    """Without logical types: values are in their plain forms here already (unscaled bytes, days, milliseconds)."""
    if isinstance(node, dict):
        return {k: _bare(v) for k, v in node.items() if k not in ("logicalType", "precision", "scale")}
    return [_bare(v) for v in node] if isinstance(node, list) else node


def _outward(schema: ConnectSchema) -> Callable[[Any], Any]:
    from millstream.worker.converters.avro_schema import legal

    if schema.name == DECIMAL_NAME:
        return lambda v: None if v is None else unscaled(v, schema.scale)
    if schema.type == "struct":
        parts = [(f.name, legal(f.name), _outward(f.schema)) for f in schema.fields]
        return lambda v: None if v is None else {new: part(v[old]) for old, new, part in parts}
    if schema.type in ("array", "map") and schema.element:
        inner = _outward(schema.element)
        if schema.type == "array":
            return lambda v: None if v is None else [inner(x) for x in v]
        return lambda v: None if v is None else {k: inner(x) for k, x in v.items()}
    return lambda v: v
