"""Expected and actual: values, records and rows of cases. Pure; every function gives None or the first difference as text."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

#: DOUBLEs of transcendental functions may differ in the last digits.
RELATIVE = 1e-12


def same(expected: Any, actual: Any) -> bool:
    """Equal as JSON values: numbers by value (doubles within a relative 1e-12), objects regardless of field order."""
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, int | float | Decimal) and isinstance(actual, int | float | Decimal):
        return _same_number(expected, actual)
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(same(v, actual[k]) for k, v in expected.items())
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    if isinstance(expected, str) and isinstance(actual, float):
        return expected in ("NaN", "Infinity", "-Infinity") and same(float(expected.replace("Infinity", "inf")), actual)
    return type(expected) is type(actual) and bool(expected == actual)


def same_record(expected: Any, actual: Any) -> bool:
    """A key or value. Its columns are many as expected, each under the case's name or that in upper case; a NULL one may have any name."""
    if not isinstance(expected, dict) or not isinstance(actual, dict):
        return same(expected, actual)
    if len(expected) != len(actual):
        return False
    found = (actual[k] if k in actual else actual.get(k.upper()) for k in expected)
    return all(map(same, expected.values(), found))


def _same_number(expected: Any, actual: Any) -> bool:
    if expected == actual:
        return True
    if isinstance(expected, int) and isinstance(actual, int):
        return False
    a, b = float(expected), float(actual)
    return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=RELATIVE)


def record(expected: dict[str, Any], actual: dict[str, Any]) -> str | None:
    """One record. Fields that the case does not give (key, timestamp, headers) are not compared; a window always is."""
    for part in ("key", "value", "timestamp", "headers"):
        if part == "value" or part in expected:
            want, got = expected.get(part), actual.get(part)
            if not (same_record if part in ("key", "value") else same)(want, got):
                return f"{part}: expected {want!r}, got {got!r}"
    want_window, got_window = expected.get("window"), actual.get("window")
    if want_window is not None:
        if got_window is None:
            return f"window: expected {want_window}, got none"
        ends = ("start", "end") if str(want_window.get("type", "")).upper() == "SESSION" else ("start",)
        for end in ends:
            if want_window[end] != got_window.get(end):
                return f"window {end}: expected {want_window[end]}, got {got_window.get(end)}"
    return None


def records(expected: list[dict[str, Any]], actual: list[dict[str, Any]]) -> str | None:
    """All records of one topic, in order."""
    for index, want in enumerate(expected):
        if index >= len(actual):
            return f"record {index}: expected {want!r}, got no more records ({len(actual)} in all)"
        if (difference := record(want, actual[index])) is not None:
            return f"record {index}: {difference}"
    if len(actual) > len(expected):
        return f"expected {len(expected)} records, got {len(actual)}; the first too many: {actual[len(expected)]!r}"
    return None
