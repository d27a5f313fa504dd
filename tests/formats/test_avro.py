"""AVRO: framed Avro, schemas as ksqlDB registers and infers them, records read with their writer's schema."""

import json
from decimal import Decimal
from typing import Any

import pytest

from millstream.errors import BindError, RecordError
from millstream.formats import get
from millstream.formats.base import FormatOptions, RegisteredSchema
from millstream.formats.registry.model import Reference, Schema
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
BARE = FormatOptions(topic="t", unwrapped=True)


@pytest.fixture
def store() -> SchemaStore:
    return SchemaStore(MemoryLog())


def record(*fields: tuple[str, Any]) -> dict[str, Any]:
    return {"type": "record", "name": "R", "fields": [{"name": n, "type": t} for n, t in fields]}


def written(store: SchemaStore, schema: Any, value: Any) -> bytes:
    """A record as another program writes it: fastavro with a schema of its own."""
    import io

    import fastavro

    store.set_level("NONE")
    found = store.register("t-value", "AVRO", json.dumps(schema))
    out = io.BytesIO(b"\0" + found.to_bytes(4, "big"))
    out.seek(5)
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
    return out.getvalue()


def test_as_ksqldb(store: SchemaStore) -> None:
    """The registered text, the bytes written and the columns inferred are those of a real ksqlDB."""
    encode = get("AVRO").encoder(captured.COLUMNS, VALUE, store)
    latest = store.latest("t-value")
    assert latest is not None
    assert latest.text == captured.AVRO_SCHEMA
    assert [encode(captured.ROW), encode(captured.NULLS), encode(None)] == [captured.AVRO_ROW, captured.AVRO_NULLS, None]
    decode = get("AVRO").decoder(captured.COLUMNS, VALUE, store)
    assert [decode(captured.AVRO_ROW), decode(captured.AVRO_NULLS), decode(None)] == [captured.ROW, captured.NULLS, None]
    assert get("AVRO").infer(latest, VALUE) == captured.COLUMNS


def test_keys(store: SchemaStore) -> None:
    """One key column is bare, several are a record named after the topic."""
    two = [Column("K1", INTEGER, Role.KEY), Column("K2", STRING, Role.KEY)]
    options = FormatOptions(topic="k_avro", is_key=True)
    assert get("AVRO").encoder(two, options, store)([1, "x"]) == bytes.fromhex("0000000001" + "0202020278")
    latest = store.latest("k_avro-key")
    assert latest is not None
    assert json.loads(latest.text)["connect.name"] == "io.confluent.ksql.avro_schemas.KAvroKey"
    one = FormatOptions(topic="k_avro1", is_key=True, unwrapped=True)
    assert get("AVRO").encoder(two[:1], one, store)([1]) == bytes.fromhex("000000000202")
    assert store.by_id(2).text == '"int"'
    assert get("AVRO").infer(store.by_id(2), one) == [Column("ROWKEY", INTEGER, Role.KEY)]
    assert get("AVRO").encoder(two[:1], one, store)([None]) is None


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (array(STRING), ["a", None]),
        (map_of(INTEGER, array(DOUBLE)), {1: [1.5], 2: None}),
        (struct([("P", INTEGER), ("Q", map_of(STRING, decimal(4, 1)))]), {"P": None, "Q": {"a": Decimal("1.5"), "b": None}}),
        (array(struct([("P", array(array(TIMESTAMP)))])), [{"P": [[0, -1]]}, None]),
        (decimal(6, 2), Decimal("-1.50")),
        (DATE, -1),
        (BYTES, b"\xff"),
    ],
)
def test_round_trip(store: SchemaStore, type_: SqlType, value: Any) -> None:
    """Nested and bare values come back, and the schema says the type."""
    for options in (BARE, FormatOptions(topic="w")):
        columns = [Column("ROWVAL" if options.unwrapped else "V", type_)]
        data = get("AVRO").encoder(columns, options, store)([value])
        assert get("AVRO").decoder(columns, options, store)(data) == [value]
        latest = store.latest(options.subject)
        assert latest is not None
        assert get("AVRO").infer(latest, options) == columns


def test_other_writers(store: SchemaStore) -> None:
    """Names in any case, plain maps, no nulls, missing and further fields, widening, and each record by its own schema."""
    columns = [Column("A", BIGINT), Column("B", DOUBLE), Column("C", STRING), Column("M", map_of(STRING, BIGINT)), Column("N", BOOLEAN)]
    decode = get("AVRO").decoder(columns, VALUE, store)
    schema = record(("a", "int"), ("b", "float"), ("C", "double"), ("m", {"type": "map", "values": "int"}), ("x", "string"))
    assert decode(written(store, schema, {"a": 1, "b": 1.5, "C": 1e10, "m": {"k": 2}, "x": "?"})) == [1, 1.5, "1.0E10", {"k": 2}, None]
    assert decode(written(store, record(("C", "int"), ("c", "string")), {"C": 7, "c": "no"})) == [None, None, "7", None, None]


@pytest.mark.parametrize(("kind", "value"), [("long", 5), ("string", "5"), ("boolean", True)])
def test_types_that_do_not_fit(store: SchemaStore, kind: str, value: Any) -> None:
    """Nothing is narrowed: the record is dropped with path and types."""
    decode = get("AVRO").decoder([Column("S", struct([("V", INTEGER)]))], VALUE, store)
    schema = record(("S", {**record(("V", kind)), "name": "Inner"}))
    with pytest.raises(RecordError, match=rf"^\$\.S\.V: expected INTEGER, got Avro {kind}$"):
        decode(written(store, schema, {"S": {"V": value}}))


@pytest.mark.parametrize("data", [b"", b"{}", bytes.fromhex("0000000001"), bytes.fromhex("00000000010641")])
def test_broken_data(store: SchemaStore, data: bytes) -> None:
    """What is not Avro of the schema is a record's error."""
    store.register("t-value", "AVRO", json.dumps(record(("a", "string"))))
    with pytest.raises(RecordError, match="expected"):
        get("AVRO").decoder([Column("A", STRING)], VALUE, store)(data)


def test_pinned_schema(store: SchemaStore) -> None:
    """With a schema id records are written with that schema; what it cannot hold is a record's error."""
    schema = {"type": "record", "name": "R", "fields": [{"name": "opt", "type": "string", "default": "foo"}, {"name": "a", "type": "int"}]}
    found = store.register("other", "AVRO", json.dumps(schema))
    options = FormatOptions(topic="t", schema_id=found)
    encode = get("AVRO").encoder([Column("a", INTEGER)], options, store)
    data = encode([5])
    assert get("AVRO").decoder([Column("OPT", STRING), Column("A", INTEGER)], VALUE, store)(data) == ["foo", 5]
    assert get("AVRO").infer(store.by_id(found), options) == [Column("opt", STRING), Column("a", INTEGER)]
    with pytest.raises(RecordError, match="cannot be written with Avro schema 1: a field without a default is NULL"):
        encode([None])


def test_a_default_stands_for_null(store: SchemaStore) -> None:
    """As Connect reads its structs: inside them, and where NULL would be allowed too."""
    inner = {"type": "record", "name": "In", "fields": [{"name": "N", "type": "long", "default": 10}, {"name": "S", "type": "string"}]}
    optional = {"name": "O", "type": ["int", "null"], "default": 7}
    found = store.register("other", "AVRO", json.dumps({"type": "record", "name": "R", "fields": [{"name": "I", "type": inner}, optional]}))
    columns = [Column("I", struct([("N", BIGINT), ("S", STRING)])), Column("O", INTEGER)]
    options = FormatOptions(topic="t", schema_id=found)
    data = get("AVRO").encoder(columns, options, store)([{"N": None, "S": "x"}, None])
    assert get("AVRO").decoder(columns, options, store)(data) == [{"N": 10, "S": "x"}, 7]


def test_imports(store: SchemaStore) -> None:
    """A schema may use records of another."""
    store.add("in", Schema("AVRO", json.dumps({**record(("x", "int")), "name": "In"})))
    found = store.add("t-value", Schema("AVRO", json.dumps(record(("i", ["null", "In"]))), (Reference("In", "in", 1),)))
    columns = get("AVRO").infer(store.by_id(found.id), VALUE)
    assert columns == [Column("I", struct([("X", INTEGER)]))]
    assert get("AVRO").decoder(columns, VALUE, store)(b"\0" + found.id.to_bytes(4, "big") + b"\x02\x0a") == [{"X": 5}]


def test_names(store: SchemaStore) -> None:
    """Field names must be Avro names; so must the full schema name, which is then used."""
    with pytest.raises(BindError, match="Illegal initial character: 1x"):
        get("AVRO").check([Column("1x", INTEGER)], VALUE)
    with pytest.raises(BindError, match=r"Illegal character in: a\.b"):
        get("AVRO").check([Column("V", struct([("a.b", INTEGER)]))], VALUE)
    with pytest.raises(BindError, match="fullSchemaName cannot be empty"):
        get("AVRO").check([], FormatOptions(full_schema_name=" "))
    get("AVRO").register([Column("V", struct([("A", INTEGER)]))], FormatOptions(topic="t", full_schema_name="com.acme.Order"), store)
    assert '"name":"Order","namespace":"com.acme"' in store.by_id(1).text
    assert '"connect.name":"com.acme.Order_V"' in store.by_id(1).text


@pytest.mark.parametrize(
    ("schema", "what"),
    [
        (record(("a", "null")), r"\.a is of type null"),
        ({"type": "record", "name": "R", "fields": [{"name": "r", "type": ["null", "R"]}]}, "a R inside itself"),
    ],
)
def test_no_columns(schema: Any, what: str) -> None:
    """What has no SQL type is named."""
    with pytest.raises(BindError, match=what):
        get("AVRO").infer(RegisteredSchema(1, "AVRO", json.dumps(schema)), VALUE)


UNION = ["null", "int", "string", {"type": "record", "name": "x.In", "fields": [{"name": "n", "type": "double"}]}, "bytes"]


def test_a_union_of_several_types_is_a_struct(store: SchemaStore) -> None:
    """As Connect has it: a field for each type, of which one is not NULL."""
    rows = [written(store, record(("u", UNION)), {"u": v}) for v in (5, "a", {"n": 1.5}, b"b", None)]
    latest = store.latest("t-value")
    assert latest is not None
    columns = get("AVRO").infer(latest, VALUE)
    assert columns == [Column("U", struct([("INT", INTEGER), ("STRING", STRING), ("IN", struct([("N", DOUBLE)])), ("BYTES", BYTES)]))]
    nothing = {"INT": None, "STRING": None, "IN": None, "BYTES": None}
    decode = get("AVRO").decoder(columns, VALUE, store)
    shown = [{**nothing, "INT": 5}, {**nothing, "STRING": "a"}, {**nothing, "IN": {"N": 1.5}}, {**nothing, "BYTES": b"b"}, None]
    assert [decode(row) for row in rows] == [[u] for u in shown]
    encode = get("AVRO").encoder(columns, FormatOptions(topic="t", schema_id=latest.id), store)
    assert [encode([u]) for u in shown] == rows


def test_a_column_may_take_a_part_of_a_union(store: SchemaStore) -> None:
    """What is of another type then is a STRUCT of NULLs; a column that is no STRUCT takes none."""
    data = written(store, record(("u", ["int", "string"])), {"u": "a"})
    assert get("AVRO").decoder([Column("U", struct([("INT", INTEGER)]))], VALUE, store)(data) == [{"INT": None}]
    with pytest.raises(RecordError, match="expected STRING, got an Avro union of several types"):
        get("AVRO").decoder([Column("U", STRING)], VALUE, store)(data)


def test_unions_are_read_in_schemas_that_are_not_compiled(store: SchemaStore) -> None:
    """Those of records inside themselves: the first type that the value can be of."""
    schema = record(("u", ["null", "long", "string"]), ("r", ["null", "R"]))
    data = written(store, schema, {"u": "a", "r": {"u": 7, "r": None}})
    columns = [Column("U", struct([("LONG", BIGINT), ("STRING", STRING)]))]
    assert get("AVRO").decoder(columns, VALUE, store)(data) == [{"LONG": None, "STRING": "a"}]
