"""Converters write what Kafka's write, and read back what they wrote."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from millstream.worker.converters.base import Converter, decode_all
from millstream.worker.errors import DataError
from millstream.worker.plugins import Plugins
from millstream.worker.schema import ConnectSchema, Field, date, decimal, struct, time, timestamp
from tests.worker.conftest import ListedRegistry

SCHEMA = struct(
    "n.row",
    [
        ("i", ConnectSchema("int16")), ("l", ConnectSchema("int64", True)), ("f", ConnectSchema("float64", True)),
        ("s", ConnectSchema("string", True)),
        ("b", ConnectSchema("bytes", True)), ("ok", ConnectSchema("boolean")),
        ("dec", decimal(2, 10, optional=True)), ("d", date(optional=True)),
        ("t", time(optional=True)), ("ts", timestamp()), ("list", ConnectSchema("array", element=ConnectSchema("int32", True))),
        ("map", ConnectSchema("map", key=ConnectSchema("string"), element=ConnectSchema("string"))),
        ("sub", struct("n.sub", [("x", ConnectSchema("float64", True))], optional=True)),
    ],
)  # fmt: skip
VALUE: dict[str, Any] = {
    "i": -3, "l": 1 << 53, "f": 1.5, "s": "ä", "b": b"\x00\xff", "ok": True, "dec": Decimal("-12.30"), "d": 19782, "t": 5, "ts": -1,
    "list": [1, None], "map": {"k": "v"}, "sub": {"x": 2.5},
}  # fmt: skip
EMPTY = {**dict.fromkeys(VALUE), "i": 0, "ok": False, "ts": 0, "list": [], "map": {}}


def made(name: str | None, is_key: bool = False, **settings: str) -> Converter:
    own = {k.replace("__", "."): v for k, v in settings.items()}
    return Plugins().converter(name, own, is_key=is_key, registry=ListedRegistry())


@pytest.mark.parametrize("name", ["JsonConverter", "JsonSchemaConverter", "AvroConverter", "avro", None])
def test_values_read_back_with_their_schema(name: str | None) -> None:
    """Every type, and nulls: the same value and an equal schema (texts, numbers and marks all survive)."""
    converter = made(name)
    for value, data in zip((VALUE, EMPTY, None), converter.encode("t", SCHEMA, [VALUE, EMPTY, None]), strict=True):
        schema, read = converter.decode("t", data, ())
        assert read == value
        if value is not None:
            assert schema is not None
            assert [_plain(f) for f in schema.fields] == [_plain(f) for f in SCHEMA.fields]


def _plain(field: Field) -> tuple[Any, ...]:
    """What all formats keep of a field."""
    schema = field.schema
    return field.name, schema.type, schema.optional, schema.name, schema.parameter("scale")


def test_decimal_formats() -> None:
    """Base64 of the unscaled bytes by default, numbers if asked for; more digits than the schema has are refused."""
    schema = struct(None, [("x", decimal(2))])
    plain = {"schemas__enable": "false"}
    assert made("JsonConverter", **plain).encode("t", schema, [{"x": Decimal("123.45")}]) == [b'{"x":"MDk="}']
    assert made("JsonConverter", decimal__format="numeric", **plain).encode("t", schema, [{"x": Decimal("123.40")}]) == [b'{"x":123.40}']
    with pytest.raises(DataError, match="has more than the 2 digits after the point"):
        made("JsonConverter").encode("t", schema, [{"x": Decimal("1.234")}])


@pytest.mark.parametrize("name", ["JsonConverter", "JsonSchemaConverter", "AvroConverter", None])
@pytest.mark.parametrize("form", ["BASE64", "NUMERIC"])
def test_long_decimals_keep_all_their_digits(name: str | None, form: str) -> None:
    """More than the 28 digits that Python's arithmetic keeps unless told otherwise, in and out."""
    schema = struct("n", [("x", decimal(10, 50))])
    value = {"x": Decimal("-1234567890123456789012345678901234567890.0123456789")}
    converter = made(name, **({"decimal__format": form} if name and name != "AvroConverter" else {}))
    (data,) = converter.encode("t", schema, [value])
    assert converter.decode("t", data, ())[1] == value


def test_numbers_json_has_no_words_for() -> None:
    """NaN and the infinities are texts, as Kafka writes them."""
    schema = struct(None, [("x", ConnectSchema("float64"))])
    converter = made("JsonConverter", schemas__enable="false")
    assert converter.encode("t", schema, [{"x": math.nan}, {"x": -math.inf}]) == [b'{"x":"NaN"}', b'{"x":"-Infinity"}']


def test_plain_json_is_refused_where_a_schema_is_expected() -> None:
    """With Kafka's own words, which people search for."""
    with pytest.raises(DataError, match=r'JsonConverter with schemas\.enable requires "schema" and "payload" fields'):
        made("JsonConverter").decode("t", b'{"a":1}', ())


@pytest.mark.parametrize(
    ("name", "value", "data"),
    [
        ("StringConverter", "x", b"x"), ("IntegerConverter", 7, b"\0\0\0\7"),
        ("LongConverter", -1, b"\xff" * 8), ("ShortConverter", 1, b"\0\1"),
        ("DoubleConverter", 1.0, b"\x3f\xf0" + b"\0" * 6), ("BooleanConverter", True, b"\1"), ("ByteArrayConverter", b"z", b"z"),
        ("org.apache.kafka.connect.converters.FLOATConverter", 1.0, b"\x3f\x80\0\0"),
    ],
)  # fmt: skip
def test_single_values(name: str, value: Any, data: bytes) -> None:
    """Kafka's serializers, names in any case."""
    converter = made(name)
    assert converter.encode("t", None, [value, None]) == [data, None]
    assert converter.decode("t", data, ())[1] == value


def test_a_number_of_the_wrong_length_is_refused() -> None:
    """An INT is 4 bytes."""
    with pytest.raises(DataError, match="Size of data received by IntegerConverter is not 4"):
        made("IntegerConverter").decode("t", b"12345", ())


@pytest.mark.parametrize(
    ("data", "value"),
    [(b"User_1", "User_1"), (b"\0\0\0\7", 7), (b"\0" * 7 + b"\x09", 9), (b'{"id":1}', {"id": 1}), (b"{no", "{no"), (b"\xff", b"\xff")],
)
def test_keys_without_a_converter_are_read_as_found(data: bytes, value: Any) -> None:
    """The worker's default: texts, numbers by their length, JSON objects, else bytes."""
    assert made(None, True).decode("t", data, ())[1] == value


def test_values_without_a_converter_are_read_as_found() -> None:
    """Plain JSON, and Connect's envelope."""
    assert made(None).decode("t", b'{"a":1}', ()) == (None, {"a": 1})
    envelope = msgspec.json.encode({"schema": {"type": "int32", "optional": False}, "payload": 5})
    assert made(None).decode("t", envelope, ()) == (ConnectSchema("int32"), 5)
    assert made(None).decode("t", b'{"schema":"x","more":1}', ())[1] == {"schema": "x", "more": 1}


def test_bad_settings_are_refused() -> None:
    """A converter says which setting is wrong."""
    with pytest.raises(ValueError, match=r"Invalid value maybe for configuration schemas\.enable"):
        made("JsonConverter", schemas__enable="maybe")
    with pytest.raises(ValueError, match="There is no converter Protobuff"):
        made("Protobuff")


def test_protobuf_reads_back_what_it_wrote() -> None:
    """Through the PROTOBUF format; proto3 has no NULL for scalars."""
    schema = struct(
        None, [("ID", ConnectSchema("int32")), ("NAME", ConnectSchema("string", True)), ("SCORE", ConnectSchema("float64", True))]
    )
    converter = made("ProtobufConverter")
    written = converter.encode("t", schema, [{"ID": 7, "NAME": "ada", "SCORE": 1.5}, None])
    read_schema, value = converter.decode("t", written[0], ())
    assert (value, written[1]) == ({"ID": 7, "NAME": "ada", "SCORE": 1.5}, None)
    assert read_schema is not None
    assert [(f.name, f.schema.type) for f in read_schema.fields] == [("ID", "int32"), ("NAME", "string"), ("SCORE", "float64")]


FLAT = struct(
    "flat",
    [
        *[("i", ConnectSchema("int32")), ("l", ConnectSchema("int64", True)), ("f", ConnectSchema("float64", True))],
        *[("s", ConnectSchema("string", True)), ("ok", ConnectSchema("boolean", True)), ("ts", timestamp(optional=True))],
    ],
)
ROWS: list[dict[str, Any]] = [
    {"i": 1, "l": 1 << 62, "f": 1.5, "s": "ä", "ok": True, "ts": -1},
    {"i": -(1 << 31), "l": None, "f": None, "s": None, "ok": None, "ts": None},
    {"i": 0, "l": 0, "f": 2.0, "s": "", "ok": False, "ts": 0},
]


@pytest.mark.parametrize("name", ["JsonSchemaConverter", None])
@pytest.mark.parametrize(
    "odd",
    [
        [],
        [{**ROWS[0], "f": math.inf}],
        [{**ROWS[0], "f": math.nan}],
        [{"ts": 1, "ok": True, "s": "x", "f": 1.0, "l": 1, "i": 1}],
        [{**ROWS[0], "f": 3}],
    ],
)
def test_a_batch_is_read_as_its_records_are(name: str | None, odd: list[dict[str, Any]]) -> None:
    """The quick way gives what the long way gives: also for numbers JSON has no word for, and fields in another order."""
    converter = made(name)
    data = converter.encode("t", FLAT, [*ROWS, *odd])
    batch = decode_all(converter, "t", data)
    singly = [converter.decode("t", d, ()) for d in data]
    assert batch is not None
    assert repr(batch[1]) == repr([v for _, v in singly])
    assert {id(s) for s, _ in singly} == {id(batch[0])}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: None,
        lambda d: b"\0\0\0\0\x07" + d[5:],
        lambda d: d[:-1],
        lambda d: d[:5] + b"7",
        lambda d: d.replace(b'"i":1', b'"i":"1"'),
        lambda d: d.replace(b'"i":1', b'"i":null'),
        lambda d: d.replace(b'"i":1,', b""),
        lambda d: b"",
    ],
)
def test_a_batch_with_a_bad_record_is_left_to_the_long_way(spoil: Any) -> None:
    """Which says of that record what is wrong; the others are good."""
    converter = made(None)
    data = converter.encode("t", FLAT, ROWS)
    assert decode_all(converter, "t", [*data, spoil(data[0])]) is None


def test_fields_that_are_missing_are_null_in_a_batch_too() -> None:
    converter = made(None)
    data = converter.encode("t", FLAT, ROWS)
    short = [data[0], (data[1] or b"")[:5] + b'{"i":5}']
    batch = decode_all(converter, "t", short)
    assert batch is not None
    assert batch[1] == [converter.decode("t", d, ())[1] for d in short]
    assert batch[1][1] == {**dict.fromkeys(ROWS[0]), "i": 5}


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("int64", [0, 1, 5, 1 << 24, (1 << 32) + 7, 0x7B, 0x0131_3233, -1, -(1 << 40)]),
        ("int32", [0, 1, 77, 0x3132_33, -5]),
        ("string", ["abcdefgh", "12345678"]),
        ("string", ["abcd", "1234"]),
        ("float64", [1.0, -2.5]),
    ],
)
def test_keys_of_one_batch_are_read_as_each_of_them_is(kind: str, values: list[Any]) -> None:
    """Numbers are told from texts and from JSON_SR by their bytes, a batch at a time or one by one."""
    converter = made(None, is_key=True)
    data = converter.encode("t", ConnectSchema(kind), values)
    singly = [converter.decode("t", d, ()) for d in data]
    batch = decode_all(converter, "t", data)
    if batch is not None:
        assert batch == (singly[0][0], [v for _, v in singly])
    if kind != "float64":
        assert [v for _, v in singly] == values


def test_a_number_as_key_does_not_ask_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first five bytes look like a schema's id."""
    converter = made(None, is_key=True)
    monkeypatch.setattr(ListedRegistry, "by_id", lambda *_: pytest.fail("asked"))
    assert [converter.decode("t", d, ())[1] for d in converter.encode("t", ConnectSchema("int64"), [1, 5000])] == [1, 5000]


@pytest.mark.parametrize("text", ['{"type":"object","properties":5}', '{"oneOf":5}', '{"type":"object","properties":{"a":7}}'])
def test_a_registered_schema_that_is_none_is_said_of_the_record(text: str) -> None:
    """A registry takes any object; the record is one that cannot be converted, and errors.tolerance holds for it."""
    registry = ListedRegistry()
    registry.register("s", "JSON", text)
    converter = Plugins().converter("JsonSchemaConverter", {}, is_key=False, registry=registry)
    with pytest.raises(DataError, match=r"JSON [Ss]chema"):
        converter.decode("t", b"\0\0\0\0\x01{}", ())
