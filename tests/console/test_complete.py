"""Completion is a pure function of text and names."""

import pytest

from millstream.console.complete import Names, complete

NAMES = Names(
    relations={"PAGEVIEWS": ["USERID", "PAGEID"], "USERS": ["USERID", "REGIONID"]},
    functions=["COUNT", "UCASE"],
    connectors=["my-postgres-jdbc"],
    queries=["CSAS_X_1"],
    topics=["pageviews"],
)
QUERY = """CREATE STREAM x WITH (kafka_topic='a;b') AS SELECT p.userid, 'it''s' -- note
FROM pageviews p /* c */ LEFT JOIN users u ON p.userid = u.userid WHERE x->y[1] > 2 EMIT CHANGES;
DROP EXTERNAL SOURCE my-postgres-jdbc TERMINATE;"""


def _texts(text: str) -> list[str]:
    return [s.text for s in complete(text, NAMES)]


@pytest.mark.parametrize("length", range(len(QUERY) + 1))
def test_no_prefix_of_a_query_crashes(length: int) -> None:
    """Whatever was typed so far, suggestions replace no more than what was typed."""
    prefix = QUERY[:length]
    assert all(0 <= s.length <= len(prefix) for s in complete(prefix, NAMES))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("SELECT * FROM pa", ["PAGEVIEWS"]),
        ("SELECT regi", ["REGIONID"]),
        ("DROP EXTERNAL SOURCE my-", ["my-postgres-jdbc"]),
        ("DESCRIBE US", ["USERS"]),
        ("TERMINATE C", ["CSAS_X_1"]),
        ("PRINT p", ["pageviews"]),
        ("CREATE EXT", ["CREATE EXTERNAL SOURCE", "CREATE EXTERNAL SINK"]),
        ("SHOW EXTERNAL SO", ["SHOW EXTERNAL SOURCES;"]),
        ("SELECT 'FROM p", []),
        ("-- SELECT", []),
    ],
)
def test_what_is_suggested(typed: str, expected: list[str]) -> None:
    """Names by where they stand, statements by how they begin, nothing inside strings and comments."""
    assert _texts(typed) == expected


def test_columns_of_relations_in_the_statement_come_first() -> None:
    """Columns of relations that the statement names are offered, others are not."""
    assert "REGIONID" in _texts("SELECT x FROM users WHERE ")
    assert "PAGEID" not in _texts("SELECT x FROM users WHERE ")
