"""Statements made of calls whose arguments mostly have the right types and odd values: these get past the binder and run."""

from __future__ import annotations

import random
from collections.abc import Sequence

from millstream.functions import (
    AggregateFunction,
    AnyDecimal,
    AnyStruct,
    FunctionRegistry,
    GenericArray,
    GenericMap,
    IntervalParam,
    LambdaParam,
    Param,
    ParamType,
    TableFunction,
)
from tests.fuzz.mutate import NUMBERS, TEXTS

#: Expressions over the world's ``src`` and ``tab`` by the type a parameter asks for.
_BY_TYPE: dict[str, list[str]] = {
    "STRING": [
        "s",
        "k",
        "s || k",
        "CAST(i AS STRING)",
        "CAST(ts AS STRING)",
        *TEXTS,
        "'UTC'",
        "'yyyy-MM-dd'",
        "'a b,c'",
        "'{\"a\": [1, {}]}'",
        "'http://u:p@h:99999/x?y=%zz#f'",
    ],
    "INTEGER": ["i", "a[1]", "st->x", "i * i", "0", "-1", "3", "2147483647", "-2147483648", "100000"],
    "BIGINT": ["l", "ROWTIME", "m['x']", "-9223372036854775808", "9223372036854775807", "253402300800000", "0"],
    "DOUBLE": ["f", "f / 0", "-f", "1e308", "1e-320", "0.5E0", "CAST('NaN' AS DOUBLE)"],
    "DECIMAL": ["d", "d * d", "-999999.99", "0.00", "123456789012345678901234567890.12"],
    "BOOLEAN": ["b", "NOT b", "i > 0", "s LIKE '%a'", "NULL IS NULL"],
    "BYTES": ["y", "TO_BYTES(s, 'utf8')", "TO_BYTES('zz', 'base64')"],
    "DATE": ["da", "CAST('0001-01-01' AS DATE)"],
    "TIME": ["ti", "CAST('23:59:59.999' AS TIME)"],
    "TIMESTAMP": ["ts", "CAST('9999-12-31T23:59:59' AS TIMESTAMP)", "FROM_UNIXTIME(l)"],
    "ARRAY": [
        "a",
        "ARRAY[1, NULL, 3]",
        "ARRAY['b', NULL, 'a']",
        "ARRAY[f]",
        "ARRAY[d, 1.5]",
        "st->y",
        "ARRAY[st]",
        "ARRAY[a, a]",
        "ARRAY[da]",
    ],
    "MAP": ["m", "MAP('x' := 'y')", "MAP('p' := a)", "MAP('b' := i, 'a' := NULL)"],
    "STRUCT": ["st", "STRUCT(p := i, q := s)"],
}
_UNITS = ["DAYS", "HOURS", "MINUTES", "SECONDS", "MILLISECONDS"]
_BODIES = ["{0}", "{0} + 1", "{0} || 'x'", "{0} > 1", "{0} IS NULL", "CAST({0} AS STRING)", "{0} + {1}", "{0} / {1}", "{1}", "LEN({0}) > 1"]


class Calls:
    """Writes statements over the functions of a registry."""

    def __init__(self, chance: random.Random, functions: FunctionRegistry) -> None:
        self._chance = chance
        found = [f for name in functions.names() if (f := functions.find(name)) is not None]
        self._aggregates = [f for f in found if isinstance(f, AggregateFunction)]
        self._tables = [f for f in found if isinstance(f, TableFunction)]
        self._scalars = [f for f in found if not isinstance(f, AggregateFunction | TableFunction)]

    def next(self) -> str:
        """A SELECT or a CREATE ... AS SELECT."""
        pick = self._chance.random()
        if pick < 0.2:
            aggregate = self._chance.choice(self._aggregates)
            window = self._chance.choice(["", "", "WINDOW TUMBLING (SIZE 10 SECONDS)", "WINDOW SESSION (5 SECONDS)"])
            source = "tab" if not window and self._chance.random() < 0.4 else "src"
            overload = self._chance.choice(aggregate.overloads)
            call = self._call(aggregate.name, [*overload.params, *overload.constants], 1)
            return f"SELECT k, {call} AS x FROM {source} {window} GROUP BY {self._chance.choice(['k', 'k', 's', 'b'])} EMIT CHANGES;"
        if pick < 0.3:
            table = self._chance.choice(self._tables)
            call = self._call(table.name, self._chance.choice(table.overloads).params, 1)
        else:
            call = self.scalar(2)
        if pick > 0.9:
            return f"SELECT k FROM src WHERE {call} = {self._of_any()} EMIT CHANGES;"
        if pick > 0.85:
            return f"INSERT INTO src (k, {self._chance.choice(['i', 'l', 'f', 's', 'd', 'a'])}) VALUES ('x', {call});"
        if pick > 0.75:
            form = self._chance.choice(["JSON", "AVRO", "PROTOBUF", "DELIMITED", "JSON_SR"])
            return f"CREATE STREAM o{self._chance.randrange(1000)} WITH (value_format='{form}') AS SELECT k, {call} AS x FROM src;"
        return f"SELECT {call} AS x FROM {self._chance.choice(['src', 'src', 'tab'])} EMIT CHANGES;"

    def scalar(self, depth: int) -> str:
        """A call of some scalar function."""
        function = self._chance.choice(self._scalars)
        return self._call(function.name, self._chance.choice(function.overloads).params, depth)

    def _call(self, name: str, params: Sequence[Param], depth: int) -> str:
        arguments: list[str] = []
        for param in params:
            for _ in range(self._chance.randrange(4) if param.variadic else 1):
                arguments.append(self._argument(param.type, depth))
        return f"{name}({', '.join(arguments)})"

    def _argument(self, wanted: ParamType, depth: int) -> str:
        chance = self._chance
        if isinstance(wanted, LambdaParam):
            names = ["p1", "p2", "p3"][: len(wanted.inputs)]
            body = chance.choice(_BODIES)
            return f"({', '.join(names)}) => {body.format(names[0], names[-1])}"
        if isinstance(wanted, IntervalParam):
            return chance.choice(_UNITS)
        if chance.random() < 0.06:
            return chance.choice(["NULL", *NUMBERS])
        if depth > 1 and chance.random() < 0.25:
            return self.scalar(depth - 1)
        return chance.choice(_BY_TYPE.get(_kind(wanted)) or _BY_TYPE[chance.choice(list(_BY_TYPE))])

    def _of_any(self) -> str:
        return self._chance.choice(_BY_TYPE[self._chance.choice(list(_BY_TYPE))])


def _kind(wanted: ParamType) -> str:
    if isinstance(wanted, AnyDecimal):
        return "DECIMAL"
    if isinstance(wanted, AnyStruct):
        return "STRUCT"
    if isinstance(wanted, GenericArray):
        return "ARRAY"
    if isinstance(wanted, GenericMap):
        return "MAP"
    return str(wanted).split("<")[0].split("(")[0]
