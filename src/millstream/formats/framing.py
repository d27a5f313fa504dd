"""The Confluent wire format: a zero byte, the schema's id (4 bytes, big-endian), in protobuf the message's indexes, then the data."""

from __future__ import annotations

from millstream.errors import RecordError

_HEAD = 5


def head(schema_id: int) -> bytes:
    """What comes before the data of a schema."""
    return b"\x00" + schema_id.to_bytes(4, "big")


def schema_id(data: bytes) -> int:
    """The id of the schema that the data was written with; the data starts at ``data[5:]``. Raises RecordError."""
    if len(data) < _HEAD or data[0]:
        raise RecordError(
            f"expected the magic byte 0 and a schema id, got {data[:8]!r}",
            hint="The record was not written by a serializer that uses the schema registry. VALUE_FORMAT='JSON' reads plain JSON.",
        )
    return int.from_bytes(data[1:_HEAD], "big")


def message_indexes(data: bytes) -> tuple[list[int], int]:
    """Protobuf: which message of the schema this is, as a path of indexes, and where the data starts. Raises RecordError."""
    count, at = _zigzag(data, _HEAD)
    if count == 0:
        return [0], at
    indexes = []
    for _ in range(count):
        index, at = _zigzag(data, at)
        indexes.append(index)
    return indexes, at


def _zigzag(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise RecordError(f"expected protobuf message indexes, got {data[:16]!r}")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at
        shift += 7


def indexes_bytes(indexes: list[int]) -> bytes:
    """Message indexes as the wire has them: a single zero for the first message."""
    if indexes == [0]:
        return b"\x00"
    return b"".join(_varint(n << 1) for n in [len(indexes), *indexes])


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
