"""Expressions that nest too deeply are refused, and nothing of them stays."""

from __future__ import annotations

import pytest

from millstream.config import Config
from millstream.engine.functions.registry import default_registry
from millstream.engine.local import LocalRuntime
from millstream.errors import StatementError
from millstream.log.memory import MemoryLog
from millstream.session.database import Database, Failed
from millstream.session.results import QueryAnswer

DEEP = ["i" + " + 1" * 180 + " > 5", "s" + " || 'x'" * 190 + " = 'x'", "i" + " / 1" * 150 + " > 5"]


@pytest.mark.parametrize("condition", DEEP, ids=["plus", "concat", "divide"])
def test_deep_expressions_are_refused(condition: str) -> None:
    """As a persistent query and as a push query; the persistent one leaves no definition behind."""
    log = MemoryLog()
    runtime = LocalRuntime(log, default_registry())
    runtime.driven = True
    database = Database(log, runtime, default_registry(), None, None, Config())
    database.execute("CREATE STREAM src (i INT, s VARCHAR) WITH (kafka_topic='src', value_format='JSON', partitions=1);")
    with pytest.raises(Failed, match="nests"):
        database.execute(f"CREATE STREAM out1 AS SELECT i FROM src WHERE {condition};")
    assert "OUT1" not in database.catalog.relations
    assert not runtime.tasks
    with pytest.raises((Failed, StatementError), match="nests"):
        _push(database, f"SELECT i FROM src WHERE {condition} EMIT CHANGES;")


def _push(database: Database, text: str) -> None:
    answer = database.query(text)
    assert isinstance(answer, QueryAnswer)
    assert answer.start is not None
    answer.start(lambda _: True, lambda _: None)
