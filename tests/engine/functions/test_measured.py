"""``bench functions`` has a line for each family of functions, and each of its statements can run."""

from __future__ import annotations

from bench.data import stream
from bench.expressions import AGGREGATES, OPERATORS, SCALARS, TABLE_FUNCTION, group, row

from millstream.engine.functions.index import FAMILIES
from millstream.reference.playground import Playground


def test_every_family_is_measured() -> None:
    """Families are the modules that functions are defined in."""
    families = {name.removeprefix("millstream.engine.functions.") for name in FAMILIES}
    assert families == {f"scalar.{f}" for f in SCALARS} | {f"aggregates.{f}" for f in AGGREGATES} | {"tables"}


def test_every_measured_statement_runs() -> None:
    """With a row through it, which must not fail."""
    playground = Playground()
    playground.run(stream("pageviews"))
    playground.run("INSERT INTO pageviews (k, viewtime, userid, pageid) VALUES ('User_1', 1600000000000, 'User_1', 'Page_2');")
    for expression in (*OPERATORS.values(), *SCALARS.values(), TABLE_FUNCTION):
        (answer,) = playground.rows(f"{row(expression).partition(' AS ')[2]}")
        assert not answer.endswith("null]"), expression
    for expression in AGGREGATES.values():
        assert len(playground.rows(group(expression).partition(" AS ")[2])) == 1
