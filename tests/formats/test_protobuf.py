"""PROTOBUF and PROTOBUF_NOSR: messages, schemas as ksqlDB registers and infers them."""

from decimal import Decimal
from typing import Any

import pytest

from millstream.errors import BindError, RecordError, RegistryError
from millstream.formats import get
from millstream.formats.base import FormatOptions, RegisteredSchema
from millstream.formats.protobuf.schema import NULLABLE, schema_text
from millstream.formats.protobuf.text import parse_proto
from millstream.formats.registry.store import SchemaStore
from millstream.log.memory import MemoryLog
from millstream.types import (
    BIGINT,
    BOOLEAN,
    BYTES,
    DATE,
    DOUBLE,
    INTEGER,
    STRING,
    TIME,
    TIMESTAMP,
    Column,
    Role,
    SqlType,
    array,
    decimal,
    map_of,
    struct,
)

from . import captured

VALUE = FormatOptions(topic="t")
#: A row of NULLs as it reads back: only what is a message of its own can tell that it is not there.
DEFAULTS = [0, 0, 0.0, False, None, "", [], {}, None, None, None, None, b""]


@pytest.fixture
def store() -> SchemaStore:
    store = SchemaStore(MemoryLog())
    store.register("before", "AVRO", '"int"')
    return store


def infer(text: str, options: FormatOptions = VALUE) -> list[Column]:
    return get("PROTOBUF").infer(RegisteredSchema(1, "PROTOBUF", f'syntax = "proto3"; {text}'), options)


def test_as_ksqldb(store: SchemaStore) -> None:
    """The registered text, the bytes written and the columns inferred are those of a real ksqlDB."""
    encode = get("PROTOBUF").encoder(captured.COLUMNS, VALUE, store)
    latest = store.latest("t-value")
    assert latest is not None
    assert latest.text == captured.PROTOBUF_SCHEMA
    assert [encode(captured.ROW), encode(captured.NULLS), encode(None)] == [captured.PROTOBUF_ROW, captured.PROTOBUF_NULLS, None]
    decode = get("PROTOBUF").decoder(captured.COLUMNS, VALUE, store)
    assert [decode(captured.PROTOBUF_ROW), decode(captured.PROTOBUF_NULLS), decode(None)] == [captured.ROW, DEFAULTS, None]
    assert get("PROTOBUF").infer(latest, VALUE) == captured.COLUMNS


def test_without_registry() -> None:
    """PROTOBUF_NOSR is the bare message, numbered by the columns."""
    encode = get("PROTOBUF_NOSR").encoder(captured.COLUMNS, VALUE, None)
    decode = get("PROTOBUF_NOSR").decoder(captured.COLUMNS, VALUE, None)
    assert [encode(captured.ROW), encode(captured.NULLS)] == [captured.PROTOBUF_ROW[6:], b""]
    assert [decode(captured.PROTOBUF_ROW[6:]), decode(b""), decode(None)] == [captured.ROW, DEFAULTS, None]


def test_keys(store: SchemaStore) -> None:
    """A single key is a field of a message too."""
    columns = [Column("K1", INTEGER, Role.KEY)]
    options = FormatOptions(topic="t", is_key=True)
    assert get("PROTOBUF").encoder(columns, options, store)([1]) == bytes.fromhex("0000000002000801")
    latest = store.latest("t-key")
    assert latest is not None
    assert latest.text == 'syntax = "proto3";\n\nmessage ConnectDefault1 {\n  int32 K1 = 1;\n}\n'
    assert get("PROTOBUF").infer(latest, options) == columns
    assert get("PROTOBUF").infer(latest, FormatOptions(topic="t", is_key=True, unwrapped=True)) == columns


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (array(STRING), ["a", ""]),
        (map_of(INTEGER, struct([("A", BOOLEAN)])), {1: {"A": True}, -2: {"A": False}}),
        (struct([("P", INTEGER), ("Q", map_of(STRING, decimal(4, 1)))]), {"P": 1, "Q": {"a": Decimal("-1.5")}}),
        (array(struct([("P", array(TIMESTAMP))])), [{"P": [0, -1, 253402300799999]}]),
        (decimal(6, 2), Decimal("9999.99")),
        (decimal(50, 10), Decimal("-1234567890123456789012345678901234567890.0123456789")),
        (decimal(6, 2), Decimal("-327.68")),
        (decimal(6, 2), Decimal("0.00")),
        (DATE, -719162),
        (TIME, 86399999),
        (BIGINT, -(1 << 63)),
    ],
)
def test_round_trip(type_: SqlType, value: Any) -> None:
    """Nested values come back."""
    columns = [Column("V", type_)]
    data = get("PROTOBUF_NOSR").encoder(columns, VALUE, None)([value])
    assert get("PROTOBUF_NOSR").decoder(columns, VALUE, None)(data) == [value]


def test_nulls_inside() -> None:
    """A NULL in a map is its default, a NULL in a list cannot be written."""
    columns = [Column("M", map_of(STRING, INTEGER))]
    data = get("PROTOBUF_NOSR").encoder(columns, VALUE, None)([{"b": None}])
    assert get("PROTOBUF_NOSR").decoder(columns, VALUE, None)(data) == [{"b": 0}]
    with pytest.raises(RecordError, match="a list has a NULL element"):
        get("PROTOBUF_NOSR").encoder([Column("A", array(INTEGER))], VALUE, None)([[1, None]])


@pytest.mark.parametrize("days", [(1 << 31) - 1, -719_163])
def test_days_that_protobuf_cannot_hold(days: int) -> None:
    """The year of a google.type.Date is 1 to 9999."""
    with pytest.raises(RecordError, match=f"the DATE {days} days after 1970-01-01 is outside the years 1 to 9999"):
        get("PROTOBUF_NOSR").encoder([Column("D", DATE)], VALUE, None)([days])


@pytest.mark.parametrize("how", ["OPTIONAL", "WRAPPER"])
def test_nullable_scalars(store: SchemaStore, how: str) -> None:
    """With the property, scalars keep their NULLs, and 0 stays 0."""
    options = FormatOptions(topic="t", properties={NULLABLE: how})
    columns = [Column("I", INTEGER), Column("S", STRING)]
    encode = get("PROTOBUF").encoder(columns, options, store)
    decode = get("PROTOBUF").decoder(columns, options, store)
    assert [decode(encode(row)) for row in ([None, None], [0, ""], [1, "x"])] == [[None, None], [0, ""], [1, "x"]]
    latest = store.latest("t-value")
    assert latest is not None
    assert get("PROTOBUF").infer(latest, options) == columns


def test_other_writers(store: SchemaStore) -> None:
    """Real maps, enums, oneofs, narrow and odd numbers, names in any case, missing fields; STRING takes any scalar."""
    text = """syntax = "proto3"; package acme;
        enum Color { RED = 0; GREEN = 1; }
        message Event { uint32 a = 1; float b = 2; map<string, sint64> m = 3; Color c = 4;
            oneof o { string x = 5; int32 y = 6; } bool t = 7; }"""
    found = store.register("t-value", "PROTOBUF", text)
    columns = [
        Column("A", BIGINT), Column("B", DOUBLE), Column("M", map_of(STRING, BIGINT)), Column("C", STRING), Column("X", STRING),
        Column("Y", INTEGER), Column("T", STRING), Column("ZZ", INTEGER),
    ]  # fmt: skip
    data = bytes.fromhex("0802" + "150000c03f" + "1a050a016b1003" + "2001" + "3005")
    decode = get("PROTOBUF").decoder(columns, VALUE, store)
    assert decode(b"\0" + found.to_bytes(4, "big") + b"\0" + data) == [2, 1.5, {"k": -2}, "GREEN", None, 5, "false", None]
    assert get("PROTOBUF").infer(store.by_id(found), VALUE) == [
        *columns[:6], Column("T", BOOLEAN),
    ]  # fmt: skip


def test_other_messages(store: SchemaStore) -> None:
    """The indexes on the wire choose the message, nested ones too; a full name chooses it for columns and writing."""
    text = """syntax = "proto3"; message One { int32 a = 1; message In { string s = 1; } }
        message Two { int64 b = 1; In2 i = 2; message In2 {} }"""
    found = store.register("t-value", "PROTOBUF", text)
    head = b"\0" + found.to_bytes(4, "big")
    decode = get("PROTOBUF").decoder([Column("S", STRING), Column("B", BIGINT)], VALUE, store)
    assert decode(head + bytes.fromhex("040000" + "0a0178")) == ["x", None]
    assert decode(head + bytes.fromhex("0202" + "0805")) == [None, 5]
    with pytest.raises(RecordError, match=r"no message at \[7\]"):
        decode(head + bytes.fromhex("020e" + "0805"))
    named = FormatOptions(topic="t", schema_id=found, full_schema_name="Two")
    assert get("PROTOBUF").encoder([Column("b", BIGINT)], named, store)([5]) == head + bytes.fromhex("0202" + "0805")
    with pytest.raises(RegistryError, match="has no message Three; it has One, Two"):
        get("PROTOBUF").infer(store.by_id(found), FormatOptions(full_schema_name="Three"))


@pytest.mark.parametrize(
    ("columns", "data", "reason"),
    [
        ([Column("A", INTEGER)], b"\xff", "expected a message ConnectDefault1"),
        ([Column("A", STRING)], b"\x0a\x02\xff\xfe", "expected a message ConnectDefault1"),
        ([Column("D", DATE)], bytes.fromhex("0a0408011063"), r"^\$\.D: expected DATE, got 1-99-0$"),
        (
            [Column("T", TIMESTAMP)],
            bytes.fromhex("0a0a08ffffffffffffffff7f"),
            r"^\$\.T: expected TIMESTAMP, got 9223372036854775807 seconds$",
        ),
        ([Column("T", TIME)], bytes.fromhex("0a020819"), r"^\$\.T: expected TIME, got 25:0:0 and 0 ns$"),
        ([Column("V", decimal(3, 2))], bytes.fromhex("0a060a0203e81802"), r"^\$\.V: 10\.00 does not fit DECIMAL\(3, 2\)"),
    ],
)
def test_broken_data(columns: list[Column], data: bytes, reason: str) -> None:
    """What is no message, or holds no such value, is a record's error."""
    with pytest.raises(RecordError, match=reason):
        get("PROTOBUF_NOSR").decoder(columns, VALUE, None)(data)


def test_types_that_do_not_fit(store: SchemaStore) -> None:
    """A field of another type fails the record, with its path."""
    found = store.register("t-value", "PROTOBUF", 'syntax = "proto3"; message M { In s = 1; message In { int64 v = 1; } }')
    decode = get("PROTOBUF").decoder([Column("S", struct([("V", INTEGER)]))], VALUE, store)
    with pytest.raises(RecordError, match=r"^\$\.S\.V: expected INTEGER, got field v of another type$"):
        decode(b"\0" + found.to_bytes(4, "big") + bytes.fromhex("000a020805"))


def test_inference() -> None:
    """Every scalar, wrappers, known messages without an import, and pinned schemas keeping case."""
    assert infer("message M { uint32 a = 1; sint32 b = 2; fixed64 c = 3; float d = 4; bytes e = 5; repeated string f = 6; }") == [
        Column("A", BIGINT), Column("B", INTEGER), Column("C", BIGINT), Column("D", DOUBLE), Column("E", BYTES), Column("F", array(STRING)),
    ]  # fmt: skip
    wrapped = 'import "google/protobuf/wrappers.proto"; message M { google.protobuf.Int64Value a = 1; google.protobuf.Timestamp b = 2; }'
    assert infer(wrapped) == [Column("A", BIGINT), Column("B", TIMESTAMP)]
    assert infer("message M { int32 a = 1; }", FormatOptions(schema_id=1)) == [Column("a", INTEGER)]
    with pytest.raises(BindError, match="a message inside itself"):
        infer("message M { M m = 1; }")


def test_imports() -> None:
    """A schema may use messages of its references; one that is not there is named."""
    text = 'syntax = "proto3"; import "event.proto"; message Log { Event event = 1; }'
    schema = RegisteredSchema(10, "PROTOBUF", text, imports=(("event.proto", 'syntax = "proto3"; message Event { int64 at = 1; }'),))
    assert get("PROTOBUF").infer(schema, FormatOptions(schema_id=10)) == [Column("event", struct([("at", BIGINT)]))]
    with pytest.raises(RegistryError, match=r"it imports event\.proto, which is not among its references"):
        get("PROTOBUF").infer(RegisteredSchema(10, "PROTOBUF", text), VALUE)


@pytest.mark.parametrize(
    ("type_", "name", "reason"),
    [(array(array(INTEGER)), "V", r"V is ARRAY<ARRAY<INTEGER>>"), (INTEGER, "a b", "illegal field name a b")],
)
def test_refused_columns(type_: SqlType, name: str, reason: str) -> None:
    """Lists in lists and names with blanks have no protobuf form."""
    with pytest.raises(BindError, match=reason):
        get("PROTOBUF").check([Column(name, type_)], VALUE)


def test_proto_text() -> None:
    """The whole syntax: comments, options, reserved, services, extensions, enums with options, groups of strings."""
    proto = parse_proto(
        """// a comment
        syntax = "proto2"; package a.b; import public "x.proto"; option java_package = "p";
        /* another { } */ message M { option deprecated = true; reserved 4, 6 to 8; extensions 100 to 199;
          required string s = 1 [default = "a;b", deprecated = true]; optional E e = 2; map<string, M> m = 3;
          enum E { option allow_alias = true; A = 0; B = 0 [deprecated = true]; reserved 9; } }
        service S { rpc Get (M) returns (M) { option x = "}"; } } extend M { optional int32 z = 100; }"""
    )
    assert (proto.syntax, proto.package, proto.imports) == ("proto2", "a.b", ["x.proto"])
    message = proto.messages[0]
    assert [(f.label, f.key_type, f.type, f.name, f.number) for f in message.fields] == [
        ("required", "", "string", "s", 1),
        ("optional", "", "E", "e", 2),
        ("", "string", "M", "m", 3),
    ]
    assert (message.enums[0].values, message.enums[0].alias) == ([("A", 0), ("B", 0)], True)


@pytest.mark.parametrize("text", ["", "message {", "message M { int32 a; }", "message M { int32 a = x; }", "what is this"])
def test_proto_text_refused(text: str) -> None:
    """A text that is no .proto says where it is not."""
    with pytest.raises(ValueError, match=r"expected|ends in"):
        parse_proto(text)


def test_a_full_name_is_a_package_and_a_message() -> None:
    """``io.test.value`` names the message ``value`` in the package ``io.test``, as in other systems."""
    options = FormatOptions(topic="t", full_schema_name="io.test.value")
    text = schema_text([Column("A", INTEGER)], options)
    assert text.startswith('syntax = "proto3";\npackage io.test;\n\nmessage value {\n')
