"""Java's date patterns: what they print, what they read, and what they refuse."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millstream.engine.values.javatime import (
    civil_of,
    days_of,
    format_date,
    format_pattern,
    format_time,
    parse_date,
    parse_time,
    parse_zoned,
    simple_format,
    simple_parse,
    to_utc,
    zone_named,
)
from millstream.errors import RecordError

LEAP = 1_582_979_696_789  # 2020-02-29T12:34:56.789Z, a Saturday


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss.SSS", "2020-02-29T12:34:56.789"),
        ("yy/M/d", "20/2/29"),
        ("EEE, d MMM uuuu", "Sat, 29 Feb 2020"),
        ("EEEE MMMM", "Saturday February"),
        ("D DDD", "60 060"),
        ("hh:mm a K k", "12:34 PM 0 12"),
        ("QQQ e w Y", "Q1 7 9 2020"),
        ("SSSSSS A n", "789000 45296789 789000000"),
        ("G GGGG", "AD Anno Domini"),
        ("VV z XXX xx Z O", "UTC UTC Z +0000 +0000 GMT"),
        ("zzzz", "Coordinated Universal Time"),
        ("''yyyy''", "'2020'"),
        ("ppH[:mm]", "12:34"),
    ],
)
def test_patterns_print(pattern: str, shown: str) -> None:
    """Letters by kind and count."""
    assert format_pattern(LEAP, pattern) == shown


@pytest.mark.parametrize("pattern", ["bad{{", "yyyy'", "iii", "HHH", "aa", "V", "]", "p", "SSSSSSSSSS"])
def test_patterns_that_java_refuses_are_refused(pattern: str) -> None:
    """With the pattern in the error."""
    with pytest.raises(RecordError) as caught:
        format_pattern(LEAP, pattern)
    assert pattern in caught.value.message


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Z", "Z Z Z"),
        ("UT", "UT UT UT"),
        ("GMT", "GMT GMT Greenwich Mean Time"),
        ("GMT+1", "GMT+01:00 GMT+01:00 GMT+01:00"),
        ("UTC-03:30", "UTC-03:30 UTC-03:30 UTC-03:30"),
        ("UTC+0", "UTC UTC Coordinated Universal Time"),
        ("+5", "+05:00 +05:00 +05:00"),
        ("-00:00", "Z Z Z"),
        ("Asia/Kathmandu", "Asia/Kathmandu NPT Nepal Time"),
        ("Pacific/Apia", "Pacific/Apia WSDT Apia Daylight Time"),
        ("SystemV/EST5EDT", "SystemV/EST5EDT EST Eastern Standard Time"),
        ("Etc/GMT+5", "Etc/GMT+5 GMT-05:00 GMT-05:00"),
        ("Etc/UTC", "Etc/UTC UTC Coordinated Universal Time"),
        ("America/New_York", "America/New_York EST Eastern Standard Time"),
        ("Europe/London", "Europe/London GMT Greenwich Mean Time"),
    ],
)
def test_zones_are_shown_by_the_names_they_were_given(zone: str, shown: str) -> None:
    """Prefixes stay, offsets are completed; cities have a short and a long name."""
    assert format_pattern(LEAP, "VV z zzzz", zone_named(zone)) == shown


def test_names_of_zones_go_with_the_season_and_not_with_the_century() -> None:
    """CST is China's too; the names of today stand for the time before there were zones as well."""
    york, shanghai = zone_named("America/New_York"), zone_named("Asia/Shanghai")
    assert format_pattern(1_720_000_000_123, "z, zzzz, v, vvvv", york) == "EDT, Eastern Daylight Time, ET, Eastern Time"
    assert format_pattern(LEAP, "z, zzzz", shanghai) == "CST, China Standard Time"
    assert format_pattern(-3_000_000_000_000, "z XXX", york) == "EST -04:56"
    assert format_pattern(-2_208_988_800_000, "z XXX", zone_named("Europe/Paris")) == "CET +00:09"


@pytest.mark.parametrize("zone", ["Europe/Dublin", "Africa/Casablanca"])
def test_winter_is_the_standard_time_where_the_law_says_the_reverse(zone: str) -> None:
    """Irish law calls summer the standard time, and Morocco has summer but for Ramadan."""
    shown = {format_pattern(millis, "z X", zone_named(zone)) for millis in (1_710_500_000_000, 1_720_000_000_000)}
    assert shown in ({"GMT Z", "IST +01"}, {"WET Z", "WEST +01"})


def test_names_that_are_read_stand_for_the_zone_in_any_season() -> None:
    """Long names by zzzz, short ones by z, generic ones by both; the longest name counts, and an ID that is longer."""
    for text, pattern, day, millis in (
        ("Central European Summer Time", "zzzz", "2024-01-01", 1_704_067_200_000 - 3_600_000),
        ("ET", "zzz", "2024-07-01", 1_719_792_000_000 + 4 * 3_600_000),
        ("est5edt", "z", "2024-07-01", 1_719_792_000_000 + 4 * 3_600_000),
        ("gmt+02:00", "v", "2024-07-01", 1_719_792_000_000 - 2 * 3_600_000),
    ):
        assert parse_zoned(f"{day} {text}", f"yyyy-MM-dd {pattern}") == millis
    with pytest.raises(RecordError):
        parse_zoned("2024-01-01 Central European Summer Time", "yyyy-MM-dd z")


@pytest.mark.parametrize(
    ("local", "offset"),
    [
        ("1974-01-06 01:59", 5),
        ("1974-01-06 03:00", 4),
        ("1975-02-23 03:00", 4),
        ("1990-04-29 02:30", 5),
        ("1990-10-28 01:30", 4),
        ("2024-10-27 02:00", 5),
    ],
)
def test_systemv_zones_have_the_summers_of_their_time(local: str, offset: int) -> None:
    """From the last Sunday in April, earlier in the oil crisis. A time that is skipped is read by the offset before it, one that
    comes twice as the first."""
    wanted = parse_zoned(local + " UTC", "yyyy-MM-dd HH:mm VV") + offset * 3_600_000
    assert parse_zoned(local + " SystemV/EST5EDT", "yyyy-MM-dd HH:mm VV") == wanted
    if local != "1990-04-29 02:30":
        assert format_pattern(wanted, "yyyy-MM-dd HH:mm", zone_named("SystemV/EST5EDT")) == local


def test_dates_and_times_have_only_their_own_fields() -> None:
    """A date has no hour, a time no year."""
    assert format_date(0, "yyyy") == "1970"
    assert format_time(1, "HH:mm:ss.SSS") == "00:00:00.001"
    with pytest.raises(RecordError, match="no such field"):
        format_date(0, "HH")
    with pytest.raises(RecordError, match="no such field"):
        format_time(0, "yyyy")


@pytest.mark.parametrize(
    ("text", "pattern", "millis"),
    [
        ("2020-02-29 12:34:56.789", "yyyy-MM-dd HH:mm:ss.SSS", LEAP),
        ("20200229123456789", "yyyyMMddHHmmssSSS", LEAP),
        ("2021-02-31", "yyyy-MM-dd", 1_614_470_400_000),
        ("2020-060", "yyyy-DDD", 1_582_934_400_000),
        ("feb 29, 2020", "MMM dd, yyyy", 1_582_934_400_000),
        ("12:34", "HH:mm", 45_240_000),
        ("24:00:00", "HH:mm:ss", 0),
        ("12:00 am", "hh:mm a", 0),
        ("2020-02-29T12:34:56.789+0200", "yyyy-MM-dd'T'HH:mm:ss.SSSX", LEAP - 7_200_000),
        ("2020-02-29T12:34:56z", "yyyy-MM-dd'T'HH:mm:ssX", LEAP - 789),
        ("2018-05-11 21:58:33 PST", "yyyy-MM-dd HH:mm:ss zzz", 1_526_101_113_000),
        ("2020", "yyyy[-MM]", 1_577_836_800_000),
        ("1970-01-02 00:00 europe/PARIS", "yyyy-MM-dd HH:mm VV", 82_800_000),
        ("1970-01-02 00:00 utc", "yyyy-MM-dd HH:mm VV", 86_400_000),
    ],
)
def test_texts_are_read(text: str, pattern: str, millis: int) -> None:
    """What is missing comes from 1970-01-01T00:00; letters match in any case; adjacent numbers share their digits."""
    assert parse_zoned(text, pattern) == millis


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("2020-2-29", "yyyy-MM-dd"),
        ("2020-02-29x", "yyyy-MM-dd"),
        ("2020-13-01", "yyyy-MM-dd"),
        ("Sun 2020-02-29", "EEE yyyy-MM-dd"),
        ("24:00:01", "HH:mm:ss"),
        ("12020-02-29", "yyyy-MM-dd"),
        ("2021-366", "yyyy-DDD"),
        ("12 Nowhere/City", "HH VV"),
    ],
)
def test_texts_that_do_not_fit_are_record_errors(text: str, pattern: str) -> None:
    """Too few digits, text left over, values out of range, contradictions."""
    with pytest.raises(RecordError):
        parse_zoned(text, pattern)


def test_dates_and_times_must_be_whole() -> None:
    """A date needs year, month and day; a time its hour."""
    assert parse_date("29.2.2020", "d.M.yyyy") == 18321
    assert parse_time("7", "H") == 25_200_000
    with pytest.raises(RecordError, match="Unable to obtain a date"):
        parse_date("2020", "yyyy")
    with pytest.raises(RecordError, match="Unable to obtain a time"):
        parse_time("30", "mm")
    with pytest.raises(RecordError, match="expected a time only"):
        parse_time("2020 12:30", "yyyy HH:mm")
    with pytest.raises(RecordError):
        parse_date("2020229", "yyyyMdd")  # years of four letters and more take all digits there are


def test_simple_date_format_is_lenient_and_takes_a_prefix() -> None:
    """Days run on past the end of a month, and what follows is ignored."""
    assert simple_parse("2021-02-29 rest", "yyyy-MM-dd") == days_of(2021, 3, 1) * 86_400_000
    assert simple_parse("5 March 2020", "d MMM yyyy") == days_of(2020, 3, 5) * 86_400_000
    assert simple_format(LEAP, "EEE dd MMM yyyy u") == "Sat 29 Feb 2020 6"
    assert simple_parse("2020-12-28", "YYYY-MM-dd") == days_of(2019, 12, 29) * 86_400_000  # the first day of the week-based year
    assert simple_parse("2021 52 Sat", "YYYY ww EEE") == days_of(2021, 12, 25) * 86_400_000
    with pytest.raises(RecordError, match="Unparseable"):
        simple_parse("x", "yyyy")
    with pytest.raises(RecordError, match="cannot be used"):
        simple_format(LEAP, "XXXX")


@pytest.mark.parametrize(
    ("text", "pattern", "day"),
    [
        ("5Feb2020", "dMMMyyyy", (2020, 2, 5)),
        ("20200205", "yyyyMMdd", (2020, 2, 5)),
        ("2020-02-05 60", "yyyy-MM-dd D", (2020, 2, 29)),
        ("60 2020-02-05", "D yyyy-MM-dd", (2020, 2, 5)),
        ("Fri 2020", "EEE yyyy", (2020, 1, 3)),
        ("2020-02 2 Fri", "yyyy-MM F E", (2020, 2, 14)),
        ("2020-02 -1 Fri", "yyyy-MM F E", (2020, 2, 28)),
        ("2020-02 3 2", "yyyy-MM W u", (2020, 2, 11)),
        ("2020 7", "yyyy w", (2020, 2, 9)),
        ("5  Feb 20", "d MMM yy", (2020, 2, 5)),
    ],
)
def test_of_what_simple_date_format_reads_the_last_counts(text: str, pattern: str, day: tuple[int, int, int]) -> None:
    """As java.util.Calendar has it: a day of the year after a day of the month wins, a weekday alone is the first of its kind."""
    assert simple_parse(text, pattern) == days_of(*day) * 86_400_000


def test_simple_date_format_wants_all_digits_of_numbers_that_touch() -> None:
    """A text that ends in the middle of the first is no date."""
    with pytest.raises(RecordError, match="Unparseable"):
        simple_parse("202", "yyyyMM")


def test_simple_date_format_is_julian_before_october_1582() -> None:
    """As the java.util.Date behind a DATE has it; the ten days that never were run on."""
    for text, days in (
        ("0001-01-01", -719_164),
        ("1500-02-29", days_of(1500, 3, 10)),
        ("1582-10-04", days_of(1582, 10, 14)),
        ("1582-10-15", days_of(1582, 10, 15)),
    ):
        assert simple_parse(text, "yyyy-MM-dd") == days * 86_400_000
        assert simple_format(days * 86_400_000, "yyyy-MM-dd") == text
    assert simple_parse("1582-10-10", "yyyy-MM-dd") == days_of(1582, 10, 20) * 86_400_000
    assert simple_format(simple_parse("1500-366", "yyyy-DDD"), "yyyy-MM-dd D") == "1500-12-31 366"


def test_gaps_and_overlaps_of_zones() -> None:
    """In a gap the clock moves on; what happens twice is taken the first time; far years have rules too."""
    york = zone_named("America/New_York")
    assert to_utc(parse_zoned("2023-03-12 02:30", "yyyy-MM-dd HH:mm"), york) == 1_678_606_200_000
    assert to_utc(parse_zoned("2023-11-05 01:30", "yyyy-MM-dd HH:mm"), york) == 1_699_162_200_000
    assert format_pattern(253_402_300_799_999, "yyyy-MM-dd HH", york) == "9999-12-31 18"
    assert format_pattern(253_402_300_799_999, "yyyy-MM-dd", zone_named("+01:00")) == "+10000-01-01"
    for name in ("EST", "X", "+25:00", ""):
        with pytest.raises(RecordError, match="Unknown time-zone ID"):
            zone_named(name)


@given(st.dates())
def test_the_calendar_is_pythons_where_both_have_it(day: date) -> None:
    """Days to civil dates and back."""
    days = day.toordinal() - date(1970, 1, 1).toordinal()
    assert civil_of(days) == (day.year, day.month, day.day)
    assert days_of(day.year, day.month, day.day) == days


@given(st.integers(-10_000_000_000_000, 10_000_000_000_000))
def test_what_is_printed_is_read_back(millis: int) -> None:
    """With all fields in the pattern, nothing is lost."""
    pattern = "uuuu-MM-dd'T'HH:mm:ss.SSS"
    assert parse_zoned(format_pattern(millis, pattern), pattern) == millis


@pytest.mark.parametrize(
    ("clock", "shown"),
    [
        ("00:00", "midnight"),
        ("00:01", "at night"),
        ("06:00", "in the morning"),
        ("12:00", "noon"),
        ("12:01", "in the afternoon"),
        ("18:00", "in the evening"),
        ("21:00", "at night"),
    ],
)
def test_b_is_the_part_of_the_day(clock: str, shown: str) -> None:
    """B names the part of the day; read beside h it says which half is meant."""
    millis = parse_time(clock, "HH:mm")
    assert format_time(millis, "B") == shown
    assert parse_time(format_time(millis, "h:mm B"), "h:mm B") == millis
    assert format_time(millis, "BBBBB") == {"midnight": "mi", "noon": "n"}.get(shown, shown)


@pytest.mark.parametrize(("text", "pattern"), [("3 noon", "h B"), ("13:00 at night", "HH:mm B"), ("1", "BB")])
def test_a_part_of_the_day_that_does_not_fit_is_refused(text: str, pattern: str) -> None:
    """No hour is guessed against what the text says."""
    with pytest.raises(RecordError):
        parse_time(text, pattern)


def test_g_is_the_modified_julian_day() -> None:
    """g counts days since 1858-11-17, and is a whole date when read."""
    assert format_pattern(0, "g") == "40587"
    assert parse_date("60674", "g") == parse_date("2024-12-30", "yyyy-MM-dd")
