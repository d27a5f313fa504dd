"""Damaged keys: a stream with a key in one format, copied by a query; keys of one column of each type, of many, and of windows."""

from __future__ import annotations

import random

from millstream.catalog import FormatSpec, Relation
from millstream.log.base import Batch
from millstream.types import Column
from tests.fuzz.records import SCALARS, Through

#: Keys hold no MAP.
_MANY = f"{SCALARS}, a ARRAY<INT>, st STRUCT<x INT, y ARRAY<STRING>>, o ARRAY<STRUCT<p DECIMAL(4, 1)>>"
_ONE = [*SCALARS.split(", ")[:4], "d DECIMAL(8, 2)", *SCALARS.split(", ")[6:]]
_KAFKA = ["i INT", "l BIGINT", "f DOUBLE", "s VARCHAR", "y BYTES"]
_COLUMNS = {"KAFKA": _KAFKA, "DELIMITED": [*_ONE, SCALARS], "NONE": []}
WINDOWS = {
    "tumbling": ", window_type='TUMBLING', window_size='10 SECONDS'",
    "hopping": ", window_type='HOPPING', window_size='7 DAYS'",
    "session": ", window_type='SESSION'",
}
FORMATS = ["AVRO", "DELIMITED", "JSON", "JSON_SR", "KAFKA", "PROTOBUF", "PROTOBUF_NOSR"]


def shapes(name: str) -> list[tuple[str, str]]:
    """Declarations of the key, with what WITH says of its window."""
    nested = ["a ARRAY<INT>", "st STRUCT<x INT, y ARRAY<STRING>>", _MANY]
    columns = _COLUMNS.get(name, [*_ONE, *nested])
    return [(c, "") for c in columns] + [(columns[-1], with_) for with_ in WINDOWS.values()] + [(columns[0], WINDOWS["session"])]


class KeyThrough(Through):
    """The same for keys."""

    def __init__(self, name: str, columns: str, window: str) -> None:
        self.declared = ", ".join(f"{c} KEY" for c in _split(columns))
        self.window = window
        super().__init__(name)
        decode = self.decode
        tail = 0 if not window else 16 if "SESSION" in window else 8
        self.tail = tail
        self.decode = lambda data: decode(data[: len(data) - tail] if data is not None and tail else data)

    def source(self) -> str:
        with_ = f"kafka_topic='src', key_format='{self.name}', value_format='JSON', partitions=1{self.window}"
        return f"CREATE STREAM src ({self.declared}, v INT) WITH ({with_});"

    def side(self, relation: Relation) -> tuple[list[Column], FormatSpec]:
        return list(relation.schema.key), relation.key_format

    def batch(self, damaged: list[bytes]) -> Batch:
        return Batch(list(damaged), [b'{"V":1}'] * len(damaged), [0] * len(damaged))

    def copied(self, batch: Batch) -> list[bytes | None]:
        for key in batch.keys:
            # A single column that is NULL is nothing in DELIMITED, as in ksqlDB, and nothing is what nobody can read.
            assert not self.tail or (key is not None and len(key) >= self.tail), f"a windowed key without its window: {key!r}"
        return [key for key in batch.keys if key]

    def good(self, chance: random.Random) -> bytes:
        times = [chance.randrange(1 << 41) for _ in range(self.tail // 8)]
        return super().good(chance) + b"".join(t.to_bytes(8, "big") for t in sorted(times, reverse=True))


def _split(columns: str) -> list[str]:
    """Column declarations; commas inside brackets part nothing."""
    parts, depth = [""], 0
    for sign in columns:
        depth += (sign in "<(") - (sign in ">)")
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]
