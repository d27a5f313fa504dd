"""Each format's decoder and encoder: a value of five columns at a time, and a key of one column or of two."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from bench.figures import Figure, median
from millstream import formats
from millstream.formats.base import FormatOptions, Registry
from millstream.formats.json.encode import struct_encoder
from millstream.formats.json.fast import fast_decoder
from millstream.formats.registry.cached import CachedRegistry
from millstream.formats.registry.store import SchemaStore
from millstream.log.memory import MemoryLog
from millstream.types import BIGINT, BOOLEAN, DOUBLE, STRING, Column, decimal

COLUMNS = (Column("ID", BIGINT), Column("NAME", STRING), Column("PRICE", DOUBLE), Column("OK", BOOLEAN), Column("TOTAL", decimal(10, 2)))
RATE = "rec/CPU-s"
#: Formats that no key can have.
NO_KEYS = ("CONNECT_JSON",)
RUNS = 3


def codecs(quick: bool) -> Iterator[Figure]:
    """JSON as the engine uses it, then every format by the contract of formats."""
    count = 5_000 if quick else 25_000
    rows = [[i, f"Name {i}", i / 8, i % 2 == 0, Decimal(i).scaleb(-2)] for i in range(count)]
    plain = COLUMNS[:2]
    struct, write = struct_encoder(plain)
    structs = [struct(*row[:2]) for row in rows]
    values = [write(s) for s in structs]
    yield Figure("JSON of two columns in the engine, decode", _rate(fast_decoder(plain).decode, values), RATE)
    yield Figure("JSON of two columns in the engine, encode", _rate(write, structs), RATE)
    registry = CachedRegistry(SchemaStore(MemoryLog()))
    for name in formats.names():
        if name == "NONE":
            continue
        width = 1 if name == "KAFKA" else len(COLUMNS)
        yield from _both(f"{name} value", name, COLUMNS[:width], rows, FormatOptions(topic=name, unwrapped=width == 1), registry)
        if name not in NO_KEYS:
            single = FormatOptions(topic=f"{name}-1", is_key=True, unwrapped=formats.get(name).can_unwrap)
            yield from _both(f"{name} key", name, COLUMNS[1:2], [r[1:2] for r in rows], single, registry)
        if name not in (*NO_KEYS, "KAFKA"):
            yield from _both(f"{name} key of two columns", name, plain, rows, FormatOptions(topic=f"{name}-2", is_key=True), registry)


def _both(
    label: str, name: str, columns: Sequence[Column], rows: list[list[Any]], options: FormatOptions, registry: Registry
) -> Iterator[Figure]:
    """Decoding and encoding; what is decoded is what was encoded."""
    form = formats.get(name)
    encode, decode = form.encoder(columns, options, registry), form.decoder(columns, options, registry)
    given = [row[: len(columns)] for row in rows]
    data = [encode(row) for row in given]
    assert decode(data[7]) == given[7], (label, decode(data[7]), given[7])
    yield Figure(f"{label}, decode", _rate(decode, data), RATE)
    yield Figure(f"{label}, encode", _rate(encode, given), RATE)


def _rate(call: Callable[[Any], Any], given: list[Any]) -> float:
    rates = []
    for _ in range(RUNS):
        started = time.process_time()
        for one in given:
            call(one)
        rates.append(len(given) / (time.process_time() - started))
    return median(rates)
