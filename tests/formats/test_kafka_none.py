"""KAFKA: Kafka's own serializers. NONE: no columns. And the look-up of formats by name."""

from typing import Any

import pytest

from millstream.errors import BindError, RecordError
from millstream.formats import get, names
from millstream.formats.base import FormatOptions
from millstream.formats.registry.store import SchemaStore
from millstream.log.memory import MemoryLog
from millstream.types import BIGINT, BOOLEAN, BYTES, DOUBLE, INTEGER, STRING, Column, SqlType


@pytest.mark.parametrize(
    ("type_", "value", "data"),
    [
        (INTEGER, 1, "00000001"),
        (BIGINT, -1, "ffffffffffffffff"),
        (DOUBLE, 1.5, "3ff8000000000000"),
        (STRING, "é", "c3a9"),
        (BYTES, b"\x00\xff", "00ff"),
    ],
)
def test_types(type_: SqlType, value: Any, data: str) -> None:
    """Big-endian numbers, UTF-8 texts."""
    columns = [Column("K", type_)]
    assert get("KAFKA").decoder(columns, FormatOptions(), None)(bytes.fromhex(data)) == [value]
    assert get("KAFKA").encoder(columns, FormatOptions(), None)([value]) == bytes.fromhex(data)


def test_nulls() -> None:
    """NULL is a null record; without columns nothing is written."""
    columns = [Column("K", INTEGER)]
    assert get("KAFKA").decoder(columns, FormatOptions(), None)(None) is None
    assert get("KAFKA").encoder(columns, FormatOptions(), None)([None]) is None
    assert get("KAFKA").encoder([], FormatOptions(), None)([]) is None


def test_wrong_size() -> None:
    """A number must have its type's size."""
    with pytest.raises(RecordError, match="K: expected 4 bytes for INTEGER, got 8"):
        get("KAFKA").decoder([Column("K", INTEGER)], FormatOptions(), None)(bytes(8))


def test_refused() -> None:
    """One column of one of five types."""
    with pytest.raises(BindError, match="The 'KAFKA' format does not support type 'BOOLEAN'"):
        get("KAFKA").check([Column("K", BOOLEAN)], FormatOptions())
    with pytest.raises(BindError, match=r"only supports a single field. Got: \[`A` INTEGER, `B` STRING\]"):
        get("KAFKA").check([Column("A", INTEGER), Column("B", STRING)], FormatOptions())


def test_none() -> None:
    """NONE takes no columns, reads any bytes as an empty row and writes null."""
    none = get("NONE")
    assert none.decoder([], FormatOptions(), None)(b"anything") == []
    assert none.encoder([], FormatOptions(), None)([]) is None
    with pytest.raises(BindError, match=r"can only be used when no columns are defined. Got: \[`K` STRING\]"):
        none.check([Column("K", STRING)], FormatOptions())


def test_unknown_format() -> None:
    """The error lists what there is."""
    with pytest.raises(BindError, match="Unknown format: XML") as error:
        get("XML")
    assert all(name in str(error.value) for name in names())


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("unwrapped", [False, True])
def test_no_columns(name: str, unwrapped: bool) -> None:
    """A relation without key columns reads any key as an empty row and writes null keys, in every format."""
    options, store = FormatOptions(topic="t", unwrapped=unwrapped), SchemaStore(MemoryLog())
    decode, encode = get(name).decoder([], options, store), get(name).encoder([], options, store)
    assert [decode(None), decode(b"anything"), encode([]), encode(None)] == [None, [], None, None]
    assert store.subjects() == []
