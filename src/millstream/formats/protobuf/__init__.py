"""PROTOBUF: protobuf in the Confluent wire format, its schema in the registry. PROTOBUF_NOSR: the bare message, without a registry.

text         the text of a .proto file as a tree
known        the .proto files that every schema may import
schema       SQL types -> the .proto text that ksqlDB registers
descriptors  a .proto text -> message classes of the protobuf library
infer        a message -> its SQL type
values       messages -> column values, and back
binary       schemas as compiled descriptors, which some clients register

proto3 has no NULL for scalars, lists and maps: what was NULL when written reads as 0, "", false or empty.
"""

from __future__ import annotations

# ruff: noqa: ARG002 - the contract has arguments that these formats do not need.
from collections.abc import Callable, Sequence
from typing import Any

from millstream.errors import BindError, RecordError
from millstream.formats import framing
from millstream.formats.base import Decoder, Encoder, FormatOptions, RegisteredSchema, Registry
from millstream.formats.fitting import Mismatch
from millstream.formats.inference import columns_of
from millstream.formats.none import read_nothing, write_nothing
from millstream.formats.protobuf.schema import check_names, schema_text
from millstream.formats.schemaless import Schemaless
from millstream.types import Column


class ProtobufFormat:
    name = "PROTOBUF"
    needs_registry = True
    can_wrap = True
    can_unwrap = False
    wraps_by_default = True

    def check(self, columns: Sequence[Column], options: FormatOptions) -> None:
        check_names((c.name, c.type) for c in columns)

    def decoder(self, columns: Sequence[Column], options: FormatOptions, registry: Registry | None) -> Decoder:
        if not columns:
            return read_nothing
        known = _known(registry)
        readers: dict[bytes, tuple[Callable[[bytes], list[Any]], int]] = {}

        def decode(data: bytes | None) -> list[Any] | None:
            if data is None:
                return None
            found = readers.get(data[:6])
            if found is None:
                schema_id = framing.schema_id(data)
                indexes, start = framing.message_indexes(data)
                found = _reader(known.by_id(schema_id), indexes, columns), start
                if start == 6:  # the usual one-byte path: these six bytes say everything
                    readers[data[:6]] = found
            read, start = found
            return read(data[start:])

        return decode

    def encoder(self, columns: Sequence[Column], options: FormatOptions, registry: Registry | None) -> Encoder:
        from millstream.formats.protobuf.descriptors import Messages

        self.check(columns, options)
        if not columns:
            return write_nothing
        known = _known(registry)
        schema_id = options.schema_id or self.register(columns, options, known)
        messages = Messages(known.by_id(schema_id))
        indexes = messages.indexes(options.full_schema_name)
        return _encoder(messages.at(indexes), columns, framing.head(schema_id) + framing.indexes_bytes(indexes))

    def register(self, columns: Sequence[Column], options: FormatOptions, registry: Registry) -> int:
        self.check(columns, options)
        return registry.register(options.subject, "PROTOBUF", schema_text(columns, options))

    def infer(self, schema: RegisteredSchema, options: FormatOptions) -> list[Column]:
        from millstream.formats.protobuf.descriptors import Messages
        from millstream.formats.protobuf.infer import message_type

        messages = Messages(schema)
        return columns_of(message_type(messages, messages.at(messages.indexes(options.full_schema_name))), options, bare_keys=False)


class ProtobufNoSrFormat(Schemaless):
    name = "PROTOBUF_NOSR"
    can_wrap = True
    can_unwrap = False
    wraps_by_default = True

    def check(self, columns: Sequence[Column], options: FormatOptions) -> None:
        check_names((c.name, c.type) for c in columns)

    def decoder(self, columns: Sequence[Column], options: FormatOptions, registry: Registry | None) -> Decoder:
        self.check(columns, options)
        if not columns:
            return read_nothing
        read = _reader(_local(columns, options), [0], columns)
        return lambda data: None if data is None else read(data)

    def encoder(self, columns: Sequence[Column], options: FormatOptions, registry: Registry | None) -> Encoder:
        from millstream.formats.protobuf.descriptors import Messages

        self.check(columns, options)
        if not columns:
            return write_nothing
        return _encoder(Messages(_local(columns, options)).at([0]), columns, b"")


def _local(columns: Sequence[Column], options: FormatOptions) -> RegisteredSchema:
    return RegisteredSchema(0, "PROTOBUF", schema_text(columns, options))


def _known(registry: Registry | None) -> Registry:
    if registry is None:
        raise BindError("The 'PROTOBUF' format needs a schema registry.", hint="Set schema.registry.url, or use PROTOBUF_NOSR.")
    return registry


def _reader(schema: RegisteredSchema, indexes: list[int], columns: Sequence[Column]) -> Callable[[bytes], list[Any]]:
    """Reads the messages of one type of a schema into the columns."""
    from google.protobuf.message import DecodeError, Message

    from millstream.formats.protobuf.descriptors import Messages
    from millstream.formats.protobuf.values import row_reader

    messages = Messages(schema)
    descriptor = messages.at(indexes)
    parse: Callable[[bytes], Message] = messages.class_of(descriptor).FromString
    fit = row_reader(descriptor, [(c.name, c.type) for c in columns])

    def read(data: bytes) -> list[Any]:
        try:
            return fit(parse(data))
        except DecodeError as error:
            raise RecordError(f"expected a message {descriptor.full_name}, got {data[:40]!r} ({error})") from None
        except Mismatch as mismatch:
            raise RecordError(f"${mismatch.path}: {mismatch.reason}") from None

    return read


def _encoder(descriptor: Any, columns: Sequence[Column], head: bytes) -> Encoder:
    from google.protobuf.message import EncodeError
    from google.protobuf.message_factory import GetMessageClass

    from millstream.formats.protobuf.values import message_writer

    class_ = GetMessageClass(descriptor)
    shape = message_writer(descriptor, [(c.name, c.type) for c in columns])

    def encode(values: Sequence[Any] | None) -> bytes | None:
        if values is None:
            return None
        try:
            return head + bytes(class_(**shape(values)).SerializeToString())
        except (TypeError, ValueError, OverflowError, EncodeError) as error:
            raise RecordError(f"this row cannot be written as protobuf message {descriptor.full_name}: {error}") from None

    return encode
