"""The English names of zones, which Java takes from CLDR: what patterns ``z`` and ``v`` print, and which zone a name means that is read.

``zonenames.json`` holds, under ``printed``, the six names of zones (short, for winter and summer; long, likewise; short and long for both)
and, under ``read``, the names by the zone that they are read as. What may not live here: offsets.
"""

from __future__ import annotations

import functools
import json
from importlib.resources import files
from typing import Any

#: Places of the names in a list of six.
_SHORT, _LONG, _GENERIC = 0, 2, 4


@functools.cache
def _table() -> dict[str, Any]:
    text = files("millstream.engine.values.javatime").joinpath("zonenames.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


@functools.cache
def _printed() -> dict[str, list[str]]:
    return {zone: names for names, zones in _table()["printed"] for zone in zones.split()}


def printed(zone: str, *, summer: bool, full: bool, generic: bool) -> str | None:
    """The name of a zone, given by its ID: ``CET``, ``Central European Summer Time``. None where it has none but its offset."""
    names = _printed().get(zone)
    if names is None:
        return None
    return names[_GENERIC + full] if generic else names[(_LONG if full else _SHORT) + summer]


@functools.cache
def read_as(*, full: bool) -> dict[str, str]:
    """The IDs of zones by their names in lower case: the long ones or the short ones. A name stands for the zone, not for its summer."""
    return {name.lower(): zone for zone, names in _table()["read"].items() for name in names if (" " in name) == full}
