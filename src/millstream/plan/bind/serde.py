"""Formats of a relation: which ones the properties name, their options, and whether they can carry the columns.

Used for declared relations and for sinks. What may not live here: decoding or encoding.
"""

from __future__ import annotations

from collections.abc import Sequence

from millstream import formats
from millstream.catalog import FormatSpec
from millstream.errors import BindError
from millstream.formats.base import Format, FormatOptions
from millstream.plan.bind.context import BindContext
from millstream.plan.bind.properties import With
from millstream.types import ArrayType, Base, Column, MapType, SqlType, StructType

DEFAULT_KEY = "ksql.persistence.default.format.key"
DEFAULT_VALUE = "ksql.persistence.default.format.value"
WRAP_DEFAULT = "ksql.persistence.wrap.single.values"
_NAMED_SCHEMA = {"AVRO", "PROTOBUF", "JSON_SR"}
_PROTOBUF = {"PROTOBUF", "PROTOBUF_NOSR"}


def format_names(with_: With) -> tuple[str | None, str | None]:
    """KEY_FORMAT and VALUE_FORMAT as given, FORMAT standing for both."""
    both, key, value = with_.text("FORMAT"), with_.text("KEY_FORMAT"), with_.text("VALUE_FORMAT")
    for name, given in (("KEY_FORMAT", key), ("VALUE_FORMAT", value)):
        if both is not None and given is not None:
            raise BindError(
                f"Cannot supply both '{name}' and 'FORMAT' properties, as 'FORMAT' sets both key and value formats. "
                "Either use just 'FORMAT', or use 'KEY_FORMAT' and 'VALUE_FORMAT'."
            )
    key, value = key or both, value or both
    return (key.upper() if key else None), (value.upper() if value else None)


def options(with_: With, name: str, topic: str, *, is_key: bool, inherited: FormatOptions | None = None) -> FormatOptions:
    """The options that the properties give to one side, on top of inherited ones. Raises BindError where the format does not take them."""
    side = "KEY" if is_key else "VALUE"
    delimiter = _delimiter(with_, f"{side}_DELIMITER")
    full_name = _full_name(with_, side)
    nullable = with_.choice(f"{side}_PROTOBUF_NULLABLE_REPRESENTATION", ("OPTIONAL", "WRAPPER"))
    schema_id = with_.number(f"{side}_SCHEMA_ID")
    unsupported = [
        label
        for label, given, takers in (
            ("delimiter", delimiter, {"DELIMITED"}),
            ("fullSchemaName", full_name, _NAMED_SCHEMA),
            ("nullableRepresentation", nullable, _PROTOBUF),
        )
        if given is not None and name not in takers
    ]
    if unsupported:
        raise BindError(f"{name} does not support the following configs: [{', '.join(unsupported)}]")
    if schema_id is not None and not formats.get(name).needs_registry:
        raise BindError(
            f"{side}_FORMAT should support schema inference when {side}_SCHEMA_ID is provided. Current format is {name}.",
            hint="Formats whose schemas are in the registry: AVRO, PROTOBUF, JSON_SR.",
        )
    base = inherited or FormatOptions()
    extra = {"nullableRepresentation": nullable} if nullable else dict(base.properties)
    return FormatOptions(
        delimiter=delimiter if delimiter is not None else base.delimiter,
        is_key=is_key,
        topic=topic,
        schema_id=schema_id,
        full_schema_name=full_name if full_name is not None else base.full_schema_name,
        properties=extra,
    )


def _delimiter(with_: With, name: str) -> str | None:
    value = with_.values.get(name)
    text = getattr(value, "value", None)
    if value is None or text is None:
        return None
    text = str(text)
    if not text.strip():
        reason = (
            "Delimiter cannot be empty, if you meant to have a tab or space for delimiter, please use the special values 'TAB' or 'SPACE'"
        )
    elif len(text) > 1 and text.upper() not in ("TAB", "SPACE"):
        reason = f"Invalid delimiter value: '{text}'. Delimiter must be a single character or TAB,SPACE"
    else:
        return text
    raise BindError(f"Configuration {name} is invalid: {reason}", hint="Example valid value: ';'", position=value.at)


def _full_name(with_: With, side: str) -> str | None:
    found = with_.text(f"{side}_SCHEMA_FULL_NAME")
    if found is None and side == "VALUE":
        found = with_.text("VALUE_AVRO_SCHEMA_FULL_NAME")
    if found is not None and not found.strip():
        raise BindError("fullSchemaName cannot be empty. Format configuration: {fullSchemaName=}")
    return found


def with_unwrapping(opts: FormatOptions, unwrapped: bool) -> FormatOptions:
    return FormatOptions(unwrapped, opts.delimiter, opts.is_key, opts.topic, opts.schema_id, opts.full_schema_name, opts.properties)


def key_spec(name: str, opts: FormatOptions, columns: Sequence[Column]) -> FormatSpec:
    """The key's format: a single column stands alone wherever the format can do so. Raises BindError where it cannot carry the columns."""
    refuse_map_keys(columns)
    found = formats.get(name)
    spec = FormatSpec(name, with_unwrapping(opts, len(columns) == 1 and found.can_unwrap and found.can_wrap))
    _check("Key", found, spec, columns)
    return spec


def value_spec(context: BindContext, with_: With, name: str, opts: FormatOptions, columns: Sequence[Column]) -> FormatSpec:
    """The value's format, WRAP_SINGLE_VALUE and its default applied."""
    found = formats.get(name)
    wrap = with_.boolean("WRAP_SINGLE_VALUE")
    if wrap is not None:
        if not (found.can_wrap if wrap else found.can_unwrap):
            raise BindError(f"Format '{name}' does not support 'WRAP_SINGLE_VALUE' set to '{str(wrap).lower()}'.")
        if len(columns) != 1:
            raise BindError(
                "'WRAP_SINGLE_VALUE' is only valid for single-field value schemas", hint=f"There are {len(columns)} value columns."
            )
    elif len(columns) == 1:
        default = context.properties.get(WRAP_DEFAULT, "")
        wrap = str(default).lower() == "true" if default else None
        if wrap is not None and not (found.can_wrap if wrap else found.can_unwrap):
            wrap = None
    unwrapped = len(columns) == 1 and (not found.wraps_by_default if wrap is None else not wrap)
    spec = FormatSpec(name, with_unwrapping(opts, unwrapped))
    _check("Value", found, spec, columns)
    return spec


def _check(side: str, found: Format, spec: FormatSpec, columns: Sequence[Column]) -> None:
    try:
        found.check(columns, spec.options)
    except BindError as error:
        shown = ", ".join(map(str, columns))
        features = "UNWRAP_SINGLES" if spec.options.unwrapped else ""
        raise BindError(
            f"{side} format does not support schema.\nformat: {spec.name}\n"
            f"schema: Persistence{{columns=[{shown}], features=[{features}]}}\nreason: {error.message}",
            hint=error.hint,
        ) from None


def refuse_map_keys(columns: Sequence[Column]) -> None:
    """MAPs have no order, so equal maps could have different bytes: keys cannot hold any."""
    for column in columns:
        if _has_map(column.type):
            raise BindError(
                "Map keys, including types that contain maps, are not supported as they may lead to unexpected behavior due to "
                f"inconsistent serialization. Key column name: `{column.name}`. Column type: {column.type}. "
                "See https://github.com/confluentinc/ksql/issues/6621 for more.",
                hint="Use the map's ENTRIES, or a value from it, as the key.",
            )


def _has_map(kind: SqlType) -> bool:
    if isinstance(kind, MapType):
        return True
    if isinstance(kind, ArrayType):
        return _has_map(kind.element)
    if isinstance(kind, StructType):
        return any(_has_map(f.type) for f in kind.fields)
    return kind.base is Base.MAP
