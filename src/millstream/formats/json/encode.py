"""Encoding of JSON. Texts and whole numbers go straight through msgspec; DOUBLE and DECIMAL are printed as on the JVM first.

The shape of a record is compiled once a query: ``struct_encoder`` gives the engine a Struct class and a function, ``record_encoder``
the contract's encoder over it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from millstream.errors import RecordError
from millstream.formats.base import Encoder
from millstream.formats.json.halves import escaped
from millstream.formats.numbers import double_text
from millstream.types import ArrayType, Base, Column, MapType, SqlType, StructType

#: A value that is not None -> what msgspec writes exactly.
Prepare = Callable[[Any], Any]

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_write = _ENCODER.encode


def struct_encoder(columns: Sequence[Column], entries: bool = False) -> tuple[type[msgspec.Struct], Callable[[Any], bytes]]:
    """(class with fields c0..cN, encode): ``encode(cls(v0, .., vN))`` is the record's bytes. What msgspec raises is raised as it is.

    ``entries``: a MAP is written as a list of {key, value} objects, as JSON_SR does.
    """
    fields = [f"c{i}" for i in range(len(columns))]
    names = {field: column.name for field, column in zip(fields, columns, strict=True)}
    plain = all(map(is_plain, names.values()))
    row = msgspec.defstruct("Row", [(f, Any) for f in fields], rename=names if plain else None, gc=False)
    prepares = {f: p for f, c in zip(fields, columns, strict=True) if (p := preparer(c.type, entries))}
    if not prepares and plain:
        return row, _write
    # One generated expression a column: only what needs it pays for a call. Names are machine-made.
    scope: dict[str, Any] = {"Row": row if plain else _by_name(columns), "dumps": _ENCODER.encode}
    parts = []
    for field in fields:
        if field in prepares:
            scope[f"p_{field}"] = prepares[field]
            parts.append(f"None if r.{field} is None else p_{field}(r.{field})")
        else:
            parts.append(f"r.{field}")
    made = f"Row({', '.join(parts)})"
    exec(f"def encode(r):\n    return dumps({made})\ndef ready(rows):\n    return [{made} for r in rows]\n", scope)
    encode: Callable[[Any], bytes] = scope["encode"]
    encode.ready = scope["ready"]  # type: ignore[attr-defined]
    return row, encode


def is_plain(name: str) -> bool:
    """Whether msgspec takes this as a field's name: it takes none that JSON would have to escape."""
    return not any(c in '"\\' or c < " " for c in name)


def _by_name(columns: Sequence[Column]) -> Callable[..., dict[str, Any]]:
    """What a row is written as where the columns' names are not plain: slower than a Struct, and with any name."""
    names = [column.name for column in columns]
    return lambda *values: dict(zip(names, values, strict=True))


def encode_all(encode: Callable[[Any], bytes], rows: list[Any]) -> list[Any]:
    """The bytes of every row, as ``encode`` makes them, in fewer calls where it comes from ``struct_encoder``."""
    ready = getattr(encode, "ready", None)
    if ready is None and encode is not _write:
        return [*map(encode, rows)]
    # A line a row: JSON written by msgspec has no line ends inside, and the last line ends with one too.
    lines = _ENCODER.encode_lines(rows if ready is None else ready(rows)).split(b"\n")
    del lines[-1]
    return lines


def careful_encoder(row: type[msgspec.Struct], columns: Sequence[Column], entries: bool = False) -> Callable[[Any], bytes]:
    """As ``encode`` of ``struct_encoder``, also for texts with half a surrogate pair in them; several times slower."""
    prepares = [(f"c{i}", preparer(c.type, entries) or _same) for i, c in enumerate(columns)]
    make = row if all(is_plain(c.name) for c in columns) else _by_name(columns)

    def encode(values: Any) -> bytes:
        ready = (None if (v := getattr(values, field)) is None else escaped(prepare(v)) for field, prepare in prepares)
        return _ENCODER.encode(make(*ready))

    return encode


def record_encoder(columns: Sequence[Column], unwrapped: bool, entries: bool = False) -> Encoder:
    """The contract's encoder. An unwrapped NULL is a null record."""
    if unwrapped:
        return _unwrapped_encoder(columns[0], entries)
    row, write = struct_encoder(columns, entries)
    careful = careful_encoder(row, columns, entries)

    def encode(values: Sequence[Any] | None) -> bytes | None:
        if values is None:
            return None
        try:
            return write(row(*values))
        except UnicodeEncodeError:
            return careful(row(*values))
        except (TypeError, ValueError, OverflowError) as error:
            raise _unwritable(error) from None

    return encode


def _unwrapped_encoder(column: Column, entries: bool) -> Encoder:
    prepare, write = preparer(column.type, entries) or _same, _ENCODER.encode

    def encode(values: Sequence[Any] | None) -> bytes | None:
        if values is None or values[0] is None:
            return None
        try:
            return write(prepare(values[0]))
        except UnicodeEncodeError:
            return write(escaped(prepare(values[0])))
        except (TypeError, ValueError, OverflowError) as error:
            raise _unwritable(error) from None

    return encode


def _unwritable(error: Exception) -> RecordError:
    return RecordError(f"this row cannot be written as JSON: {error}")


def _same(value: Any) -> Any:
    return value


def preparer(type_: SqlType, entries: bool = False) -> Prepare | None:
    """What a value needs before msgspec writes it; None where it writes values of this type exactly as they are."""
    if type_.base is Base.DOUBLE:
        return _double
    if isinstance(type_, ArrayType):
        element = preparer(type_.element, entries)
        return element and (lambda value: [None if v is None else element(v) for v in value])
    if isinstance(type_, MapType):
        return _map(type_, entries)
    if isinstance(type_, StructType):
        return _struct(type_, entries)
    return None


def _double(value: float) -> Any:
    # msgspec prints this range as the JVM does.
    if 1e-3 <= value < 1e7:
        return value
    text = double_text(value)
    return text if text[-1] in "Ny" else msgspec.Raw(text.encode())


def _map(type_: MapType, entries: bool) -> Prepare | None:
    convert = preparer(type_.value, entries)
    if entries:
        inner = convert or _same
        return lambda value: [{"key": k, "value": None if v is None else inner(v)} for k, v in value.items()]
    return convert and (lambda value: {k: None if v is None else convert(v) for k, v in value.items()})


def _struct(type_: StructType, entries: bool) -> Prepare:
    plan = [(f.name, preparer(f.type, entries) or _same) for f in type_.fields]

    def struct(value: dict[str, Any]) -> dict[str, Any]:
        return {name: None if (v := value.get(name)) is None else convert(v) for name, convert in plan}

    return struct
