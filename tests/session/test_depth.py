"""Long expressions run; those that nest too deeply are refused, and nothing of them stays."""

from __future__ import annotations

import pytest

from millstream.config import Config
from millstream.engine.functions.registry import default_registry
from millstream.engine.local import LocalRuntime
from millstream.errors import StatementError
from millstream.log.memory import MemoryLog
from millstream.reference.playground import Playground
from millstream.session.database import Database, Failed
from millstream.session.results import QueryAnswer

NESTED = ["ABS(" * 58 + "i" + ")" * 58, "i" + " - (i" * 55 + ")" * 55]
DEEP = ["TRIM(" * 70 + "s" + ")" * 70 + " = 'x'", "NOT " * 70 + "i = 1", "i = 1 AND " + " OR (i = 1 AND ".join(["i = 2"] * 100) + ")" * 99]
COLUMNS = "k VARCHAR KEY, i INT, l BIGINT, d DECIMAL(4, 2), s VARCHAR"


def _database() -> Database:
    log = MemoryLog()
    runtime = LocalRuntime(log, default_registry())
    runtime.driven = True
    database = Database(log, runtime, default_registry(), None, None, Config())
    database.execute(f"CREATE STREAM src ({COLUMNS}) WITH (kafka_topic='src', value_format='JSON', partitions=1);")
    return database


@pytest.fixture(scope="module")
def playground() -> Playground:
    made = Playground()
    made.run(f"CREATE STREAM src ({COLUMNS}) WITH (kafka_topic='src', value_format='JSON', partitions=1);")
    made.run("INSERT INTO src (k, i, l, d, s) VALUES ('a', 2000000000, 3, 1.25, 'x');")
    made.run("INSERT INTO src (k, i) VALUES ('b', 1);")
    return made


#: Expression of 1000 terms -> what it gives for the rows (i, l, d, s) = (2000000000, 3, 1.25, 'x') and (1, NULL, NULL, NULL).
LONG = {
    " OR ".join(f"i = {n}" for n in range(2, 1001)) + " OR i = 2000000000": ("true", "false"),
    " AND ".join(f"i <> {n}" for n in range(2, 1001)) + " AND l = 3": ("true", "false"),
    "i" + " + 1000000" * 999: (str((2_000_000_000 + 999_000_000) - 2**32), "999000001"),
    # The sum of INTEGERs wraps before a BIGINT widens it, as with two terms.
    "i + i" + " + 1" * 500 + " - l * 2" * 499: (str(4_000_000_000 + 500 - 2**32 - 6 * 499), "null"),
    "l" + " * 3" * 999: (str((3**1000 + 2**63) % 2**64 - 2**63), "null"),
    "d" + " + d" * 999: ("1250.00", "null"),
    "CAST(i AS DOUBLE)" + " / 2" * 999: (repr(2e9 / 2**999).replace("e", "E"), repr(1 / 2**999).replace("e", "E")),
    "s" + " || 'y'" * 999: (f'"x{"y" * 999}"', f'"{"y" * 999}"'),
    "s" + " + 'y'" * 999: (f'"x{"y" * 999}"', f'"null{"y" * 999}"'),
    "CASE" + "".join(f" WHEN i = {n} THEN {n}" for n in range(1000, 0, -1)) + " END": ("null", "1"),
}


@pytest.mark.parametrize("expression", LONG, ids=["or", "and", "plus", "mixed", "times", "decimal", "double", "concat", "text", "case"])
def test_a_thousand_terms_run(expression: str, playground: Playground) -> None:
    """They give what a few give."""
    rows = playground.rows(f"SELECT {expression} AS x FROM src EMIT CHANGES;")
    assert tuple(row[1:-1] for row in rows) == LONG[expression]


def test_a_thousand_terms_run_in_a_persistent_query() -> None:
    """The definition goes through the journal, and comes back from it."""
    database = _database()
    conditions = " OR ".join(f"i + {' + '.join(['1'] * 300)} = {n}" for n in range(20))
    database.execute(f"CREATE STREAM copied AS SELECT k, i FROM src WHERE {conditions};")
    (query,) = database.catalog.queries.values()
    again = Database(database.log, LocalRuntime(database.log, default_registry()), default_registry(), None, None, Config())
    assert again.catalog.queries[query.id].plan == query.plan


def test_too_many_terms_are_refused() -> None:
    """With a place and a way out."""
    with pytest.raises(Failed, match="more than 10000 operands in a row") as caught:
        _database().execute("CREATE STREAM copied AS SELECT i" + " + 1" * 10_000 + " AS x FROM src;")
    assert caught.value.error.position is not None


@pytest.mark.parametrize("condition", DEEP, ids=["calls", "not", "brackets"])
def test_deep_expressions_are_refused(condition: str) -> None:
    """As a persistent query and as a push query; the persistent one leaves no definition behind."""
    database = _database()
    with pytest.raises(Failed, match="nests"):
        database.execute(f"CREATE STREAM out1 AS SELECT i FROM src WHERE {condition};")
    assert "OUT1" not in database.catalog.relations
    with pytest.raises((Failed, StatementError), match="nests"):
        _push(database, f"SELECT i FROM src WHERE {condition} EMIT CHANGES;")


@pytest.mark.parametrize("expression", NESTED, ids=["calls", "brackets"])
def test_as_deep_as_allowed_runs(expression: str, playground: Playground) -> None:
    """Nearly as deep as the parser takes."""
    assert len(playground.rows(f"SELECT {expression} AS x FROM src EMIT CHANGES;")) == 2


def _push(database: Database, text: str) -> None:
    answer = database.query(text)
    assert isinstance(answer, QueryAnswer)
    assert answer.start is not None
    answer.start(lambda _: True, lambda _: None)
