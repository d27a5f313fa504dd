"""The order in which the JVM walks a map: Java's hash of a value, and the order of a HashMap's buckets.

ksqlDB holds MAPs in HashMaps, so MAP_KEYS, CAST to STRING and lambdas over maps see this order. What may not live here: partitioners.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any


def java_hash(value: Any) -> int:
    """Java's hashCode of a key, as an unsigned number of 32 bits. Numbers are taken as the boxed type they would have."""
    if value is None:
        return 0
    if isinstance(value, str):
        return _string_hash(value)
    if isinstance(value, bool):
        return 1231 if value else 1237
    if isinstance(value, int):
        low = value & 0xFFFFFFFF
        return low if -(2**31) <= value < 2**31 else low ^ ((value >> 32) & 0xFFFFFFFF)
    if isinstance(value, float):
        bits: int = struct.unpack(">Q", struct.pack(">d", value))[0]
        return (bits ^ (bits >> 32)) & 0xFFFFFFFF
    return _string_hash(str(value))


def _string_hash(text: str) -> int:
    units = text.encode("latin-1") if text.isascii() else None
    code = 0
    if units is not None:
        for unit in units:
            code = (31 * code + unit) & 0xFFFFFFFF
        return code
    raw = text.encode("utf-16-be", "surrogatepass")
    for at in range(0, len(raw), 2):
        code = (31 * code + (raw[at] << 8 | raw[at + 1])) & 0xFFFFFFFF
    return code


def table_size(entries: int) -> int:
    """The number of buckets of a HashMap that was made for so many entries, as decoded maps are: at most three quarters are taken."""
    size = 1
    while entries > size * 3 // 4:
        size *= 2
    return size


def hash_order(entries: Mapping[Any, Any]) -> list[Any]:
    """The keys in the order of a Java HashMap: by bucket, then as they were put in."""
    if len(entries) < 2:
        return list(entries)
    mask = table_size(len(entries)) - 1

    def bucket(key: Any) -> int:
        code = java_hash(key)
        return (code ^ (code >> 16)) & mask

    return sorted(entries, key=bucket)
