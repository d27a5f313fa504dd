"""COUNT_DISTINCT: exact up to a bound, then an estimate in fixed space (HyperLogLog, 2048 registers, about 2.3 % error).

What may not live here: exact sets of values (``collect``).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Any

from millstream.engine.functions.define import Family
from millstream.engine.values.compare import frozen
from millstream.types import SqlType

define = Family("AGGREGATE")

define.describe("COUNT_DISTINCT", "Gives the number of different values; above 1024 of them it is an estimate.", val="The value.")

EXACT_UP_TO = 1024
_BITS = 11
_REGISTERS = 1 << _BITS


def _hash(value: Any) -> int:
    raw = repr(frozen(value)) if not isinstance(value, str) else value
    digest = hashlib.blake2b(raw.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


class CountDistinct:
    """State: a list of hashes while there are few, then the registers as bytes."""

    def init(self) -> Any:
        return []

    def add(self, state: Any, value: Any) -> Any:
        return state if value is None else self._put(state, _hash(value))

    def _put(self, state: Any, code: int) -> Any:
        if isinstance(state, list):
            if code not in state:
                state.append(code)
            return state if len(state) <= EXACT_UP_TO else self._registers(state)
        return self._mark(bytearray(state), code)

    def _registers(self, codes: list[int]) -> bytes:
        registers = bytearray(_REGISTERS)
        for code in codes:
            registers = bytearray(self._mark(registers, code))
        return bytes(registers)

    @staticmethod
    def _mark(registers: bytearray, code: int) -> bytes:
        rest = code >> _BITS
        rank = 64 - _BITS - rest.bit_length()
        at = code & (_REGISTERS - 1)
        registers[at] = max(registers[at], rank)
        return bytes(registers)

    def result(self, state: Any) -> int:
        if isinstance(state, list):
            return len(state)
        estimate: float = 0.7213 / (1 + 1.079 / _REGISTERS) * _REGISTERS**2 / sum(2.0**-rank for rank in state)
        empty = state.count(0)
        if estimate <= 2.5 * _REGISTERS and empty:
            return round(_REGISTERS * math.log(_REGISTERS / empty))
        return round(estimate)

    def merge(self, left: Any, right: Any) -> Any:
        if isinstance(right, list):
            for code in right:
                left = self._put(left, code)
            return left
        if isinstance(left, list):
            return self.merge(right, left)
        return bytes(map(max, left, right))


@define.aggregate("COUNT_DISTINCT(val T) -> BIGINT")
def count_distinct(_types: Sequence[SqlType], _constants: Sequence[Any], _settings: dict[str, str]) -> CountDistinct:
    return CountDistinct()
