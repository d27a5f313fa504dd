"""Numbers out of bytes. What may not live here: CAST."""

from __future__ import annotations

from millstream.engine.functions.define import Family
from millstream.engine.functions.scalar.encodings import unpack

define = Family("CONVERSIONS")

define.describe("INT_FROM_BYTES", "Gives the INTEGER that 4 bytes hold.", value="The bytes.", byteOrder="BIG_ENDIAN or LITTLE_ENDIAN.")
define.describe("BIGINT_FROM_BYTES", "Gives the BIGINT that 8 bytes hold.", value="The bytes.", byteOrder="BIG_ENDIAN or LITTLE_ENDIAN.")
define.describe("DOUBLE_FROM_BYTES", "Gives the DOUBLE that 8 bytes hold.", value="The bytes.", byteOrder="BIG_ENDIAN or LITTLE_ENDIAN.")


@define("INT_FROM_BYTES(value BYTES) -> INT", "INT_FROM_BYTES(value BYTES, byteOrder STRING) -> INT")
def int_from_bytes(value: bytes, order: str = "BIG_ENDIAN") -> int | float:
    return unpack(value, order, "i")


@define("BIGINT_FROM_BYTES(value BYTES) -> BIGINT", "BIGINT_FROM_BYTES(value BYTES, byteOrder STRING) -> BIGINT")
def bigint_from_bytes(value: bytes, order: str = "BIG_ENDIAN") -> int | float:
    return unpack(value, order, "q")


@define("DOUBLE_FROM_BYTES(value BYTES) -> DOUBLE", "DOUBLE_FROM_BYTES(value BYTES, byteOrder STRING) -> DOUBLE")
def double_from_bytes(value: bytes, order: str = "BIG_ENDIAN") -> int | float:
    return unpack(value, order, "d")
