"""Fast decoding of JSON for the compiled engine: one msgspec call a record into a Struct with fields c0..cN.

The contract with generated code:

    fast = fast_decoder(columns)
    try:
        row = fast.decode(value)
    except Exception:
        row = fast.exact(value)       # the same Struct class; raises RecordError; None for a JSON null

``decode`` only takes records about which it cannot differ from ``decode.py``, whatever else they contain:

- before ``learn`` every column must be there under its exact name (which wins over other spellings anyway), with a JSON value of the
  column's own kind and range, or null. Numbers in other notations, texts for numbers, numbers for texts, missing fields: exact.
- ``learn(sample)`` takes over the spelling of a feed (``userid``, ``userId``). Then a record may only have names that the samples had; any
  other name leaves the fast path, so no second spelling of a column can hide in it, and a column that is absent is NULL. Samples with
  two spellings of one column teach nothing.
- nested structs, decimals and the like run the exact converter for that column, inside the same call.

One difference is accepted: bytes that are not UTF-8 inside a field that no column reads go unnoticed here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from millstream.errors import RecordError
from millstream.formats.json.decode import Mismatch, converter, parse, row_converter
from millstream.formats.json.encode import is_plain
from millstream.formats.numbers import DAY_MS, INT_MAX, INT_MIN, LONG_MAX, LONG_MIN
from millstream.types import ArrayType, Base, Column, MapType, SqlType

_INTEGER = Annotated[int, msgspec.Meta(ge=INT_MIN, le=INT_MAX)]
_BIGINT = Annotated[int, msgspec.Meta(ge=LONG_MIN, le=LONG_MAX)]
_TIME = Annotated[int, msgspec.Meta(ge=0, le=DAY_MS)]
#: Kinds that msgspec decodes exactly as the exact path does. DOUBLE needs one look more, see ``_positive_zeros``.
_NATIVE: dict[Base, Any] = {
    Base.BOOLEAN: bool,
    Base.INTEGER: _INTEGER,
    Base.BIGINT: _BIGINT,
    Base.DOUBLE: float,
    Base.STRING: str,
    Base.BYTES: bytes,
    Base.DATE: _INTEGER,
    Base.TIME: _TIME,
    Base.TIMESTAMP: _BIGINT,
}

#: A feed whose records keep bringing new names (names that are data) is not learnt beyond this many.
MAX_NAMES = 256


class FastDecoder:
    """See the module. ``struct`` is the class of rows; ``decode`` changes when ``learn`` succeeds, so fetch it again then."""

    struct: type[msgspec.Struct]
    decode: Callable[[bytes], Any]

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = list(columns)
        fields = [f"c{i}" for i in range(len(columns))]
        self._types: list[Any] = [native(c.type) or _custom(c.type) for c in columns]
        self._doubles = [f for f, c in zip(fields, columns, strict=True) if c.type.base is Base.DOUBLE]
        self._row = row_converter([(c.name, c.type) for c in columns])
        self._fields = fields
        self._names: list[str] = []
        self._is_plain = all(is_plain(c.name) for c in columns)
        self.struct = msgspec.defstruct(
            "Row",
            list(zip(fields, self._types, strict=True)),
            rename=dict(zip(fields, (c.name for c in columns), strict=True)) if self._is_plain else None,
            gc=False,
        )
        self.decode = self._decoder(self.struct) if self._is_plain else _never

    def exact(self, data: bytes) -> Any:
        """The row by the exact path, as ``struct``; None for a JSON null. Raises RecordError."""
        value = parse(data)
        if value is None:
            return None
        try:
            return self.struct(*self._row(value))
        except Mismatch as mismatch:
            raise mismatch.record_error() from None

    def learn(self, sample: bytes) -> bool:
        """Take over the names of a record that left the fast path, besides those learnt before. False where it teaches nothing."""
        try:
            value = parse(sample)
        except RecordError:
            return False
        if type(value) is not dict or not self._is_plain or not all(map(is_plain, value)):
            return False
        names = list(dict.fromkeys([*self._names, *value]))
        spelling = _spelling([c.name for c in self._columns], names)
        if spelling is None or len(names) > MAX_NAMES or len(names) == len(self._names):
            return False
        self._names = names
        self.decode = self._decoder(self._learned(spelling, [n for n in names if n not in spelling.values()]))
        return True

    def _learned(self, spelling: dict[str, str], others: list[str]) -> type[msgspec.Struct]:
        """A class like ``struct`` whose fields have the feed's names and default to NULL, and which takes no name it does not know."""
        names = dict(zip(self._fields, (spelling[c.name] for c in self._columns), strict=True))
        extra = {f"x{i}": name for i, name in enumerate(others)}
        return msgspec.defstruct(
            "Row",
            [(f, t, None) for f, t in zip(self._fields, self._types, strict=True)]
            + [(x, msgspec.Raw | msgspec.UnsetType, msgspec.UNSET) for x in extra],
            rename=names | extra,
            forbid_unknown_fields=True,
            gc=False,
        )

    def _decoder(self, struct: type[msgspec.Struct]) -> Callable[[bytes], Any]:
        decode = msgspec.json.Decoder(struct, dec_hook=_hook, float_hook=Decimal).decode
        return _positive_zeros(decode, self._doubles) if self._doubles else decode


def _never(_data: bytes) -> Any:
    """The fast decoder of columns whose names msgspec does not take."""
    raise ValueError("no fast path")


def fast_decoder(columns: Sequence[Column]) -> FastDecoder:
    """The fast decoder of wrapped JSON records with these columns."""
    return FastDecoder(columns)


def native(type_: SqlType) -> Any:
    """The Python type that msgspec decodes exactly like the exact path, NULL included; None where there is none."""
    if isinstance(type_, ArrayType):
        element = native(type_.element) if type_.element.base is not Base.DOUBLE else None
        return element and list[element] | None  # type: ignore[valid-type]
    if isinstance(type_, MapType):
        value = native(type_.value) if type_.value.base is not Base.DOUBLE else None
        return value and dict[str, value] | None  # type: ignore[valid-type]
    found = _NATIVE.get(type_.base)
    return found and found | None


class _Anything(type):
    """Metaclass of the types below: msgspec checks what a hook returns with isinstance, and any value is right here."""

    def __instancecheck__(cls, instance: object) -> bool:
        return True


def _custom(type_: SqlType) -> Any:
    """A type that makes msgspec call ``_hook`` with the value parsed but not converted."""
    return _Anything("Exact", (), {"convert": staticmethod(converter(type_))}) | None


def _hook(type_: Any, value: Any) -> Any:
    return type_.convert(value)


def _positive_zeros(decode: Callable[[bytes], Any], fields: list[str]) -> Callable[[bytes], Any]:
    """``decode`` with every -0.0 made 0.0: JSON numbers become BigDecimals on the JVM, which have no negative zero."""
    lines = [f"    if r.{f} == 0.0: r.{f} = 0.0" for f in fields]
    scope: dict[str, Any] = {"decode": decode}
    exec("\n".join(["def checked(data):", "    r = decode(data)", *lines, "    return r"]), scope)
    checked: Callable[[bytes], Any] = scope["checked"]
    return checked


def _spelling(columns: list[str], names: list[str]) -> dict[str, str] | None:
    """Column -> its name in the feed (its own where the feed has none). None where a column has two candidates, or shares one."""
    found: dict[str, str] = {}
    for column in columns:
        candidates = [n for n in names if n == column or n.upper() == column]
        if len(candidates) > 1:
            return None
        found[column] = candidates[0] if candidates else column
    return found if len(set(found.values())) == len(columns) else None
