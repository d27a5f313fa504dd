"""Avro's binary encoding, compiled: a schema becomes one Python function that reads or writes it. Several times faster than a library
that walks the schema for every record.

A value of a union of several types is read as a pair: which of them, and the value. Schemas that cannot be one function (records inside
themselves, wide unions when writing, very deep nesting) are left to fastavro.
Only machine-made names appear in the generated source; names and constants of the schema come in through its namespace.
Logical types other than decimal must have been removed before (see ``schema.physical``).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from millstream.formats.avro.schema import Names
from millstream.formats.numbers import EXACT, INT_MAX, INT_MIN, LONG_MAX, LONG_MIN

#: (data, where the value starts) -> value. Raises ValueError, IndexError or struct.error on broken data.
Read = Callable[[bytes, int], Any]
#: (value, what the bytes are added to). Raises TypeError, ValueError, AttributeError or KeyError where the value does not fit.
Write = Callable[[Any, bytearray], None]


class Unsupported(Exception):
    """This schema is not for the compiler."""


class _Source:
    """Lines of a function, and the constants they refer to."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.lines: list[str] = []
        self.scope: dict[str, Any] = {}
        self.inside: list[str] = []
        self._count = 0

    def new(self, prefix: str = "v") -> str:
        self._count += 1
        return f"{prefix}{self._count}"

    def constant(self, value: Any) -> str:
        name = self.new("k")
        self.scope[name] = value
        return name

    def add(self, depth: int, *lines: str) -> None:
        self.lines += ["    " * depth + line for line in lines]

    def resolved(self, node: Any) -> tuple[Any, str]:
        """The definition of a node, and its kind (``union`` for a list)."""
        node = self.names.resolve(node)
        kind = "union" if isinstance(node, list) else node if isinstance(node, str) else node["type"]
        return node, kind

    def compiled(self, head: str, tail: list[str]) -> Any:
        source = "\n".join([head, *self.lines, *tail]) + "\n"
        try:
            exec(source, self.scope)
        except SyntaxError as error:  # too many nested blocks
            raise Unsupported(str(error)) from None
        return self.scope["run"]


def reader(node: Any, names: Names) -> Read:
    """Compile the reader of a schema. Raises Unsupported."""
    source = _Source(names)
    source.scope.update(varint=_varint, double=struct.Struct("<d").unpack_from, single=struct.Struct("<f").unpack_from, decimal=_decimal)
    _read(source, node, "out", 1)
    run: Read = source.compiled("def run(d, p):", ["    return out"])
    return run


def _read(s: _Source, node: Any, to: str, depth: int) -> None:
    """Emit what reads a value of this schema at ``p`` into the variable ``to``."""
    node, kind = s.resolved(node)
    if kind in ("int", "long"):
        s.add(depth, *_LONG, f"{to} = n >> 1 ^ -(n & 1)")
    elif kind == "null":
        s.add(depth, f"{to} = None")
    elif kind == "boolean":
        s.add(depth, f"{to} = d[p] != 0", "p += 1")
    elif kind in ("float", "double"):
        s.add(depth, f"{to} = {'double' if kind == 'double' else 'single'}(d, p)[0]", f"p += {8 if kind == 'double' else 4}")
    elif kind in ("string", "bytes"):
        s.add(depth, *_LONG, "e = p + (n >> 1)", "if n & 1 or e > len(d): raise ValueError('a length goes beyond the end')")
        s.add(depth, f"{to} = {_content(s, node, kind)}", "p = e")
    elif kind == "fixed":
        s.add(depth, f"e = p + {int(node['size'])}", "if e > len(d): raise ValueError('the data ends too early')")
        s.add(depth, f"{to} = {_content(s, node, kind)}", "p = e")
    elif kind == "enum":
        s.add(depth, *_LONG, f"{to} = {s.constant(tuple(node['symbols']))}[n >> 1]")
    elif kind == "union":
        _read_union(s, node, to, depth)
    elif kind in ("array", "map"):
        _read_blocks(s, node, kind, to, depth)
    elif kind in ("record", "error"):
        _read_record(s, node, to, depth)
    else:
        raise Unsupported(kind)


_LONG = ("n = d[p]", "p += 1", "if n > 127: n, p = varint(d, p, n)")


def _content(s: _Source, node: Any, kind: str) -> str:
    if kind == "string":
        return "d[p:e].decode()"
    if isinstance(node, dict) and node.get("logicalType") == "decimal":
        return f"decimal(d[p:e], {s.constant(int(node.get('scale', 0)))})"
    return "d[p:e]"


def _read_union(s: _Source, branches: list[Any], to: str, depth: int) -> None:
    if len(branches) > 63:
        raise Unsupported("union")
    s.add(depth, "b = d[p]", "p += 1")
    # What is there is asked for before what is not.
    order = sorted(range(len(branches)), key=lambda i: branches[i] == "null")
    several = sum(branch != "null" for branch in branches) > 1
    for turn, index in enumerate(order):
        s.add(depth, f"{'el' if turn else ''}if b == {2 * index}:")
        _read(s, branches[index], to, depth + 1)
        if several and branches[index] != "null":
            s.add(depth + 1, f"{to} = ({index}, {to})")
    s.add(depth, "else: raise ValueError('a union has no such branch')")


def _read_blocks(s: _Source, node: Any, kind: str, to: str, depth: int) -> None:
    count, got, item, key = s.new(), s.new(), s.new(), s.new()
    s.add(depth, f"{got} = {'[]' if kind == 'array' else '{}'}", "while True:")
    s.add(depth + 1, *_LONG, f"{count} = n >> 1 ^ -(n & 1)", f"if not {count}: break")
    s.add(depth + 1, f"if {count} < 0:", f"    {count} = -{count}", *("    " + line for line in _LONG))  # a block that says its size
    s.add(depth + 1, f"if {count} > len(d): raise ValueError('a block has more items than bytes')", f"for _ in range({count}):")
    if kind == "map":
        _read(s, "string", key, depth + 2)
    _read(s, node["items" if kind == "array" else "values"], item, depth + 2)
    s.add(depth + 2, f"{got}.append({item})" if kind == "array" else f"{got}[{key}] = {item}")
    s.add(depth, f"{to} = {got}")


def _read_record(s: _Source, node: Any, to: str, depth: int) -> None:
    if node["name"] in s.inside:
        raise Unsupported("a record inside itself")
    s.inside.append(node["name"])
    parts = []
    for field in node["fields"]:
        value = s.new()
        _read(s, field["type"], value, depth)
        parts.append(f"{s.constant(field['name'])}: {value}")
    s.inside.pop()
    s.add(depth, f"{to} = {{{', '.join(parts)}}}")


def _varint(data: bytes, at: int, value: int) -> tuple[int, int]:
    """The rest of a number whose first byte said that there is more."""
    value &= 0x7F
    shift = 7
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number has more than 64 bits")


def _decimal(data: bytes, scale: int) -> Decimal:
    return Decimal(int.from_bytes(data, "big", signed=True)).scaleb(-scale, EXACT)


def writer(node: Any, names: Names) -> Write:
    """Compile the writer of a schema. Raises Unsupported."""
    source = _Source(names)
    source.scope.update(long=_long, double=struct.Struct("<d").pack, single=struct.Struct("<f").pack, unscaled=_unscaled)
    _write(source, node, "x", 1)
    run: Write = source.compiled("def run(x, o):", [])
    return run


def _write(s: _Source, node: Any, x: str, depth: int) -> None:
    """Emit what adds the value of the variable ``x`` to ``o``."""
    node, kind = s.resolved(node)
    if kind in ("int", "long"):
        low, high = (INT_MIN, INT_MAX) if kind == "int" else (LONG_MIN, LONG_MAX)
        s.add(depth, f"if not {low} <= {x} <= {high}: raise ValueError(f'{{{x}}} does not fit Avro {kind}')")
        s.add(depth, f"n = {x} << 1 ^ {x} >> 63", "if n < 128: o.append(n)", "else: long(n, o)")
    elif kind == "null":
        s.add(depth, f"if {x} is not None: raise ValueError('expected NULL')")
    elif kind == "boolean":
        s.add(depth, f"if {x} is None: raise ValueError('NULL does not fit Avro boolean')", f"o.append(1 if {x} else 0)")
    elif kind in ("float", "double"):
        s.add(depth, f"o += {'double' if kind == 'double' else 'single'}({x})")
    elif kind in ("string", "bytes"):
        s.add(depth, f"c = {_bytes(s, node, kind, x)}", "n = len(c) << 1", "if n < 128: o.append(n)", "else: long(n, o)", "o += c")
    elif kind == "enum":
        s.add(depth, f"long({s.constant({symbol: 2 * i for i, symbol in enumerate(node['symbols'])})}[{x}], o)")
    elif kind == "union":
        _write_union(s, node, x, depth)
    elif kind in ("array", "map"):
        _write_block(s, node, kind, x, depth)
    elif kind in ("record", "error"):
        _write_record(s, node, x, depth)
    else:
        raise Unsupported(kind)


def _bytes(s: _Source, node: Any, kind: str, x: str) -> str:
    if kind == "string":
        return f"{x}.encode()"
    if isinstance(node, dict) and node.get("logicalType") == "decimal":
        return f"unscaled({x}, {s.constant(int(node.get('scale', 0)))}, {s.constant(int(node['precision']))})"
    return x


def _write_union(s: _Source, branches: list[Any], x: str, depth: int) -> None:
    present = [i for i, b in enumerate(branches) if b != "null"]
    if len(present) != 1 or len(branches) != 2:
        raise Unsupported("a union of several types")
    s.add(depth, f"if {x} is None: o.append({2 * (1 - present[0])})", "else:", f"    o.append({2 * present[0]})")
    _write(s, branches[present[0]], x, depth + 1)


def _write_block(s: _Source, node: Any, kind: str, x: str, depth: int) -> None:
    item, key = s.new(), s.new()
    s.add(depth, f"if {x}:", f"    long(len({x}) << 1, o)")
    s.add(depth + 1, f"for {item} in {x}:" if kind == "array" else f"for {key}, {item} in {x}.items():")
    if kind == "map":
        _write(s, "string", key, depth + 2)
    _write(s, node["items" if kind == "array" else "values"], item, depth + 2)
    s.add(depth, f"elif {x} is None: raise ValueError('NULL does not fit Avro {kind}')", "o.append(0)")


def _write_record(s: _Source, node: Any, x: str, depth: int) -> None:
    if node["name"] in s.inside:
        raise Unsupported("a record inside itself")
    s.inside.append(node["name"])
    s.add(depth, f"g = {x}.get")
    for field in node["fields"]:
        value, name = s.new(), s.constant(field["name"])
        default = field.get("default")
        if default is not None and not isinstance(default, str | bool | int | float):
            raise Unsupported("a nested default")
        s.add(depth, f"{value} = g({name})")
        if default is not None:  # as Connect does it, a default stands for NULL, not only for what is missing
            s.add(depth, f"if {value} is None: {value} = {s.constant(default)}")
        _write(s, field["type"], value, depth)
        if not isinstance(s.names.resolve(field["type"]), str):  # a record on the way may have taken the short name
            s.add(depth, f"g = {x}.get")
    s.inside.pop()
    if not node["fields"]:
        s.add(depth, "pass")


def _long(n: int, out: bytearray) -> None:
    """A number that has been zigzagged already."""
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)


def _unscaled(value: Decimal, scale: int, precision: int) -> bytes:
    """A decimal's digits as the fewest bytes that keep the sign, as BigInteger.toByteArray."""
    sign, digits, exponent = value.as_tuple()
    shift = int(exponent) + scale
    number = int("".join(map(str, digits)) or "0") * 10**shift if shift >= 0 else -1
    if shift < 0 or len(str(number)) > precision:
        raise ValueError(f"{value} does not fit DECIMAL({precision}, {scale})")
    number = -number if sign else number
    return number.to_bytes((number if number >= 0 else ~number).bit_length() // 8 + 1, "big", signed=True)
