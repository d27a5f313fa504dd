"""Which format do these bytes have? For PRINT, which shows topics that nobody declared. Pure but for schema look-ups."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable, Sequence
from typing import Any

from millstream.dataclass import dataclass
from millstream.errors import MillstreamError
from millstream.formats.base import FormatOptions, RegisteredSchema, Registry
from millstream.types import Column

NO_DATA = "¯\\_(ツ)_/¯ - no data processed"
_WINDOW = 8


@dataclass(frozen=True, slots=True)
class Reader:
    """``name`` is what PRINT calls the format; ``show`` gives a record's side as text."""

    name: str
    show: Callable[[bytes], str]


_REGISTERED = {"AVRO": "AVRO", "PROTOBUF": "PROTOBUF", "JSON": "JSON_SR or KAFKA_STRING"}


def guess(sides: Sequence[bytes | None], registry: Registry | None) -> Reader:
    """The format that fits every sample; text where nothing else does."""
    samples = [s for s in sides if s is not None]
    if not samples:
        return Reader(NO_DATA, lambda data: guess([data], registry).show(data))
    framed = _framed(samples, registry)
    if framed is not None:
        return framed
    for candidate in (_json(), _number(4, "KAFKA_INT", "i"), _number(8, "KAFKA_BIGINT or KAFKA_DOUBLE", "q")):
        if _fits(candidate, samples):
            return candidate
    windowed = _windowed(samples, registry)
    if windowed is not None:
        return windowed
    text = Reader("KAFKA_STRING", lambda data: data.decode("utf-8"))
    return text if _fits(text, samples) else Reader("UNRECOGNIZED_BYTES", lambda data: base64.b64encode(data).decode())


def _fits(reader: Reader, samples: Sequence[bytes]) -> bool:
    try:
        for sample in samples:
            reader.show(sample)
    except (ValueError, MillstreamError, struct.error, RecursionError):
        return False
    return True


def _json() -> Reader:
    def show(data: bytes) -> str:
        text = data.decode("utf-8")
        if not text.lstrip().startswith(("{", "[")):
            raise ValueError("no JSON object")
        json.loads(text)
        return text

    return Reader("JSON or KAFKA_STRING", show)


def _number(size: int, name: str, code: str) -> Reader:
    def show(data: bytes) -> str:
        if len(data) != size or (data.isascii() and all(32 <= b < 127 for b in data)):
            raise ValueError(f"not {size} bytes of a number")
        return str(struct.unpack(f">{code}", data)[0])

    return Reader(f"{name} or KAFKA_STRING", show)


def _windowed(samples: Sequence[bytes], registry: Registry | None) -> Reader | None:
    """A windowed key: the key, and the window's start (and end, for sessions) behind it."""
    for name, tail in (("SESSION", 2 * _WINDOW), ("TUMBLING", _WINDOW)):
        if not all(len(s) > tail and _plausible(s[-tail:]) for s in samples):
            continue
        inner = guess([s[:-tail] for s in samples], registry)
        if inner.name == "UNRECOGNIZED_BYTES":
            continue
        label = f"{name}({inner.name})" if name == "SESSION" else f"HOPPING({inner.name}) or TUMBLING({inner.name})"
        return Reader(label, _window_reader(inner, tail))
    return None


def _plausible(tail: bytes) -> bool:
    """Times between 1970 and 2100 look like this; a session's end comes before its start in Kafka's key."""
    times = struct.unpack(f">{len(tail) // _WINDOW}q", tail)
    return all(0 <= t < 4_102_444_800_000 for t in times) and (len(times) == 1 or times[0] >= times[1])


def _window_reader(inner: Reader, tail: int) -> Callable[[bytes], str]:
    def show(data: bytes) -> str:
        times = struct.unpack(f">{tail // _WINDOW}q", data[-tail:])
        window = f"{times[1]}/{times[0]}" if len(times) == 2 else f"{times[0]}/-"
        return f"[{inner.show(data[:-tail])}@{window}]"

    return show


def _framed(samples: Sequence[bytes], registry: Registry | None) -> Reader | None:
    """Confluent's framing: a zero byte, the schema's id, the data."""
    if registry is None or not all(len(s) > 5 and s[0] == 0 for s in samples):
        return None
    readers: dict[int, Callable[[bytes], Any]] = {}

    def show(data: bytes) -> str:
        number = int.from_bytes(data[1:5], "big")
        if number not in readers:
            readers[number] = _decoder(registry.by_id(number), registry)
        value = readers[number](data)
        if kinds == {"JSON"}:  # as it is there, with all digits and zeros of its numbers
            return data[5:].decode("utf-8")
        return json.dumps(value, default=_plain, ensure_ascii=False)

    try:
        kinds = {registry.by_id(int.from_bytes(s[1:5], "big")).kind for s in samples}
    except MillstreamError:
        return None
    reader = Reader(" or ".join(sorted(_REGISTERED[k] for k in kinds)), show)
    return reader if _fits(reader, samples) else None


def _decoder(schema: RegisteredSchema, registry: Registry) -> Callable[[bytes], Any]:
    from millstream import formats

    form = formats.get("JSON_SR" if schema.kind == "JSON" else schema.kind)
    options = FormatOptions(unwrapped=True, schema_id=schema.id)
    columns: list[Column] = form.infer(schema, options)
    decode = form.decoder(columns, options, registry)

    def read(data: bytes) -> Any:
        values = decode(data)
        return None if values is None else values[0] if len(columns) == 1 else dict(zip([c.name for c in columns], values, strict=True))

    return read


def _plain(value: object) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
