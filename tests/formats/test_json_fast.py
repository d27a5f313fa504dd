"""The fast JSON path gives the exact path's result, or steps aside. MILLSTREAM_FUZZ sets how many records are tried."""

import os
import random
from collections.abc import Callable
from typing import Any

import pytest

from millstream.errors import RecordError
from millstream.formats.json.decode import record_decoder
from millstream.formats.json.encode import record_encoder, struct_encoder
from millstream.formats.json.fast import FastDecoder, fast_decoder
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
    array,
    decimal,
    map_of,
    struct,
)

COLUMNS = [
    Column("I", INTEGER), Column("B", BIGINT), Column("D", DOUBLE), Column("BO", BOOLEAN), Column("DE", decimal(10, 2)),
    Column("S", STRING), Column("ARR", array(INTEGER)), Column("M", map_of(STRING, BIGINT)), Column("AD", array(DOUBLE)),
    Column("ST", struct([("X", INTEGER), ("Y", STRING)])), Column("TS", TIMESTAMP), Column("DT", DATE), Column("TM", TIME),
    Column("BYT", BYTES), Column("low", STRING),
]  # fmt: skip
RECORD = (
    '{"I":2,"B":3000000000,"D":1.5,"BO":true,"DE":12.34,"S":"a\\"b é","ARR":[1,null],"M":{"a":1},"AD":[1.5,-0.0],"ST":{"X":1,"Y":"z"},'
    '"TS":1577840523456,"DT":18262,"TM":3723000,"BYT":"YWJj","low":"x","other":[1,{"I":3}]}'
)
#: Pieces that a mutation puts in: every kind of value, in and out of range, and names that look like columns.
PIECES = [
    "null", "true", "false", "0", "-0", "-0.0", "1.5", "1e3", "1E400", "2147483648", "-2147483649", "9223372036854775808", "86400001",
    '"5"', '"5.5"', '"NaN"', '""', '"YQ"', '"YQ=="', "[]", "[1,2]", "{}", '{"x":1}', "12.345", "99999999999", '"i":7', '"I":8,',
    '"d":1,', '"Low":"y",', '"low"', '"\\u0041"', '"\\ud800"', ",", ":", "{", "}", "[", "]", " ", '"', "x", "\n", "é",
]  # fmt: skip


def attempt(function: Callable[[bytes], Any], data: bytes) -> Any:
    try:
        return function(data)
    except RecordError:
        return RecordError


def values(row: Any) -> list[Any]:
    return [getattr(row, f"c{i}") for i in range(len(COLUMNS))]


def mutate(rng: random.Random, text: str) -> str:
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(text) + 1)
        kind = rng.randrange(5)
        if kind == 0:  # a whole value or name goes
            end = min((text.find(c, at) for c in ",:}]" if text.find(c, at) >= 0), default=len(text))
            text = text[:at] + text[end:]
        elif kind == 1:  # a value is replaced
            start = text.find(":", at) + 1
            end = min((text.find(c, start) for c in ",}" if text.find(c, start) >= 0), default=start)
            text = text[:start] + rng.choice(PIECES) + text[end:]
        elif kind == 2:  # a member comes first
            text = text.replace("{", "{" + rng.choice(['"I":8,', '"i":9,', '"d":1,', '"s":"q",', '"Arr":[],', '"zz":1,']), 1)
        elif kind == 3:
            end = at + rng.randint(0, 3)
            part = text[at:end]
            text = text[:at] + rng.choice([part.upper(), part.lower(), rng.choice(PIECES)]) + text[end:]
        else:
            text = text[:at] + rng.choice(PIECES) + text[at:]
    return text


def taught() -> list[FastDecoder]:
    plain, lower, wide = fast_decoder(COLUMNS), fast_decoder(COLUMNS), fast_decoder(COLUMNS)
    assert lower.learn(RECORD.replace('"I"', '"i"').replace('"D"', '"d"').replace('"ARR"', '"Arr"').encode())
    assert wide.learn(RECORD.encode())
    assert wide.learn(b'{"zz": 1}')
    return [plain, lower, wide]


def test_fast_equals_exact() -> None:
    """On mutated records the fast path either raises or gives what the exact path gives, before and after it has learnt names."""
    rng = random.Random(os.environ.get("MILLSTREAM_SEED", "7"))
    exact = record_decoder(COLUMNS, unwrapped=False)
    decoders = taught()
    fast_ones = 0
    for _ in range(int(os.environ.get("MILLSTREAM_FUZZ", "1000000")) // len(decoders)):
        data = mutate(rng, RECORD).encode()
        expected = attempt(exact, data)
        for fast in decoders:
            try:
                row = fast.decode(data)
                fast_ones += 1
            except Exception:
                row = attempt(fast.exact, data)
            got = row if row in (None, RecordError) else values(row)
            assert repr(got) == repr(expected), data
    assert fast_ones > 100  # the mutations leave the fast path something to be wrong about


def test_typical_records_stay_fast() -> None:
    """A record with every column, in the declared or in a learnt spelling, does not need the exact path."""
    plain, lower, _ = taught()
    assert values(plain.decode(RECORD.encode()))[:3] == [2, 3000000000, 1.5]
    assert lower.decode(b'{"i": 1}').c0 == 1


@pytest.mark.parametrize("data", [b'{"i": 1, "I": 2}', b'{"I": 2, "i": 1}', b'{"i": 1, "Arr": [], "ARR": [1]}', b'{"i": 1, "aRR": [1]}'])
def test_second_spellings_are_exact(data: bytes) -> None:
    """A record with a name that the feed did not have leaves the fast path: it may be another spelling of a column."""
    _, lower, _ = taught()
    with pytest.raises(Exception, match="unknown field"):
        lower.decode(data)
    assert values(lower.exact(data)) == record_decoder(COLUMNS, unwrapped=False)(data)


def test_learning_refuses() -> None:
    """Two spellings of a column, no object, nothing new, or names without end: nothing is learnt."""
    fast = fast_decoder([Column("V", INTEGER)])
    assert not fast.learn(b'{"v": 1, "V": 2}')
    assert not fast.learn(b"[1]")
    assert not fast.learn(b"{")
    assert not fast.learn(("{" + ",".join(f'"n{i}":0' for i in range(300)) + "}").encode())
    assert fast.learn(b'{"v": 1}')
    assert not fast.learn(b'{"v": 2}')


def test_struct_encoder_equals_encoder() -> None:
    """The engine's encoder writes the bytes of the contract's."""
    row = record_decoder(COLUMNS, unwrapped=False)(RECORD.encode())
    assert row is not None
    class_, encode = struct_encoder(COLUMNS)
    assert encode(class_(*row)) == record_encoder(COLUMNS, unwrapped=False)(row)
