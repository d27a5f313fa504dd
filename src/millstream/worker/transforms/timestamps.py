"""TimestampConverter: between numbers, texts and Connect's time types. TimestampRouter: the topic by the record's time."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from millstream.worker import schema as types
from millstream.worker.definition import REQUIRED, Config, ConfigDef, Key, one_of
from millstream.worker.errors import DataError
from millstream.worker.records import Records
from millstream.worker.schema import ConnectSchema, Field
from millstream.worker.transforms.base import SideTransform, Transform, need_map

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"seconds": 1_000_000, "milliseconds": 1000, "microseconds": 1}
_DAY_MS = 86_400_000
#: Java's date patterns -> strftime. Longest first.
_PATTERN = re.compile(r"'((?:[^']|'')*)'|(yyyy|yy|y|MMMM|MMM|MM|M|dd|d|HH|H|hh|h|mm|m|ss|s|S+|a|EEEE|EEE|E|XXX|XX|X|Z|z)|(.)", re.DOTALL)
_DIRECTIVES = {
    "yyyy": "%Y", "y": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%m", "dd": "%d", "d": "%d", "HH": "%H", "H": "%H",
    "hh": "%I", "h": "%I", "mm": "%M", "m": "%M", "ss": "%S", "s": "%S", "a": "%p", "EEEE": "%A", "EEE": "%a", "E": "%a", "z": "%Z",
    "XXX": "%z", "XX": "%z", "X": "%z", "Z": "%z",
}  # fmt: skip
_BARE = frozenset("MdHhms")
_LETTERS = "y M d H h m s S a E X Z z"


def strftime(pattern: str, *, padded: bool = True) -> str:
    """A Java date pattern as Python's. Fractions of a second become microseconds (``%f``).

    ``padded`` is for reading; written, a single letter's number has no zero in front. ValueError for letters that stand for nothing here.
    """

    def part(match: re.Match[str]) -> str:
        quoted, letters, other = match.groups()
        if letters:
            if letters.startswith("S"):
                return "%f"
            return _DIRECTIVES[letters].replace("%", "%-") if letters in _BARE and not padded else _DIRECTIVES[letters]
        if other is not None and other.isascii() and other.isalpha():
            raise ValueError(f"{other!r} in the date pattern {pattern!r} is no letter of: {_LETTERS}. Text goes in '...'")
        text = quoted.replace("''", "'") or "'" if quoted is not None else other
        return str(text).replace("%", "%%")

    return _PATTERN.sub(part, pattern)


def text_of(millis: int, pattern: str) -> str:
    """A time in a Java date pattern, in UTC; as many digits of a second as the pattern has."""
    moment = _EPOCH + timedelta(milliseconds=millis)
    digits = max((len(m) for m in re.findall(r"S+", pattern)), default=0)
    offset = "Z" if "X" in pattern else "+0000"
    form = strftime(pattern, padded=False).replace("%Y", f"{moment.year:04d}")
    text = moment.strftime(form.replace("%f", f"{moment.microsecond:06d}"[:digits].ljust(digits, "0")).replace("%z", offset))
    return text


def _check(key: str, pattern: str) -> None:
    try:
        strftime(pattern)
    except ValueError as e:
        raise ValueError(f"{key}: {e}") from None


class TimestampConverter(SideTransform):
    """Kafka's TimestampConverter."""

    definition: ClassVar[ConfigDef] = ConfigDef(
        [
            Key("field", "STRING", "", "HIGH", "Field to convert. Empty: the whole value."),
            Key(
                "target.type",
                "STRING",
                REQUIRED,
                "HIGH",
                "string, unix, Date, Time or Timestamp.",
                check=one_of("string", "unix", "Date", "Time", "Timestamp"),
            ),
            Key("format", "STRING", "", "MEDIUM", "Java date pattern of texts, such as yyyy-MM-dd HH:mm:ss."),
            Key(
                "unix.precision",
                "STRING",
                "milliseconds",
                "LOW",
                "Unit of numbers.",
                check=one_of("nanoseconds", "microseconds", "milliseconds", "seconds"),
            ),
            Key("replace.null.with.default", "BOOLEAN", True, "MEDIUM", "Take a field's default where it is null."),
        ]
    )

    def configure(self, config: Config) -> None:
        self._field, self._target, self._format = config["field"], config["target.type"], config["format"]
        self._unit: str = config["unix.precision"]
        if self._target == "string" and not self._format:
            raise ValueError("format: TimestampConverter requires format option to be specified when using string timestamps")
        _check("format", self._format)

    def prepare(self, schema: ConnectSchema | None) -> tuple[ConnectSchema | None, Callable[[Any], Any]]:
        if not self._field:
            return (None if schema is None else self._schema(schema)), self._converter(schema)
        if schema is None:
            inner = self._converter(None)
            new = None
        else:
            found = schema.field(self._field)
            if found is None:
                raise DataError(f"Unknown field: {self._field}. Existing fields: {', '.join(f.name for f in schema.fields)}.")
            inner = self._converter(found.schema)
            fields = tuple(Field(f.name, self._schema(f.schema)) if f.name == self._field else f for f in schema.fields)
            new = replace(schema, fields=fields)

        def change(value: Any) -> Any:
            if value is None:
                return None
            record = need_map("converting timestamp formats", value)
            return {**record, self._field: inner(record.get(self._field))}

        return new, change

    def _schema(self, before: ConnectSchema) -> ConnectSchema:
        made = {
            "string": types.STRING, "unix": types.INT64, "Date": types.date(), "Time": types.time(), "Timestamp": types.timestamp(),
        }[self._target]  # fmt: skip
        return made.as_optional() if before.optional else made

    def _converter(self, schema: ConnectSchema | None) -> Callable[[Any], Any]:
        read = self._reader(schema)

        def change(value: Any) -> Any:
            return None if value is None else self._write(read(value))

        return change

    def _reader(self, schema: ConnectSchema | None) -> Callable[[Any], int]:
        """Milliseconds since 1970 of a value."""
        name = schema.name if schema is not None else None
        if name == types.DATE_NAME:
            return lambda v: int(v) * _DAY_MS
        if name in (types.TIME_NAME, types.TIMESTAMP_NAME):
            return int

        def read(value: Any) -> int:
            if isinstance(value, str):
                return self._parse(value)
            if isinstance(value, int) and not isinstance(value, bool):
                return value // 1_000_000 if self._unit == "nanoseconds" else value * _UNITS[self._unit] // 1000
            raise DataError(f"Schema {schema or type(value).__name__} does not correspond to a known timestamp type format")

        return read

    def _parse(self, text: str) -> int:
        try:
            moment = datetime.strptime(text, strftime(self._format))
        except ValueError as e:
            raise DataError(f"Could not parse timestamp: value ({text}) does not match pattern ({self._format})") from e
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (moment - _EPOCH) // timedelta(milliseconds=1)

    def _write(self, millis: int) -> Any:
        match self._target:
            case "string":
                return text_of(millis, self._format)
            case "unix":
                return millis * 1_000_000 if self._unit == "nanoseconds" else millis * 1000 // _UNITS[self._unit]
            case "Date":
                return millis // _DAY_MS
            case "Time":
                return millis % _DAY_MS
            case _:
                return millis


class TimestampConverterKey(TimestampConverter):
    side = "key"


class TimestampConverterValue(TimestampConverter):
    side = "value"


class TimestampRouter(Transform):
    """Kafka's TimestampRouter."""

    definition: ClassVar[ConfigDef] = ConfigDef(
        [
            Key("topic.format", "STRING", "${topic}-${timestamp}", "HIGH", "The new topic; ${topic} and ${timestamp} are replaced."),
            Key("timestamp.format", "STRING", "yyyyMMdd", "HIGH", "Java date pattern of the time, in UTC."),
        ]
    )

    def configure(self, config: Config) -> None:
        self._topic, self._format = config["topic.format"], config["timestamp.format"]
        _check("timestamp.format", self._format)

    def apply(self, records: Records) -> list[Records]:
        stamps = records.timestamps
        if stamps is None:
            raise DataError("Timestamp missing on record: TimestampRouter needs records with a timestamp.")
        runs = records.runs(lambda i: text_of(stamps[i], self._format))
        return [
            replace(run, topic=self._topic.replace("${topic}", records.topic).replace("${timestamp}", text), partition=None)
            for text, run in runs
        ]
