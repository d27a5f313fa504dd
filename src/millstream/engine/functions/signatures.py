"""Signatures as text: ``NAME(x INT, rest STRING...) -> ARRAY<T>`` to and from the objects of ``millstream.functions``.

A type is a SQL type (``INT``, ``VARCHAR`` and ``DECIMAL(4, 2)`` too), ``DECIMAL`` or ``STRUCT`` for any of these, a capital letter for a
type variable, ``ANY`` for any type, ``INTERVAL`` for a time unit, or ``LAMBDA(T, S) => R``. What may not live here: anything that knows a
particular function.
"""

from __future__ import annotations

import re

from millstream.dataclass import dataclass
from millstream.functions import AnyDecimal, AnyStruct, AnyType, GenericArray, GenericMap, IntervalParam, LambdaParam, Param, ParamType
from millstream.types import (
    BIGINT,
    BOOLEAN,
    BYTES,
    DATE,
    DOUBLE,
    INTEGER,
    STRING,
    TIME,
    TIMESTAMP,
    ArrayType,
    MapType,
    SqlType,
    StructType,
    array,
    decimal,
    map_of,
    struct,
)

_SIMPLE: dict[str, ParamType] = {
    "BOOLEAN": BOOLEAN,
    "INT": INTEGER,
    "INTEGER": INTEGER,
    "BIGINT": BIGINT,
    "DOUBLE": DOUBLE,
    "STRING": STRING,
    "VARCHAR": STRING,
    "BYTES": BYTES,
    "DATE": DATE,
    "TIME": TIME,
    "TIMESTAMP": TIMESTAMP,
    "INTERVAL": IntervalParam(),
    "ANY": AnyType("ANY"),
}
_TOKEN = re.compile(r"\s*(\.\.\.|->|=>|\d+|\w+|[(),<>])")


@dataclass(frozen=True, slots=True)
class Signature:
    """A parsed signature. ``returns`` is None where the text has no ``->`` (the definition then gives a rule)."""

    name: str
    params: tuple[Param, ...]
    returns: ParamType | None


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _TOKEN.findall(text)
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str | None = None) -> str:
        token = self.peek()
        if not token or (expected is not None and token != expected):
            raise ValueError(f"Signature {self.text!r}: expected {expected or 'more'}, got {token or 'its end'}.")
        self.at += 1
        return token

    def accept(self, token: str) -> bool:
        if self.peek() == token:
            self.at += 1
            return True
        return False

    def signature(self) -> Signature:
        name = self.take()
        params = self.params()
        returns = self.type() if self.accept("->") else None
        if self.peek():
            raise ValueError(f"Signature {self.text!r}: {self.peek()!r} is left over.")
        return Signature(name, params, returns)

    def params(self) -> tuple[Param, ...]:
        self.take("(")
        found: list[Param] = []
        while not self.accept(")"):
            name = self.take()
            kind = self.type()
            found.append(Param(kind, name, variadic=self.accept("...")))
            if self.peek() != ")":
                self.take(",")
        return tuple(found)

    def type(self) -> ParamType:
        word = self.take()
        simple = _SIMPLE.get(word)
        if simple is not None:
            return simple
        if len(word) == 1 and word.isupper():
            return AnyType(word)
        if word == "ARRAY":
            self.take("<")
            element = self.type()
            self.take(">")
            return array(element) if isinstance(element, SqlType) else GenericArray(element)
        if word == "MAP":
            self.take("<")
            key = self.type()
            self.take(",")
            value = self.type()
            self.take(">")
            return map_of(key, value) if isinstance(key, SqlType) and isinstance(value, SqlType) else GenericMap(key, value)
        if word == "DECIMAL":
            return self.decimal()
        if word == "STRUCT":
            return self.struct()
        if word == "LAMBDA":
            return self.lambda_()
        raise ValueError(f"Signature {self.text!r}: {word!r} is no type.")

    def decimal(self) -> ParamType:
        if not self.accept("("):
            return AnyDecimal()
        precision = int(self.take())
        self.take(",")
        scale = int(self.take())
        self.take(")")
        return decimal(precision, scale)

    def struct(self) -> ParamType:
        if not self.accept("<"):
            return AnyStruct()
        fields: list[tuple[str, SqlType]] = []
        while not self.accept(">"):
            name = self.take()
            kind = self.type()
            if not isinstance(kind, SqlType):
                raise ValueError(f"Signature {self.text!r}: the field {name} needs a SQL type, got {kind}.")
            fields.append((name, kind))
            if self.peek() != ">":
                self.take(",")
        return struct(fields)

    def lambda_(self) -> ParamType:
        self.take("(")
        inputs = [self.type()]
        while self.accept(","):
            inputs.append(self.type())
        self.take(")")
        self.take("=>")
        return LambdaParam(tuple(inputs), self.type())


def parse_signature(text: str) -> Signature:
    """``NAME(a INT, b T...) -> T`` as objects. ValueError tells what is wrong with the text."""
    return _Reader(text).signature()


def parse_type(text: str) -> ParamType:
    """One type of a signature."""
    reader = _Reader(text)
    kind = reader.type()
    if reader.peek():
        raise ValueError(f"Type {text!r}: {reader.peek()!r} is left over.")
    return kind


def display(kind: ParamType) -> str:
    """A type as ksqlDB's function listings write it: VARCHAR and INT instead of STRING and INTEGER."""
    if kind == STRING:
        return "VARCHAR"
    if kind == INTEGER:
        return "INT"
    if isinstance(kind, GenericArray | ArrayType):
        return f"ARRAY<{display(kind.element)}>"
    if isinstance(kind, GenericMap | MapType):
        return f"MAP<{display(kind.key)}, {display(kind.value)}>"
    if isinstance(kind, StructType):
        return f"STRUCT<{', '.join(f'{f.name} {display(f.type)}' for f in kind.fields)}>"
    if isinstance(kind, LambdaParam):
        return f"LAMBDA ({', '.join(map(display, kind.inputs))}) => {display(kind.result)}"
    return str(kind)


def display_params(params: tuple[Param, ...]) -> str:
    """``VARCHAR str, INT pos``: the parameters as ksqlDB lists the alternatives of a call."""
    return ", ".join(f"{display(p.type)}{'...' if p.variadic else ''} {p.name}".rstrip() for p in params)
