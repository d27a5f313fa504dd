"""Keys as bytes: the form under which state is kept and by which the sink routes.

A single STRING is its UTF-8 bytes, which in most queries are the record's own key, never decoded; a whole number is packed as KAFKA writes
it. Every other key is encoded once and remembered (``KeyBytes``): DOUBLE and BYTES as KAFKA writes them, several columns and nested ones as
JSON. What a group's key becomes is noted in the joined table's row instead, where its columns come from there (``flow.Spot``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from millstream import formats
from millstream.catalog import FormatSpec
from millstream.dataclass import dataclass
from millstream.engine.compile.expressions import Code
from millstream.engine.compile.flow import Flow, variable
from millstream.engine.compile.remembered import Remembered
from millstream.formats.base import Decoder, Encoder, FormatOptions
from millstream.formats.kafka import FIXED
from millstream.plan.expr import ColumnRef
from millstream.types import Base, Column

if TYPE_CHECKING:
    from millstream.engine.compile.step import Step

_UNHASHABLE = (Base.ARRAY, Base.MAP, Base.STRUCT, Base.DOUBLE)
_KAFKA = (Base.STRING, Base.INTEGER, Base.BIGINT, Base.DOUBLE, Base.BYTES)
#: What KAFKA makes of whole numbers takes no longer than remembering it.
_PACKED = {base: FIXED[base].pack for base in (Base.INTEGER, Base.BIGINT)}


@dataclass(frozen=True, slots=True)
class KeyCode:
    """A key while code is written: ``raw`` names its bytes, ``columns`` hold its values."""

    raw: str
    columns: dict[str, Code]
    #: The partition that the key would have, where it is known already.
    part: str | None = None


class KeyPlaces(Remembered[Any, tuple[bytes, int]]):
    """Key value (or tuple of values) -> its bytes, and the partition it would have: one look-up for both."""

    def __init__(self, encoder: Encoder, width: int, partition_of: Callable[[bytes], int]) -> None:
        super().__init__()
        self._bytes = KeyBytes(encoder, width)
        self._partition_of = partition_of

    def find(self, key: Any) -> tuple[bytes, int]:
        raw = self._bytes.find(key)
        return raw, self._partition_of(raw)


class KeyBytes(Remembered[Any, bytes]):
    """Key value (or tuple of values) -> bytes."""

    def __init__(self, encoder: Encoder, width: int) -> None:
        super().__init__()
        self._encoder = encoder
        self._single = width == 1

    def find(self, key: Any) -> bytes:
        data = self._encoder([key] if self._single else key)
        return b"" if data is None else data


def state_format(columns: Sequence[Column]) -> FormatSpec:
    """The format of keys in state."""
    if len(columns) == 1 and columns[0].type.base in _KAFKA:
        return FormatSpec("KAFKA", FormatOptions(is_key=True, unwrapped=True))
    return FormatSpec("JSON", FormatOptions(is_key=True, unwrapped=len(columns) == 1))


def key_encoder(columns: Sequence[Column]) -> Encoder:
    """Key values -> the bytes that stand for them in state."""
    spec = state_format(columns)
    return formats.get(spec.name).encoder(columns, spec.options, None)


def key_decoder(columns: Sequence[Column]) -> Decoder:
    """The reverse of ``key_encoder``."""
    spec = state_format(columns)
    return formats.get(spec.name).decoder(columns, spec.options, None)


def is_string(columns: Sequence[Column]) -> bool:
    return len(columns) == 1 and columns[0].type.base is Base.STRING


def write_key_bytes(step: Step, codes: Sequence[Code], columns: Sequence[Column], raw: str | None = None) -> str:
    """Write the bytes of key values that are not NULL; the name they are in. ``raw``: they are there already."""
    if raw is not None:
        return raw
    source = step.source
    name = source.fresh("kb")
    if is_string(columns):
        source.line(f"{name} = {codes[0].src}.encode('utf-8', 'replace')")
        return name
    if len(columns) == 1 and columns[0].type.base in _PACKED:
        source.line(f"{name} = {source.bind('f', _PACKED[columns[0].type.base])}({codes[0].src})")
        return name
    known = source.bind("s", KeyBytes(key_encoder(columns), len(columns)))
    key = _key_source(codes)
    plain = not any(c.type.base in _UNHASHABLE for c in columns)
    source.line(f"{name} = {known}[{key}]" if plain else f"{name} = {known}.find({key})")
    return name


def write_key_columns(
    step: Step, raw: str, columns: Sequence[Column], names: Sequence[str], needed: set[str], nullable: bool = False
) -> dict[str, Code]:
    """Write the values of a key that is known by its bytes, if anybody reads them."""
    source = step.source
    variables = [source.fresh("c") for _ in columns]
    found = {name: variable(v) for name, v in zip(names, variables, strict=True)}
    if not needed & set(names):
        return found
    if is_string(columns):
        source.line(f"{variables[0]} = None if {raw} is None else {raw}.decode('utf-8', 'replace')")
    elif nullable:
        nothing = source.bind("k", (None,) * len(columns))
        source.line(f"{', '.join(variables)}, = {source.bind('f', key_decoder(columns))}({raw}) or {nothing}")
    else:
        source.line(f"{', '.join(variables)}, = {source.bind('f', key_decoder(columns))}({raw})")
    return found


def group_key(step: Step, flow: Flow, scope: dict[str, Code], on_null: str) -> KeyCode:
    """Write the key of a GROUP BY. A NULL or failing group expression ends in ``on_null``."""
    source, node = step.source, step.node
    compiler = step.expressions(scope)
    columns: dict[str, Code] = {}
    same = list(flow.keys.values())
    for name, expr in node.keys:
        code = compiler.compile(expr)
        columns[name] = code if code.atom else step.key_variable(code, f"GROUP BY {name}", on_null)
    unchanged = [c.src for c in columns.values()] == [c.src for c in same] and flow.raw is not None
    tests = [f"{flow.raw} is None"] if unchanged else [f"{c.src} is None" for c in columns.values() if c.nullable]
    if tests:
        with source.block(f"if {' or '.join(tests)}:"):
            source.line(f"{step.build.dropped('a GROUP BY column is NULL')}()")
            source.line(on_null)
    if unchanged and flow.raw is not None:
        return KeyCode(flow.raw, columns)
    spot = flow.spot
    if spot is None or not all(isinstance(e, ColumnRef) and e.name in spot.columns for _, e in node.keys):
        raw, part = _grouped(step, columns)
    else:
        with source.block(f"if {spot.name} is None:"):
            raw, part = _grouped(step, columns)
            source.line(f"{spot.name} = {raw if part is None else f'{raw}, {part}'}")
            spot.keep(shared=False)
        with source.block("else:"):
            source.line(f"{raw if part is None else f'{raw}, {part}'} = {spot.name}")
    return KeyCode(raw, columns, part)


def _grouped(step: Step, columns: dict[str, Code]) -> tuple[str, str | None]:
    """Write a new key's bytes and the partition it would have, if both are wanted; the names they are in."""
    schema, codes = step.node.schema.key, list(columns.values())
    if not _placed(step, schema):
        return write_key_bytes(step, codes, schema), None
    places = KeyPlaces(key_encoder(schema), len(columns), step.build.partition_from_bytes)
    raw, part = step.source.fresh("kb"), step.source.fresh("p")
    step.source.line(f"{raw}, {part} = {step.source.bind('s', places)}[{_key_source(codes)}]")
    return raw, part


def _placed(step: Step, columns: Sequence[Column]) -> bool:
    """Whether bytes and partition of a key are looked up together: both are wanted, and the key can be remembered."""
    wanted = step.build.keeps_time and step.build.partitions > 1
    return wanted and not is_string(columns) and not any(c.type.base in _UNHASHABLE for c in columns)


def _key_source(codes: Sequence[Code]) -> str:
    return codes[0].src if len(codes) == 1 else "(" + "".join(f"{c.src}, " for c in codes) + ")"
