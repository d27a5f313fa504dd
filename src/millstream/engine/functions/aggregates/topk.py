"""TOPK and TOPKDISTINCT: the largest values, alone or with other columns beside them.

What may not live here: MAX.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millstream.engine.functions.aggregates.packing import packer, unpacker
from millstream.engine.functions.define import Family
from millstream.engine.values.compare import order_key
from millstream.errors import BindError
from millstream.types import Base, SqlType, array, struct

define = Family("AGGREGATE")

define.describe("TOPK", "Gives the k largest values of a group, with other columns beside them if asked for.", k="How many.")
define.describe("TOPKDISTINCT", "Gives the k largest different values of a group.", k="How many.")


class TopK:
    """State: the largest values, or rows of [value, other columns...], largest first."""

    def __init__(self, types: Sequence[SqlType], k: int, *, distinct: bool, rows: bool) -> None:
        self.k, self.distinct, self.rows = k, distinct, rows
        key = order_key(types[0])
        self.packs = [packer(kind) for kind in types]
        self.unpacks = [unpacker(kind) for kind in types]
        first = self.unpacks[0]
        plain = types[0].base not in (Base.DOUBLE, Base.STRING, Base.DECIMAL)
        self.key = None if plain else (lambda packed: key(first(packed)) if key else first(packed))

    def init(self) -> list[Any]:
        return []

    def add(self, state: list[Any], *args: Any) -> list[Any]:
        if args[0] is None:
            return state
        packed = [pack(value) for pack, value in zip(self.packs, args, strict=True)]
        return self._insert(state, packed if self.rows else packed[0])

    def _rank(self, entry: Any) -> Any:
        value = entry[0] if self.rows else entry
        return value if self.key is None else self.key(value)

    def _insert(self, state: list[Any], entry: Any) -> list[Any]:
        rank = self._rank(entry)
        at = next((i for i, held in enumerate(state) if self._rank(held) < rank), len(state))
        if self.distinct and at and self._rank(state[at - 1]) == rank:
            return state
        if at < self.k:
            state.insert(at, entry)
            del state[self.k :]
        return state

    def result(self, state: list[Any]) -> list[Any]:
        if not self.rows:
            return [self.unpacks[0](value) for value in state]
        names = ["sort_col", *(f"col{i}" for i in range(len(self.unpacks) - 1))]
        return [{n: unpack(v) for n, unpack, v in zip(names, self.unpacks, row, strict=True)} for row in state]

    def merge(self, left: list[Any], right: list[Any]) -> list[Any]:
        for entry in right:
            left = self._insert(left, entry)
        return left


def _k(name: str, constants: Sequence[Any]) -> int:
    k = int(constants[0])
    if k < 1:
        raise BindError(f"{name} needs k to be at least 1, got {k}.")
    return k


def _topk(types: Sequence[SqlType], constants: Sequence[Any], _settings: dict[str, str]) -> TopK:
    return TopK(types[:1], _k("TOPK", constants), distinct=False, rows=False)


def _topk_rows(types: Sequence[SqlType], constants: Sequence[Any], _settings: dict[str, str]) -> TopK:
    return TopK(types, _k("TOPK", constants), distinct=False, rows=True)


def _topk_distinct(types: Sequence[SqlType], constants: Sequence[Any], _settings: dict[str, str]) -> TopK:
    return TopK(types[:1], _k("TOPKDISTINCT", constants), distinct=True, rows=False)


def _list_of(types: Sequence[SqlType], _literals: Sequence[Any]) -> SqlType:
    return array(types[0])


def _rows_of(types: Sequence[SqlType], _literals: Sequence[Any]) -> SqlType:
    others = types[1:-1]
    return array(struct([("sort_col", types[0]), *((f"col{i}", kind) for i, kind in enumerate(others))]))


for _kind in ("INT", "BIGINT", "DOUBLE", "STRING"):
    define.aggregate(f"TOPK(val {_kind}, k INT) -> ARRAY<{_kind}>", constants=1)(_topk)
    define.aggregate(f"TOPK(sortCol {_kind}, others ANY..., k INT)", returns=_rows_of, constants=1)(_topk_rows)
for _kind in ("INT", "BIGINT", "DOUBLE", "STRING", "BYTES", "DATE", "TIME", "TIMESTAMP"):
    define.aggregate(f"TOPKDISTINCT(val {_kind}, k INT) -> ARRAY<{_kind}>", constants=1)(_topk_distinct)
define.aggregate("TOPKDISTINCT(val DECIMAL, k INT)", returns=_list_of, constants=1)(_topk_distinct)
