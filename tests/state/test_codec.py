"""Rows and keys survive their stored form, and keys keep their order."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millstream.errors import StateError
from millstream.state import KeyCodec, RowCodec
from millstream.types import (
    BIGINT,
    BOOLEAN,
    BYTES,
    DATE,
    DOUBLE,
    INTEGER,
    STRING,
    TIMESTAMP,
    array,
    decimal,
    map_of,
    struct,
)

NESTED = struct([("A b", BYTES), ("c", array(map_of(STRING, decimal(9, 3))))])
COLUMNS = [BOOLEAN, INTEGER, BIGINT, DOUBLE, decimal(5, 2), STRING, BYTES, DATE, TIMESTAMP, NESTED]

integers = st.integers(-(1 << 63), (1 << 63) - 1)
decimals = st.integers(-99_999, 99_999).map(lambda n: Decimal(n).scaleb(-2))
text = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=6)


def test_a_row_of_every_type_comes_back() -> None:
    """DECIMAL keeps its scale, a STRUCT its field order; NULL anywhere."""
    nested = {"A b": b"\0\xff", "c": [{"x": Decimal("1.000"), "y": None}, None]}
    row = (True, -5, 1 << 62, math.inf, Decimal("-1.10"), "ü\0", b"\xff", 19_000, 1_700_000_000_000, nested)
    codec = RowCodec(COLUMNS)
    back = codec.decode(codec.encode(row))
    assert back == row
    assert [type(v) for v in back] == [type(v) for v in row]
    assert str(back[4]) == "-1.10"
    assert list(back[9]) == ["A b", "c"]
    nothing = (None,) * len(COLUMNS)
    assert codec.decode(codec.encode(nothing)) == nothing


def test_nan_and_huge_integers_are_kept() -> None:
    """A sum may leave 64 bits before it is wrapped; NaN is a DOUBLE."""
    codec = RowCodec([BIGINT, DOUBLE, list[int]])
    huge, nan, some = codec.decode(codec.encode((1 << 200, math.nan, [1, -(1 << 90)])))
    assert (huge, some) == (1 << 200, [1, -(1 << 90)])
    assert math.isnan(nan)
    gone, kept = codec.encode_all([None, (1 << 70, 0.5, [])])
    assert gone is None
    assert kept is not None
    assert codec.decode(kept) == (1 << 70, 0.5, [])


def test_bytes_that_are_not_a_row_are_refused() -> None:
    """Of these columns, that is."""
    with pytest.raises(StateError, match="does not fit its columns"):
        RowCodec([INTEGER]).decode(RowCodec([STRING]).encode(("x",)))
    with pytest.raises(StateError, match="cannot be stored"):
        RowCodec([STRING]).encode((object(),))


@given(st.data())
def test_keys_come_back_and_sort_as_their_values(data: st.DataObject) -> None:
    """Column after column, NULL first."""
    kinds: dict[Any, Any] = {STRING: text, BYTES: st.binary(max_size=5), BIGINT: integers, BOOLEAN: st.booleans()}
    kinds[DOUBLE] = st.floats(allow_nan=False).map(lambda f: f + 0.0)
    kinds[decimal(5, 2)] = decimals
    columns = data.draw(st.lists(st.sampled_from(list(kinds)), min_size=1, max_size=3))
    one = st.tuples(*(st.none() | kinds[c] for c in columns))
    codec = KeyCodec(columns)
    keys = data.draw(st.lists(one, min_size=2, max_size=6))
    for key in keys:
        assert codec.decode(codec.encode(key)) == key

    def order(key: tuple[Any, ...]) -> Any:
        # UTF-8 sorts as code points do, which is how Python compares.
        return [(v is not None, v if v is not None else 0) for v in key]

    assert [order(k) for k in sorted(keys, key=codec.encode)] == [order(k) for k in sorted(keys, key=order)]


@given(st.tuples(text, st.binary(max_size=4)), st.tuples(text, st.binary(max_size=4)))
def test_no_key_begins_another(one: tuple[str, bytes], other: tuple[str, bytes]) -> None:
    """So that what is written behind a key stays with it."""
    codec = KeyCodec([STRING, BYTES])
    assert one == other or not codec.encode(one).startswith(codec.encode(other))


def test_scalar_keys_prefixes_and_limits() -> None:
    """A key of one column may be bare; a prefix finds the keys that share their first columns."""
    codec = KeyCodec([BIGINT], scalar=True)
    assert codec.decode(codec.encode(-7)) == -7
    assert KeyCodec([STRING, BIGINT]).encode(("a", 1)).startswith(KeyCodec([STRING, BIGINT]).prefix(["a"]))
    with pytest.raises(StateError, match="outside its type's range"):
        codec.encode(1 << 70)
    nested = KeyCodec([array(STRING), decimal(40, 2)])
    assert nested.decode(nested.encode((["a\0", None], Decimal("1.10")))) == (["a\0", None], Decimal("1.10"))
