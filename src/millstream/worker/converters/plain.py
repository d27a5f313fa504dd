"""Connect values <-> what JSON can hold. Functions are made once a schema, so that a schema of plain columns costs nothing.

Bytes become base64, a Decimal base64 of its unscaled bytes or a number, NaN and the infinities texts (JSON has no numbers for them).
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any

from millstream.formats.numbers import EXACT
from millstream.worker.errors import DataError
from millstream.worker.schema import DECIMAL_NAME, FLOATS, INTEGERS, ConnectSchema, Field

Change = Callable[[Any], Any]
#: Wide enough for any decimal; digits behind the scale are rounded away.
_WIDE = Context(prec=4000)
_SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def unscaled(value: Decimal, scale: int) -> bytes:
    """A decimal as Connect's logical type holds it: the unscaled number, big-endian two's complement, as short as can be."""
    try:
        shifted = value.scaleb(scale, EXACT)
        number = int(shifted)
    except (InvalidOperation, Inexact, ValueError, OverflowError):
        raise DataError(f"{value} is no decimal number.") from None
    if number != shifted:
        raise DataError(f"The decimal {value} has more than the {scale} digits after the point that its schema allows.")
    return number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)


def scaled(data: bytes, scale: int) -> Decimal:
    """The decimal of unscaled bytes."""
    return Decimal((0, (0,), -scale)) if not data else Decimal(int.from_bytes(data, "big", signed=True)).scaleb(-scale, EXACT)


def _float_out(value: float) -> Any:
    if value - value == 0:  # finite
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def outward(schema: ConnectSchema | None, *, base64_decimals: bool) -> Change | None:
    """How a value becomes JSON-able; None: as it is."""
    if schema is None:
        return _schemaless_out
    inner: Change | None
    if schema.name == DECIMAL_NAME:
        scale = schema.scale
        if not base64_decimals:
            return None
        return _nullable(lambda v: unscaled(v if isinstance(v, Decimal) else Decimal(v), scale))
    if schema.type in FLOATS:
        return _nullable(_float_out)
    if schema.type == "array" and schema.element:
        inner = outward(schema.element, base64_decimals=base64_decimals)
        return None if inner is None else _nullable(_each(inner))
    if schema.type == "map" and schema.element:
        inner = outward(schema.element, base64_decimals=base64_decimals)
        keys_are_texts = schema.key is None or schema.key.type == "string"
        if not keys_are_texts:
            item = inner or (lambda v: v)
            return _nullable(lambda v: [[k, item(x)] for k, x in v.items()])
        return None if inner is None else _nullable(_each_value(inner))
    if schema.type == "struct":
        return _struct_out(schema, base64_decimals)
    return None


def _each(inner: Change) -> Change:
    return lambda v: [inner(x) for x in v]


def _each_value(inner: Change) -> Change:
    return lambda v: {k: inner(x) for k, x in v.items()}


def _struct_out(schema: ConnectSchema, base64_decimals: bool) -> Change | None:
    floats = [f.name for f in schema.fields if f.schema.type in FLOATS]
    changes = [(f.name, c) for f in schema.fields if (c := outward(f.schema, base64_decimals=base64_decimals))]
    only_floats = len(changes) == len(floats)
    if not changes:
        return None

    def change(value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is None:
            return None
        if only_floats:  # nearly always finite: then the value goes as it is
            for name in floats:
                number = value[name]
                if number is not None and number - number != 0:
                    break
            else:
                return value
        out = dict(value)
        for name, inner in changes:
            out[name] = inner(out[name])
        return out

    return change


def _schemaless_out(value: Any) -> Any:
    if isinstance(value, float):
        return _float_out(value)
    if isinstance(value, dict):
        return {k: _schemaless_out(v) for k, v in value.items()}
    return [_schemaless_out(v) for v in value] if isinstance(value, list) else value


def holds_decimals(schema: ConnectSchema) -> bool:
    """Whether numbers with a point must be read exactly."""
    inner = [f.schema for f in schema.fields] + [s for s in (schema.key, schema.element) if s is not None]
    return schema.name == DECIMAL_NAME or any(holds_decimals(s) for s in inner)


def _nullable(change: Change) -> Change:
    return lambda v: None if v is None else change(v)


def inward(schema: ConnectSchema, *, base64_decimals: bool = True, null_is_default: bool = True) -> Change:
    """How a JSON value becomes a value of the schema. Raises DataError where it does not fit."""
    change = _inward(schema, base64_decimals, null_is_default)

    def checked(value: Any) -> Any:
        if value is None:
            if schema.default is not None and null_is_default:
                return schema.default
            if not schema.optional:
                raise DataError(f"Invalid null value for required {schema.type} field")
            return None
        return change(value)

    return checked


def _inward(schema: ConnectSchema, base64_decimals: bool, null_is_default: bool) -> Change:
    if schema.name == DECIMAL_NAME:
        return _decimal_in(schema.scale)
    if schema.type == "bytes":
        return _bytes_in
    if schema.type in INTEGERS:
        return _typed(int, schema.type)
    if schema.type in FLOATS:
        return _float_in
    if schema.type == "boolean":
        return _typed(bool, "boolean")
    if schema.type == "string":
        return _typed(str, "string")

    def part(inner: ConnectSchema | None) -> Change:
        return inward(inner, base64_decimals=base64_decimals, null_is_default=null_is_default) if inner else lambda v: v

    if schema.type == "array":
        each = part(schema.element)
        return lambda v: [each(x) for x in _expect(v, list, "array")]
    if schema.type == "map":
        each_key, each_value = part(schema.key), part(schema.element)

        def a_map(value: Any) -> dict[Any, Any]:
            pairs = value.items() if isinstance(value, dict) else _expect(value, list, "map")
            return {each_key(k): each_value(x) for k, x in pairs}

        return a_map
    return _struct_in([(f, part(f.schema)) for f in schema.fields])


#: The class whose values need no look: any other goes through the field's change.
_QUICK: dict[str, type] = {**dict.fromkeys(INTEGERS, int), **dict.fromkeys(FLOATS, float), "string": str, "boolean": bool}


def _struct_in(fields: list[tuple[Field, Change]]) -> Change:
    """A function made for these fields; a value of the very class that is expected is taken without a call.

    Only machine-made names stand in its source; field names, classes and changes come in through its namespace.
    """
    namespace: dict[str, Any] = {"expect": _expect, "dict": dict}
    lines = ["def a_struct(value):", "    get = (value if value.__class__ is dict else expect(value, dict, 'struct')).get"]
    for i, (field, change) in enumerate(fields):
        namespace[f"n{i}"] = field.name
        namespace[f"c{i}"] = _named(field.name, change)
        quick = None if field.schema.name else _QUICK.get(field.schema.type)
        lines.append(f"    v{i} = get(n{i})")
        if quick is not None:
            namespace[f"k{i}"] = quick
            lines.append(f"    if v{i}.__class__ is not k{i}: v{i} = c{i}(v{i})")
        else:
            lines.append(f"    v{i} = c{i}(v{i})")
    lines.append("    return {" + ", ".join(f"n{i}: v{i}" for i in range(len(fields))) + "}")
    exec("\n".join(lines), namespace)
    made: Change = namespace["a_struct"]
    return made


def _named(name: str, change: Change) -> Change:
    """Errors of a field say which."""

    def named(value: Any) -> Any:
        try:
            return change(value)
        except DataError as e:
            raise DataError(f"Field '{name}': {e.message}") from None

    return named


def _expect(value: Any, kind: type, name: str) -> Any:
    if isinstance(value, kind):
        return value
    raise DataError(f"Expected a value of type {name}, got {type(value).__name__}.")


def _typed(kind: type, name: str) -> Change:
    def change(value: Any) -> Any:
        if type(value) is kind:
            return value
        if kind is int and isinstance(value, float) and value.is_integer():
            return int(value)
        raise DataError(f"Expected a value of type {name}, got {type(value).__name__}.")

    return change


def _float_in(value: Any) -> float:
    if isinstance(value, str) and value in _SPECIAL:
        return _SPECIAL[value]
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return float(value)
    raise DataError(f"Expected a value of type double, got {type(value).__name__}.")


def _bytes_in(value: Any) -> bytes:
    try:
        return value if isinstance(value, bytes) else base64.b64decode(_expect(value, str, "bytes"), validate=True)
    except ValueError:
        raise DataError("Expected base64 for a value of type bytes.") from None


def _decimal_in(scale: int) -> Change:
    """Both forms are read whatever is configured: a text is base64, a number is the number."""

    def change(value: Any) -> Decimal:
        if isinstance(value, str | bytes):
            return scaled(_bytes_in(value), scale)
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise DataError(f"Expected a decimal number, got {type(value).__name__}.")
        number = value if isinstance(value, Decimal) else Decimal(str(value))
        try:
            return number.quantize(Decimal((0, (1,), -scale)), context=_WIDE) if scale >= 0 else number
        except InvalidOperation:
            raise DataError(f"{number} is no decimal number.") from None

    return change
