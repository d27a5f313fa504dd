"""Tables and boxes are printed as KLIP 7 prints them."""

import json

from millstream.console.render import rows
from millstream.console.table import box, fields, fit, table, width


def test_a_table_looks_like_klip_7() -> None:
    """The header is centred, a rule with bars stands below it, cells are padded to the widest."""
    text = table(["name", "topic prefix"], [["my-postgres-jdbc", "test-postgres-jdbc"]])
    assert text.splitlines() == [
        "      name       |    topic prefix",
        "-----------------|-------------------",
        "my-postgres-jdbc | test-postgres-jdbc",
    ]


def test_a_box_is_as_long_as_its_message() -> None:
    """KLIP 7's SOURCE CREATED."""
    assert box("SOURCE CREATED") == "--------------\nSOURCE CREATED\n--------------"


def test_tables_fit_the_terminal() -> None:
    """No line is longer than the terminal; what was cut ends with an ellipsis."""
    text = table(["a", "b"], [["x" * 200, "y" * 10]], terminal=60)
    assert max(width(line) for line in text.splitlines()) <= 60
    assert "…" in text
    assert "y" * 10 in text


def test_wide_characters_and_line_breaks_keep_the_columns() -> None:
    """East Asian characters take two columns; a line break inside a value is shown, not obeyed."""
    lines = table(["k", "v"], [["漢字", 1], ["a\nb", None]]).splitlines()
    assert width(lines[2][: lines[2].index("|")]) == 5
    assert lines[3].startswith("a\\nb | null")
    assert fit("漢字漢字", 5) == "漢字…"


def test_fields_are_aligned() -> None:
    assert fields([("Name", "X"), ("Kafka topic", "t")]) == "Name        : X\nKafka topic : t"


def test_decimals_are_shown_as_the_server_wrote_them() -> None:
    """With all digits and zeros, as a row of a table and as JSON, inside lists and objects too."""
    text = '{"row":{"columns":[12345678901234567890.10,"a\\"é",[1.50,null,true],{"A\\"":2.0,"B":7}]}}'
    values = rows.read(text)["row"]["columns"]
    assert (
        rows.RowTable("`D` DECIMAL(38, 2), `S` STRING, `L` ARRAY<DECIMAL(3, 2)>, `M` MAP<STRING, DOUBLE>", None)
        .row(values)
        .split("|")[0]
        .strip()
        == "12345678901234567890.10"
    )
    shown = rows.as_json(["D", "S", "L", "M"], values)
    assert shown == '{"D": 12345678901234567890.10, "S": "a\\"é", "L": [1.50, null, true], "M": {"A\\"": 2.0, "B": 7}}'
    assert json.loads(shown)["S"] == 'a"é'


def test_rows_are_cut_for_a_terminal_alone() -> None:
    """In a file or a pipe a value is there as a whole."""
    value = "x" * 100
    assert rows.RowTable("`S` STRING, `N` INTEGER", None).row([value, 1]) == f"{value} | 1"
    assert "…" in rows.RowTable("`S` STRING, `N` INTEGER", 80).row([value, 1])
