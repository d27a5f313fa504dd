"""Each format's decoder and encoder, a record of five columns at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from bench.figures import Figure, median
from millstream import formats
from millstream.formats.base import FormatOptions
from millstream.formats.json.encode import struct_encoder
from millstream.formats.json.fast import fast_decoder
from millstream.formats.registry.cached import CachedRegistry
from millstream.formats.registry.store import SchemaStore
from millstream.log.memory import MemoryLog
from millstream.types import BIGINT, BOOLEAN, DOUBLE, STRING, Column, decimal

COLUMNS = (Column("ID", BIGINT), Column("NAME", STRING), Column("PRICE", DOUBLE), Column("OK", BOOLEAN), Column("TOTAL", decimal(10, 2)))
RATE = "rec/CPU-s"


def codecs(quick: bool) -> Iterator[Figure]:
    """JSON as the engine uses it, then every format by the contract of formats."""
    count = 20_000 if quick else 100_000
    rows = [[i, f"Name {i}", i / 8, i % 2 == 0, Decimal(i).scaleb(-2)] for i in range(count)]
    plain = COLUMNS[:2]
    struct, write = struct_encoder(plain)
    structs = [struct(*row[:2]) for row in rows]
    values = [write(s) for s in structs]
    yield Figure("JSON of two columns in the engine, decode", _rate(fast_decoder(plain).decode, values), RATE)
    yield Figure("JSON of two columns in the engine, encode", _rate(write, structs), RATE)
    registry = CachedRegistry(SchemaStore(MemoryLog()))
    for name in formats.names():
        form = formats.get(name)
        if name == "NONE":
            continue
        columns, given = (plain[:1], [r[:1] for r in rows]) if name == "KAFKA" else (COLUMNS, rows)
        options = FormatOptions(topic=f"codec-{name}", unwrapped=name == "KAFKA")
        encode, decode = form.encoder(columns, options, registry), form.decoder(columns, options, registry)
        data = [encode(row) for row in given]
        assert decode(data[7]) == given[7], (name, decode(data[7]), given[7])
        yield Figure(f"{name}, decode", _rate(decode, data), RATE)
        yield Figure(f"{name}, encode", _rate(encode, given), RATE)


def _rate(call: Callable[[Any], Any], given: list[Any]) -> float:
    rates = []
    for _ in range(5):
        started = time.process_time()
        for one in given:
            call(one)
        rates.append(len(given) / (time.process_time() - started))
    return median(rates)
