"""The WITH clause of relations: which properties there are, what each may be, and what was given.

What may not live here: what the properties mean together (``relation``, ``sink``).
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from millstream.dataclass import dataclass
from millstream.errors import BindError
from millstream.plan.bind.text import show
from millstream.sql import tree

_BOTH = [
    "FORMAT",
    "KEY_FORMAT",
    "VALUE_FORMAT",
    "PARTITIONS",
    "REPLICAS",
    "TIMESTAMP",
    "TIMESTAMP_FORMAT",
    "WRAP_SINGLE_VALUE",
    "KEY_DELIMITER",
    "VALUE_DELIMITER",
    "KEY_SCHEMA_ID",
    "VALUE_SCHEMA_ID",
    "KEY_SCHEMA_FULL_NAME",
    "VALUE_SCHEMA_FULL_NAME",
    "VALUE_AVRO_SCHEMA_FULL_NAME",
    "KEY_PROTOBUF_NULLABLE_REPRESENTATION",
    "VALUE_PROTOBUF_NULLABLE_REPRESENTATION",
    "KAFKA_TOPIC",
    "RETENTION_MS",
    "CLEANUP_POLICY",
]
#: Properties of CREATE STREAM | TABLE, of CREATE ... AS SELECT, and of INSERT INTO.
CREATE = frozenset(_BOTH) | {"WINDOW_TYPE", "WINDOW_SIZE", "SOURCED_BY_CONNECTOR"}
CREATE_AS = frozenset(_BOTH)
INSERT = frozenset({"QUERY_ID"})

_WINDOW_UNITS = {
    "NANOSECOND": 0,
    "MICROSECOND": 0,
    "MILLISECOND": 1,
    "SECOND": 1000,
    "MINUTE": 60_000,
    "HOUR": 3_600_000,
    "DAY": 86_400_000,
}
_UNITS_TEXT = "NANOSECONDS, MICROSECONDS, MILLISECONDS, SECONDS, MINUTES, HOURS, DAYS"


@dataclass(frozen=True, slots=True)
class With:
    """The properties of one statement, checked for their names. Getters check values and name the property when one does not fit."""

    values: Mapping[str, tree.Expr]

    @staticmethod
    def read(properties: tree.Properties, known: frozenset[str]) -> With:
        """Raises BindError for unknown and repeated properties."""
        values: dict[str, tree.Expr] = {}
        unknown: list[str] = []
        for written, value in properties:
            name = written.upper()
            if name in values:
                raise BindError(
                    f"Multiple entries with same key: {name}={show(value)} and {name}={show(values[name])}",
                    hint="Give each property once.",
                    position=value.at,
                )
            if name not in known:
                unknown.append(name)
            values[name] = value
        if unknown:
            near = [m for u in unknown for m in difflib.get_close_matches(u, known, n=1)]
            hint = f"Did you mean {', '.join(near)}?" if near else f"Properties are {', '.join(sorted(known))}."
            raise BindError(f"Invalid config variable(s) in the WITH clause: {','.join(unknown)}", hint=hint)
        return With(values)

    def text(self, name: str) -> str | None:
        """A non-empty text, None when not given."""
        value = self.values.get(name)
        if value is None or isinstance(value, tree.Null):
            return None
        if isinstance(value, tree.String):
            if value.value == "":
                raise _invalid(name, "", "String must be non-empty", value)
            return value.value
        if isinstance(value, tree.Name):
            return value.name
        raise _invalid(name, show(value), "a text in single quotes is expected", value)

    def choice(self, name: str, allowed: tuple[str, ...]) -> str | None:
        """One of ``allowed`` (any case), in upper case."""
        found = self.text(name)
        if found is not None and found.upper() not in allowed:
            raise _invalid(name, found, f"String must be one of: {', '.join(allowed)}, null", self.values[name])
        return found.upper() if found is not None else None

    def number(self, name: str) -> int | None:
        """A whole number; a text that is one is taken too."""
        value = self.values.get(name)
        if value is None or isinstance(value, tree.Null):
            return None
        if isinstance(value, tree.Unary) and value.op == "-" and isinstance(value.operand, tree.Integer):
            return -value.operand.value
        if isinstance(value, tree.Integer):
            return value.value
        if isinstance(value, tree.String):
            try:
                return int(value.value.strip())
            except ValueError:
                pass
        raise _invalid(name, show(value), "Not a number of type INT", value)

    def boolean(self, name: str) -> bool | None:
        value = self.values.get(name)
        if value is None or isinstance(value, tree.Null):
            return None
        if isinstance(value, tree.Bool):
            return value.value
        if isinstance(value, tree.String) and value.value.lower() in ("true", "false"):
            return value.value.lower() == "true"
        raise _invalid(name, show(value), "Expected value to be either true or false", value)

    def duration(self, name: str) -> int | None:
        """``'10 SECONDS'`` in ms."""
        text = self.text(name)
        if text is None:
            return None
        number, _, unit = text.strip().partition(" ")
        unit = unit.strip().upper()
        try:
            count = int(number)
        except ValueError:
            raise _duration(name, text, f"Not numeric: '{number}'") from None
        if not unit:
            raise _duration(name, text, "Expected a number and a time unit")
        known = unit.removesuffix("S")
        if known not in _WINDOW_UNITS:
            raise _duration(name, text, f"Unknown time unit: '{unit}'\nSupported time units are: {_UNITS_TEXT}")
        nanos = {"NANOSECOND": 1_000_000, "MICROSECOND": 1000}
        return count // nanos[known] if known in nanos else count * _WINDOW_UNITS[known]


def _invalid(name: str, given: str, reason: str, value: tree.Expr) -> BindError:
    return BindError(f"Invalid value {given} for property {name}: {reason}", position=value.at)


def _duration(name: str, text: str, reason: str) -> BindError:
    return BindError(f"Configuration {name} is invalid: Invalid duration: '{text}'. {reason}", hint="Example valid value: '10 SECONDS'")


def column_name(text: str) -> str:
    """The column that a property's text names: upper-cased unless in back-ticks or double quotes."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in '`"':
        return text[1:-1]
    return text.upper()
