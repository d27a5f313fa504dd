"""A query over one format, and damaged records through it: each gives a row or a row of the processing log, and the query goes on."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from millstream import formats
from millstream.catalog import FormatSpec, Relation
from millstream.config import Config
from millstream.engine.functions.registry import default_registry
from millstream.engine.local import LocalRuntime
from millstream.formats.registry.store import SchemaStore
from millstream.log.base import Batch
from millstream.log.memory import MemoryLog
from millstream.session.database import Database
from millstream.types import ArrayType, Base, Column, DecimalType, MapType, SqlType, StructType
from tests.fuzz.mutate import damaged_bytes, damaged_json
from tests.fuzz.watch import Hang, watched

SCALARS = "i INT, l BIGINT, f DOUBLE, b BOOLEAN, d DECIMAL(8, 2), s VARCHAR, y BYTES, da DATE, ti TIME, ts TIMESTAMP"
NESTED = f"{SCALARS}, a ARRAY<INT>, m MAP<STRING, BIGINT>, st STRUCT<x INT, y ARRAY<STRING>>, o ARRAY<STRUCT<p DECIMAL(4, 1)>>"
COLUMNS = {"DELIMITED": SCALARS, "KAFKA": "l BIGINT"}
FORMATS = ["AVRO", "DELIMITED", "JSON", "JSON_SR", "KAFKA", "PROTOBUF", "PROTOBUF_NOSR"]
#: Records that go through a query between two looks.
SLICE = 250
_INTEGERS = {Base.INTEGER: 31, Base.BIGINT: 63, Base.DATE: 19, Base.TIME: 26, Base.TIMESTAMP: 45}


def value(kind: SqlType, chance: random.Random) -> Any:
    """A random value of a type, now and then NULL where the format can say so."""
    if isinstance(kind, ArrayType):
        return [value(kind.element, chance) for _ in range(chance.randrange(4))]
    if isinstance(kind, MapType):
        return {f"k{i}": value(kind.value, chance) for i in range(chance.randrange(3))}
    if isinstance(kind, StructType):
        return {f.name: value(f.type, chance) for f in kind.fields}
    if isinstance(kind, DecimalType):
        return Decimal(chance.randrange(-(10**kind.precision) + 1, 10**kind.precision)).scaleb(-kind.scale)
    if kind.base in _INTEGERS:
        return chance.randrange(0 if kind.base is Base.TIME else -(1 << _INTEGERS[kind.base] - 1), 1 << _INTEGERS[kind.base])
    if kind.base is Base.BOOLEAN:
        return chance.random() < 0.5
    if kind.base is Base.DOUBLE:
        return chance.choice([0.0, -1.5, 1e300, chance.random()])
    if kind.base is Base.BYTES:
        return chance.randbytes(chance.randrange(5))
    return chance.choice(["", "a", "é🦆", 'q"u,o\nte', "5", "x" * 50])


def fits(found: Any, kind: SqlType) -> bool:
    """Whether a decoded value is one of the type."""
    if found is None:
        return True
    if isinstance(kind, ArrayType):
        return type(found) is list and all(fits(v, kind.element) for v in found)
    if isinstance(kind, MapType):
        return type(found) is dict and all(fits(k, kind.key) and fits(v, kind.value) for k, v in found.items())
    if isinstance(kind, StructType):
        return (
            type(found) is dict and list(found) == [f.name for f in kind.fields] and all(fits(found[f.name], f.type) for f in kind.fields)
        )
    if isinstance(kind, DecimalType):
        return (
            type(found) is Decimal
            and found.as_tuple().exponent == -kind.scale
            and len(found.as_tuple().digits) <= max(kind.precision, kind.scale)
        )
    if kind.base in (Base.INTEGER, Base.DATE, Base.TIME):
        return type(found) is int and -(1 << 31) <= found < 1 << 31
    if kind.base in (Base.BIGINT, Base.TIMESTAMP):
        return type(found) is int and -(1 << 63) <= found < 1 << 63
    return type(found) is {Base.BOOLEAN: bool, Base.DOUBLE: float, Base.STRING: str, Base.BYTES: bytes}[kind.base]


class Through:
    """A stream in one format, copied by a query, and what came of the records put in: here of their values."""

    def __init__(self, name: str) -> None:
        self.log, self.name = MemoryLog(), name
        self.registry = SchemaStore(self.log)
        self.runtime = LocalRuntime(self.log, default_registry(), self.registry)
        self.runtime.driven = True
        database = Database(self.log, self.runtime, default_registry(), self.registry, None, Config())
        database.execute(self.source())
        database.execute("CREATE STREAM copied WITH (kafka_topic='copied') AS SELECT * FROM src;", {"auto.offset.reset": "earliest"})
        source, sink = (database.catalog.relations[n] for n in ("SRC", "COPIED"))
        self.columns, spec = self.side(source)
        copied, copied_spec = self.side(sink)
        form = formats.get(name)
        self.encode = form.encoder(self.columns, spec.options, self.registry)
        self.decode = form.decoder(copied, copied_spec.options, self.registry)

    def source(self) -> str:
        """The statement that declares ``src``."""
        return f"CREATE STREAM src ({COLUMNS.get(self.name, NESTED)}) WITH (kafka_topic='src', value_format='{self.name}', partitions=1);"

    def side(self, relation: Relation) -> tuple[list[Column], FormatSpec]:
        """What is damaged of a relation's records."""
        return list(relation.schema.value), relation.value_format

    def batch(self, damaged: list[bytes]) -> Batch:
        return Batch([None] * len(damaged), list(damaged), [0] * len(damaged))

    def copied(self, batch: Batch) -> list[bytes | None]:
        """The same side of what the query wrote."""
        return batch.values

    def good(self, chance: random.Random) -> bytes:
        """One that decodes."""
        data = self.encode([value(c.type, chance) for c in self.columns])
        assert data is not None
        return data

    def damaged(self, chance: random.Random) -> bytes:
        damage = damaged_json if self.name == "JSON" else damaged_framed_json if self.name == "JSON_SR" else damaged_bytes
        return damage(self.good(chance), chance)

    def run(self, damaged: list[bytes]) -> int:
        """Put records through; how many gave rows. Raises AssertionError where one is lost, doubled, or of a wrong type."""
        start = self.log.end_offsets("copied")[0]
        (task,) = self.runtime.tasks.values()
        failed = task.program.failures.count
        with self.log.begin("fuzz") as transaction:
            transaction.append("src", 0, self.batch(damaged))
        self.runtime.run_until_idle()
        assert task.error is None, f"the query died: {task.error}"
        batch = self.log.read("copied", 0, start, 1 << 30)
        failed = task.program.failures.count - failed
        count = len(damaged)
        assert len(batch) <= count, f"{count} records gave {len(batch)} rows"
        assert len(batch) + failed >= count, f"{count} records gave {len(batch)} rows and {failed} rows of the processing log"
        for data in self.copied(batch):
            row = self.decode(data)
            assert row is None or all(fits(v, c.type) for v, c in zip(row, self.columns, strict=True)), f"a wrong type: {row}"
        return len(batch)


def campaign(make: Callable[[], Through], count: int, seed: int, found: Callable[[list[bytes], BaseException], None]) -> int:
    """So many damaged records; how many of them gave rows. ``found`` is told each record that went wrong."""
    chance = random.Random(seed)
    through, rows, done = make(), 0, 0
    while done < count:
        damaged = [through.damaged(chance) for _ in range(min(SLICE, count - done))]
        done += len(damaged)
        try:
            with watched(20):
                rows += through.run(damaged)
        except (Exception, Hang):
            _narrow(make, damaged, found)
            through = make()
    return rows


def _narrow(make: Callable[[], Through], damaged: list[bytes], found: Callable[[list[bytes], BaseException], None]) -> None:
    """Halve until the record that goes wrong is alone."""
    try:
        with watched(20):
            make().run(damaged)
    except (Exception, Hang) as error:
        if len(damaged) == 1:
            found(damaged, error)
            return
        _narrow(make, damaged[: len(damaged) // 2], found)
        _narrow(make, damaged[len(damaged) // 2 :], found)


def damaged_framed_json(data: bytes, chance: random.Random) -> bytes:
    """JSON behind its schema id; sometimes the frame is hit."""
    if chance.random() < 0.15:
        return damaged_bytes(data, chance)
    return data[:5] + damaged_json(data[5:], chance)
