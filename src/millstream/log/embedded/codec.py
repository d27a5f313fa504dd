"""Stored batches: a 32-byte header and a MessagePack payload, made so that a whole batch is decoded by one call in C.

Header (little endian): payload length u32, checksum u32, base offset u64, records u32, span u32 (next offset - base offset),
largest timestamp i64. The checksum is XXH3 of the header behind it, seeded with XXH3 of the payload: a CRC would cost a third of a read.

Payload: ``[keys, values, timestamps, headers, offsets]``. What says nothing is nil: keys that are all NULL, headers of records
that have none, offsets without gaps (else distances from the base). Timestamps that are all equal are one integer.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import DecodeError, msgpack
from xxhash import xxh3_64_intdigest as checksum

from millstream.dataclass import dataclass
from millstream.errors import LogError
from millstream.log.base import Batch

HEADER = struct.Struct("<IIQIIq")
HEADER_SIZE = HEADER.size
_TAIL = struct.Struct("<QIIq")

#: A stored batch has at most this many records, and about this many bytes.
MAX_RECORDS = 4096
MAX_BYTES = 1 << 20

_MASK = 0xFFFFFFFF

_encode = msgpack.Encoder().encode
_decode = msgpack.Decoder().decode


@dataclass(slots=True)
class Encoded:
    """A batch ready to be stored, but for its base offset, which is known only inside the write transaction."""

    payload: bytes
    digest: int
    count: int
    span: int
    max_timestamp: int
    first_timestamp: int

    @property
    def size(self) -> int:
        return HEADER_SIZE + len(self.payload)

    def header(self, base: int) -> bytes:
        check = checksum(_TAIL.pack(base, self.count, self.span, self.max_timestamp), self.digest) & _MASK
        return HEADER.pack(len(self.payload), check, base, self.count, self.span, self.max_timestamp)


def encode(batch: Batch) -> Iterator[Encoded]:
    """Cut a batch into pieces fit to be stored. Its offsets are ignored: the log gives new ones, without gaps."""
    count = len(batch.values)
    if count <= MAX_RECORDS:
        yield from _pieces(batch.keys, batch.values, batch.timestamps, batch.headers)
        return
    for low in range(0, count, MAX_RECORDS):
        high = low + MAX_RECORDS
        headers = None if batch.headers is None else batch.headers[low:high]
        yield from _pieces(batch.keys[low:high], batch.values[low:high], batch.timestamps[low:high], headers)


def encode_sparse(batch: Batch, base: int, next_offset: int) -> Encoded:
    """One stored batch that keeps the offsets its records have; it covers base <= offset < next_offset."""
    gaps = next_offset - base != len(batch.values)
    distances = [offset - base for offset in batch.offsets] if gaps else None
    return _one(batch.keys, batch.values, batch.timestamps, batch.headers, distances, next_offset - base)


def decode(payload: bytes | memoryview, base: int, count: int, span: int) -> Batch:
    """The records of a payload. Raises LogError if it is not one (a damaged file that passes its checksum)."""
    try:
        keys, values, timestamps, headers, offsets = _decode(payload)
    except (DecodeError, ValueError, TypeError) as error:
        raise LogError(f"A stored batch at offset {base} cannot be decoded: {error}.") from error
    if keys is None:
        keys = [None] * count
    if timestamps.__class__ is int:
        timestamps = [timestamps] * count
    if headers is not None:
        headers = [[(name, value) for name, value in record] for record in headers]
    where: Sequence[int] = range(base, base + count) if offsets is None else [base + o for o in offsets]
    return Batch(keys, values, timestamps, headers, where, base + span)


def verify(header: bytes | memoryview, check: int, payload: bytes | memoryview) -> bool:
    """Whether header and payload are what was written. ``header`` is the whole 32 bytes, ``check`` the checksum in it."""
    return checksum(header[8:], checksum(payload)) & _MASK == check


def _pieces(keys: list[Any], values: list[Any], timestamps: list[int], headers: list[Any] | None) -> Iterator[Encoded]:
    piece = _one(keys, values, timestamps, headers, None, len(values))
    if len(piece.payload) <= MAX_BYTES or len(values) == 1:
        yield piece
        return
    half = len(values) // 2
    yield from _pieces(keys[:half], values[:half], timestamps[:half], headers and headers[:half])
    yield from _pieces(keys[half:], values[half:], timestamps[half:], headers and headers[half:])


def _one(
    keys: Sequence[Any],
    values: Sequence[Any],
    timestamps: Sequence[int],
    headers: Sequence[Any] | None,
    offsets: list[int] | None,
    span: int,
) -> Encoded:
    count = len(values)
    first = timestamps[0]
    same = timestamps[-1] == first and timestamps.count(first) == count
    try:
        payload = _encode(
            (
                None if keys[0] is None and keys.count(None) == count else keys,
                values,
                first if same else timestamps,
                headers if headers and any(headers) else None,
                offsets,
            )
        )
    except (OverflowError, TypeError, ValueError) as error:
        raise LogError(f"A batch cannot be stored: {error}.", hint="Keys and values are bytes or None, at most 4 GiB each.") from error
    return Encoded(payload, checksum(payload), count, span, first if same else max(timestamps), first)
