"""Rows and keys of stores <-> bytes.

Rows are MessagePack arrays, decoded by a decoder made for the column types, so DECIMAL, BYTES and nested values come back as they
were. Keys are written so that their byte order is the order of their values (NULL first), column after column, and so that no key is the
beginning of another: what is written behind a key (a window's start) sorts within that key.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from decimal import Context, Decimal
from typing import Any, Protocol, TypedDict, cast

import msgspec

from millstream.errors import StateError
from millstream.types import ArrayType, Base, DecimalType, MapType, SqlType, StructType

_HUGE = 1
_INT64 = struct.Struct(">Q")
_INTEGER = struct.Struct(">BQ")
_DOUBLE = struct.Struct(">d")
_SIGN = 1 << 63
_DECIMAL_BYTES = 20
_DECIMAL_SIGN = 1 << (8 * _DECIMAL_BYTES - 1)
_EXACT = Context(prec=60)

_PYTHON: dict[Base, Any] = {
    Base.BOOLEAN: bool,
    Base.INTEGER: int,
    Base.BIGINT: int,
    Base.DOUBLE: float,
    Base.DECIMAL: Decimal,
    Base.STRING: str,
    Base.BYTES: bytes,
    Base.DATE: int,
    Base.TIME: int,
    Base.TIMESTAMP: int,
}


def annotation(kind: SqlType) -> Any:
    """The Python type, for msgspec, of a value of a SQL type that may be NULL."""
    if isinstance(kind, ArrayType):
        return list[annotation(kind.element)] | None  # type: ignore[misc]
    if isinstance(kind, MapType):
        return dict[annotation(kind.key), annotation(kind.value)] | None  # type: ignore[misc]
    if isinstance(kind, StructType):
        return TypedDict("_Struct", {f.name: annotation(f.type) for f in kind.fields}) | None  # type: ignore[operator]
    return _PYTHON[kind.base] | None


class RowCodec:
    """Tuples of column values <-> bytes. A column is its SQL type, or a Python type that msgspec can decode (``list[Decimal]``).

    Integers of any size are kept; a DOUBLE may be NaN or infinite.
    """

    __slots__ = ("_decode", "_encode", "_kind", "_loose")

    def __init__(self, columns: Sequence[SqlType | Any]) -> None:
        kinds = [annotation(c) if isinstance(c, SqlType) else c for c in columns]
        self._kind: Any = tuple[tuple(kinds)] if kinds else tuple[()]  # type: ignore[misc]
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(self._kind).decode
        self._loose = msgspec.msgpack.Decoder(ext_hook=_read_ext).decode

    def encode_all(self, rows: Iterable[Sequence[Any] | None], noted: bool = False) -> list[bytes | None]:
        """``encode`` for many rows; None stays None. ``noted``: each has one more value at its end, which is left out."""
        rows = list(rows)
        encode = self._encode
        try:
            if noted:
                return [None if row is None else encode(row[:-1]) for row in rows]
            return [None if row is None else encode(row) for row in rows]
        except (OverflowError, TypeError, ValueError):
            return [None if row is None else self.encode(row[:-1] if noted else row) for row in rows]

    def encode(self, row: Sequence[Any]) -> bytes:
        """Raises StateError for a value that has no stored form."""
        try:
            return self._encode(row)
        except OverflowError:
            return self._encode([_without_huge(value) for value in row])
        except (TypeError, ValueError) as error:
            raise StateError(f"A row cannot be stored: {error}.") from error

    def decode(self, raw: bytes) -> tuple[Any, ...]:
        """Raises StateError when the bytes are not a row of these columns."""
        try:
            return cast(tuple[Any, ...], self._decode(raw))
        except msgspec.MsgspecError as error:
            try:
                return cast(tuple[Any, ...], msgspec.convert(self._loose(raw), self._kind, strict=True))
            except msgspec.MsgspecError:
                raise StateError(f"A stored row does not fit its columns: {error}.") from error


def _without_huge(value: Any) -> Any:
    if isinstance(value, int):
        return value if -(1 << 63) <= value < 1 << 64 else msgspec.msgpack.Ext(_HUGE, str(value).encode())
    if isinstance(value, dict):
        return {_without_huge(k): _without_huge(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_without_huge(v) for v in value]
    return value


def _read_ext(code: int, data: memoryview) -> Any:
    if code != _HUGE:
        raise ValueError(f"unknown extension {code}")
    return int(bytes(data))


class Keys(Protocol):
    """Keys of a store <-> bytes."""

    def encode(self, key: Any) -> bytes: ...

    def decode(self, raw: bytes) -> Any: ...


class BytesKeys:
    """Keys that are bytes already. For key columns that cannot be dictionary keys or compare oddly (arrays, NaN): encode them first."""

    def encode(self, key: bytes) -> bytes:
        return key

    def decode(self, raw: bytes) -> bytes:
        return raw


class KeyCodec:
    """Tuples of key values <-> bytes, in the order of the values. ``scalar``: a key of one column is the bare value, not a tuple."""

    def __init__(self, columns: Sequence[SqlType], *, scalar: bool = False) -> None:
        if scalar and len(columns) != 1:
            raise StateError(f"A scalar key has one column: got {len(columns)}.")
        self._parts = [_part(c) for c in columns]
        self.encode: Callable[[Any], bytes] = self._parts[0][0] if scalar else self._encode
        self.decode: Callable[[bytes], Any] = (lambda raw: self._decode(raw)[0]) if scalar else self._decode

    def prefix(self, values: Sequence[Any]) -> bytes:
        """What all keys begin with whose first columns have these values."""
        return b"".join(encode(v) for (encode, _), v in zip(self._parts, values, strict=False))

    def _encode(self, key: tuple[Any, ...]) -> bytes:
        return b"".join([encode(v) for (encode, _), v in zip(self._parts, key, strict=True)])

    def _decode(self, raw: bytes) -> tuple[Any, ...]:
        at = 0
        values = []
        for _, decode in self._parts:
            value, at = decode(raw, at)
            values.append(value)
        return tuple(values)


Part = tuple[Callable[[Any], bytes], Callable[[bytes, int], tuple[Any, int]]]


def _part(kind: SqlType) -> Part:
    if kind.base is Base.STRING:
        return _encode_string, _decode_string
    if kind.base is Base.BYTES:
        return _encode_bytes, _decode_bytes
    if kind.base is Base.BOOLEAN:
        return _fixed(lambda v: b"\1" if v else b"\0", lambda raw: raw == b"\1", 1)
    if kind.base is Base.DOUBLE:
        return _fixed(_encode_double, _decode_double, 8)
    if isinstance(kind, DecimalType) and kind.precision <= 38:
        shift = Decimal(1).scaleb(-kind.scale)
        return _fixed(
            lambda v: (int(v.scaleb(kind.scale, _EXACT)) + _DECIMAL_SIGN).to_bytes(_DECIMAL_BYTES, "big"),
            lambda raw: _EXACT.multiply(Decimal(int.from_bytes(raw, "big") - _DECIMAL_SIGN), shift),
            _DECIMAL_BYTES,
        )
    if isinstance(kind, DecimalType | ArrayType | MapType | StructType):
        return _packed(RowCodec([kind]))
    return _encode_integer, _decode_integer


def _fixed(write: Callable[[Any], bytes], read: Callable[[bytes], Any], size: int) -> Part:
    def encode(value: Any) -> bytes:
        if value is None:
            return b"\0"
        try:
            return b"\1" + write(value)
        except (struct.error, OverflowError) as error:
            raise StateError(f"The key value {value!r} is outside its type's range.") from error

    def decode(raw: bytes, at: int) -> tuple[Any, int]:
        if raw[at] == 0:
            return None, at + 1
        end = at + 1 + size
        return read(raw[at + 1 : end]), end

    return encode, decode


def _encode_integer(value: int | None) -> bytes:
    if value is None:
        return b"\0"
    try:
        return _INTEGER.pack(1, value + _SIGN)
    except struct.error as error:
        raise StateError(f"The key value {value!r} is outside its type's range.") from error


def _decode_integer(raw: bytes, at: int) -> tuple[int | None, int]:
    if raw[at] == 0:
        return None, at + 1
    return _INTEGER.unpack_from(raw, at)[1] - _SIGN, at + 9


def _packed(rows: RowCodec) -> Part:
    """Values without a cheap order: equal ones have equal bytes, and that is all."""

    def encode(value: Any) -> bytes:
        return b"\0" if value is None else _encode_bytes(rows.encode((value,)))

    def decode(raw: bytes, at: int) -> tuple[Any, int]:
        packed, end = _decode_bytes(raw, at)
        return (None if packed is None else rows.decode(packed)[0]), end

    return encode, decode


#: Ends a text. A zero byte inside is followed by 0xff, so this stands nowhere else, and no text's bytes begin another's.
_END = b"\0\1"


def _encode_string(value: str | None) -> bytes:
    return b"\0" if value is None else b"\1" + value.encode("utf-8", "surrogatepass").replace(b"\0", b"\0\xff") + _END


def _encode_bytes(value: bytes | None) -> bytes:
    return b"\0" if value is None else b"\1" + value.replace(b"\0", b"\0\xff") + _END


def _decode_bytes(raw: bytes, at: int) -> tuple[bytes | None, int]:
    if raw[at] == 0:
        return None, at + 1
    end = raw.index(_END, at)
    return raw[at + 1 : end].replace(b"\0\xff", b"\0"), end + 2


def _decode_string(raw: bytes, at: int) -> tuple[str | None, int]:
    value, end = _decode_bytes(raw, at)
    return (None if value is None else value.decode("utf-8", "surrogatepass")), end


def _encode_double(value: float) -> bytes:
    bits: int = _INT64.unpack(_DOUBLE.pack(value))[0]
    return _INT64.pack(bits ^ ((1 << 64) - 1) if bits & _SIGN else bits | _SIGN)


def _decode_double(raw: bytes) -> float:
    bits: int = _INT64.unpack(raw)[0]
    return cast(float, _DOUBLE.unpack(_INT64.pack(bits ^ _SIGN if bits & _SIGN else bits ^ ((1 << 64) - 1)))[0])
