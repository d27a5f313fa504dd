"""Fields that SimpleDateFormat read, as an instant: how java.util.Calendar makes sense of them.

Of fields that say different things the ones that came last count; values beyond their range run on. What may not live here: text.
"""

from __future__ import annotations

from collections.abc import Mapping

from millstream.engine.values.javatime.civil import day_of_week, days_of_week, old_days_of

DAY = 86_400_000


def instant_of(fields: Mapping[str, int]) -> int:
    """Milliseconds since 1970 in UTC. ``fields`` are by pattern letter, in the order they came: ``u`` as ``E`` (1 is Sunday), ``k`` as
    ``H``, ``h`` as ``K``, ``L`` as ``M``, ``zone`` an offset in milliseconds."""
    place = {letter: index for index, letter in enumerate(fields)}
    days = _days(fields, place)
    return days * DAY + _clock(fields, place) - fields.get("zone", 0)


def _days(fields: Mapping[str, int], place: Mapping[str, int]) -> int:
    if place.get("Y", -1) > place.get("y", -1):
        return days_of_week(fields["Y"], fields.get("w", 1), fields.get("E", 1))
    year = fields.get("y", 1970)
    if fields.get("G") == 0:
        year = 1 - year
    how = _how(place)
    weekday = fields.get("E", 1)
    if how == "D":
        return old_days_of(year, 1, 1) + fields["D"] - 1
    if how == "w":
        return _in_week(old_days_of(year, 1, 1), fields["w"], weekday)
    month = fields.get("M", 1)
    if how == "W":
        return _in_week(old_days_of(year, month, 1), fields["W"], weekday)
    if how == "F":
        return _nth(year, month, fields.get("F", 1), weekday)
    return old_days_of(year, month, fields.get("d", 1))


def _how(place: Mapping[str, int]) -> str:
    """The field that says the day: d, D, or w, W or F with the day of the week."""
    weekday = place.get("E", -1)
    with_weekday = {letter: max(place[letter], weekday) for letter in "WFw" if letter in place and weekday >= 0}
    complete = [(place.get("d", -1), "d"), *((with_weekday.get(c, -1), c) for c in "WF"), (place.get("D", -1), "D")]
    complete.append((with_weekday.get("w", -1), "w"))
    best, how = -1, "d"
    for stamp, letter in complete:
        if stamp > best:
            best, how = stamp, letter
    if best < 0:
        alone = [(place.get("W", -1), "W"), (max(place.get("F", -1), weekday), "F"), (place.get("w", -1), "w")]
        best, how = max(alone, key=lambda entry: entry[0])
        if best < 0:
            return "d"
    return _which_week(how, place) if how in "WF" else how


def _which_week(how: str, place: Mapping[str, int]) -> str:
    """Of weeks that the same day of the week completes, the one that came last."""
    if place.get(how, -1) < place.get("w", -1):
        return "w"
    other = "W" if how == "F" else "F"
    return other if "E" in place and place.get(other, -1) > place.get(how, -1) else how


def _in_week(first: int, week: int, weekday: int) -> int:
    """The weekday of the n-th week from the one that holds a first day."""
    return first - day_of_week(first) % 7 + (week - 1) * 7 + (weekday - 1) % 7


def _nth(year: int, month: int, count: int, weekday: int) -> int:
    """The n-th such weekday of a month, counted from its end when negative."""
    first = old_days_of(year, month, 1)
    last = first + 7 * count - 1 if count >= 0 else old_days_of(year, month + 1, 1) + 7 * (count + 1) - 1
    return last - (day_of_week(last) % 7 + 1 - weekday) % 7


def _clock(fields: Mapping[str, int], place: Mapping[str, int]) -> int:
    half = max(place["K"], place["a"]) if "K" in place and "a" in place else -1
    of_day = place.get("H", -1)
    if max(half, of_day) < 0:
        half = max(place.get("K", -1), place.get("a", -1))
    hour = fields["H"] if of_day >= half and of_day >= 0 else fields.get("K", 0) + 12 * fields.get("a", 0) if half >= 0 else 0
    return ((hour * 60 + fields.get("m", 0)) * 60 + fields.get("s", 0)) * 1000 + fields.get("S", 0)
