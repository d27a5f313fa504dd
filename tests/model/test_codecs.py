"""What a format writes, it reads back: random columns, random values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from millstream import formats
from millstream.errors import BindError
from millstream.formats.base import FormatOptions
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
    ArrayType,
    Column,
    DecimalType,
    MapType,
    SqlType,
    StructType,
    array,
    decimal,
    map_of,
    struct,
)
from tests.model.rig import examples

SCALARS = st.one_of(
    st.sampled_from([BOOLEAN, INTEGER, BIGINT, DOUBLE, STRING, BYTES, DATE, TIME, TIMESTAMP]),
    st.tuples(st.integers(1, 20), st.integers(0, 20)).map(lambda ps: decimal(max(ps), min(ps))),
)
TYPES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        inner.map(array),
        inner.map(lambda t: map_of(STRING, t)),
        st.lists(inner, min_size=1, max_size=3).map(lambda ts: struct((f"F{i}", t) for i, t in enumerate(ts))),
    ),
    max_leaves=5,
)
_PLAIN = {
    BOOLEAN: st.booleans(),
    INTEGER: st.integers(-(1 << 31), (1 << 31) - 1),
    BIGINT: st.integers(-(1 << 63), (1 << 63) - 1),
    DOUBLE: st.floats(allow_nan=False, allow_infinity=False),
    STRING: st.text(min_size=1),
    BYTES: st.binary(min_size=1),
    DATE: st.integers(-719162, 2932896),
    TIME: st.integers(0, 86_399_999),
    TIMESTAMP: st.integers(-62135596800000, 253402300799999),
}


def values(kind: SqlType, nulls: bool) -> st.SearchStrategy[Any]:
    """Values of a type; NULL among them, outside and inside, where the format keeps it."""
    found: st.SearchStrategy[Any]
    if isinstance(kind, ArrayType):
        found = st.lists(values(kind.element, nulls), max_size=3)
    elif isinstance(kind, MapType):
        found = st.dictionaries(st.text(min_size=1, max_size=4), values(kind.value, nulls), max_size=3)
    elif isinstance(kind, StructType):
        names = [f.name for f in kind.fields]
        found = st.tuples(*[values(f.type, nulls) for f in kind.fields]).map(lambda vs: dict(zip(names, vs, strict=True)))
    elif isinstance(kind, DecimalType):
        bound, scale = 10**kind.precision - 1, kind.scale
        found = st.integers(-bound, bound).map(lambda n: Decimal(n).scaleb(-scale))
    else:
        found = _PLAIN[kind]
    return st.one_of(found, st.none()) if nulls else found


def _exact(value: Any) -> str:
    """Tells 1 from True, 1.0 and Decimal(1), and 1.10 from 1.1."""
    return repr(value)


def _round_trip(name: str, kinds: list[SqlType], rows: list[list[Any]]) -> None:
    columns = [Column(f"C{i}", kind) for i, kind in enumerate(kinds)]
    form, options, registry = formats.get(name), FormatOptions(topic="t"), SchemaStore(MemoryLog())
    try:
        form.check(columns, options)
    except BindError:
        assume(False)
    encode, decode = form.encoder(columns, options, registry), form.decoder(columns, options, registry)
    for row in rows:
        assert _exact(decode(encode(row))) == _exact(row)
    if form.needs_registry:
        schema = registry.latest("t-value")
        assert schema is not None
        assert form.infer(schema, options) == columns


@pytest.mark.parametrize("name", ["JSON", "JSON_SR", "AVRO"])
@examples(120)
@given(data=st.data())
def test_with_nulls_everywhere(name: str, data: st.DataObject) -> None:
    """JSON and Avro keep every value and every NULL, and Avro and JSON_SR their columns in the registry."""
    kinds = data.draw(st.lists(TYPES, min_size=1, max_size=4))
    rows = data.draw(st.lists(st.tuples(*[values(k, nulls=True) for k in kinds]).map(list), min_size=1, max_size=4))
    _round_trip(name, kinds, rows)


@pytest.mark.parametrize("name", ["PROTOBUF", "PROTOBUF_NOSR"])
@examples(120)
@given(data=st.data())
def test_protobuf(name: str, data: st.DataObject) -> None:
    """Protobuf keeps values of what it can carry; a NULL scalar is its default there, so there are none here."""
    kinds = data.draw(st.lists(TYPES, min_size=1, max_size=4))
    rows = data.draw(st.lists(st.tuples(*[values(k, nulls=False) for k in kinds]).map(list), min_size=1, max_size=4))
    _round_trip(name, kinds, rows)


@examples(200)
@given(data=st.data())
def test_delimited(data: st.DataObject) -> None:
    """One line keeps scalars, whatever signs are in them; an empty text is NULL there, so there is none here."""
    kinds = data.draw(st.lists(SCALARS, min_size=2, max_size=5))
    rows = data.draw(st.lists(st.tuples(*[values(k, nulls=True) for k in kinds]).map(list), min_size=1, max_size=4))
    _round_trip("DELIMITED", kinds, rows)
