"""What belongs to no family. What may not live here: anything that does."""

from __future__ import annotations

import math
from typing import Any

from millstream.engine.functions.define import Family
from millstream.errors import RecordError

define = Family("OTHER")

define.describe("AS_VALUE", "Gives a key column as it is, so that it can also be a value column.", keyColumn="The column.")
define.describe(
    "GEO_DISTANCE",
    "Gives the distance of two points on the earth along a great circle.",
    lat1="Latitude of the first in degrees.",
    lon1="Longitude of the first.",
    lat2="Latitude of the second.",
    lon2="Longitude of the second.",
    units="KM or MILES; KM if left out.",
)

_RADIUS = {"KM": 6371.0, "MILES": 3959.0}


@define("AS_VALUE(keyColumn T) -> T", strict=False)
def as_value(value: Any) -> Any:
    return value


@define(
    "GEO_DISTANCE(lat1 DOUBLE, lon1 DOUBLE, lat2 DOUBLE, lon2 DOUBLE, units STRING) -> DOUBLE",
    "GEO_DISTANCE(lat1 DOUBLE, lon1 DOUBLE, lat2 DOUBLE, lon2 DOUBLE) -> DOUBLE",
    strict=False,
)
def geo_distance(lat1: float | None, lon1: float | None, lat2: float | None, lon2: float | None, units: str | None = None) -> float | None:
    if lat1 is None or lon1 is None or lat2 is None or lon2 is None:
        return None
    for name, value, bound in (("latitude", lat1, 90), ("latitude", lat2, 90), ("longitude", lon1, 180), ("longitude", lon2, 180)):
        if not -bound <= value <= bound:
            raise RecordError(f"A {name} must lie between -{bound} and {bound} degrees, got {value}.")
    unit = (units or "KM").upper()
    radius = _RADIUS["MILES" if unit in ("MILE", "MILES", "MI") else "KM" if unit in ("KM", "KILOMETER", "KILOMETERS") else _unknown(unit)]
    up, across = math.radians(lat2 - lat1), math.radians(lon2 - lon1)
    half = math.sin(up / 2) ** 2 + math.sin(across / 2) ** 2 * math.cos(math.radians(lat1)) * math.cos(math.radians(lat2))
    return 2 * math.asin(math.sqrt(half)) * radius


def _unknown(units: str) -> str:
    raise RecordError(f"GeoDistance units must be one of miles or kilometres, got {units!r}.")
