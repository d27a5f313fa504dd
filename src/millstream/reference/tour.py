"""docs/tour.md: one statement, and what each stage really makes of it."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

from millstream.plan.explain import explain
from millstream.plan.nodes import QueryPlan
from millstream.reference.markdown import fence
from millstream.reference.playground import Playground
from millstream.sql import parse_one

BEFORE = """\
CREATE STREAM pageviews (userid STRING KEY, pageid STRING, viewtime BIGINT)
  WITH (kafka_topic='pageviews', value_format='JSON', timestamp='viewtime', partitions=1);
CREATE TABLE users (userid STRING PRIMARY KEY, regionid STRING) WITH (kafka_topic='users', value_format='JSON', partitions=1);"""
STATEMENT = """\
CREATE TABLE views_by_region AS
  SELECT u.regionid, COUNT(*) AS views
  FROM pageviews v LEFT JOIN users u ON v.userid = u.userid
  WINDOW TUMBLING (SIZE 10 SECONDS)
  WHERE v.pageid <> 'home'
  GROUP BY u.regionid
  EMIT CHANGES;"""
RECORDS = """\
INSERT INTO users VALUES ('alice', 'north');
INSERT INTO pageviews VALUES ('alice', 'home', 1000);
INSERT INTO pageviews VALUES ('alice', 'pens', 2000);
INSERT INTO pageviews VALUES ('alice', 'inks', 9000);
INSERT INTO pageviews VALUES ('alice', 'pens', 11000);"""
ASKED = "SELECT regionid, WINDOWSTART, views FROM views_by_region WHERE regionid = 'north';"
_WIDTH = 110


def statement() -> str:
    """What there is before, and the statement."""
    return fence(f"{BEFORE}\n\n{STATEMENT}", "sql")


def tree() -> str:
    """The parser's answer."""
    return fence(_shown(parse_one(STATEMENT), 0), "python")


def plan() -> str:
    """The binder's answer."""
    from millstream.plan.bind import bind_create_as
    from millstream.session.planning import context
    from millstream.sql import tree as t

    playground = Playground()
    playground.run(BEFORE)
    parsed = parse_one(STATEMENT)
    assert isinstance(parsed, t.CreateAs)
    bound = bind_create_as(context(playground.database.live()), parsed, "CTAS_VIEWS_BY_REGION_1")
    return fence(explain(bound.plan))


def optimized() -> str:
    """The rewritten plan."""
    return fence(explain(_running()[1]))


def source() -> str:
    """The generated Python."""
    playground, running, _ = _running()
    return fence(playground.runtime.compile(running).text, "python")


def rows() -> str:
    """What goes in and what comes out."""
    return fence(f"{RECORDS}\n{ASKED}", "sql") + "\n\n" + fence("\n".join(_running()[2]), "json")


@cache
def _running() -> tuple[Playground, QueryPlan, list[str]]:
    playground = Playground()
    playground.run(BEFORE)
    playground.run(STATEMENT)
    (query,) = playground.database.catalog.queries.values()
    playground.run(RECORDS)
    return playground, query.plan, playground.rows(ASKED)


def _shown(node: Any, depth: int) -> str:
    """A tree of dataclasses as Python, fields that have their default left out."""
    if isinstance(node, tuple):
        parts = [_shown(item, depth + 1) for item in node]
        return _laid_out("(", parts, ",)" if len(parts) == 1 else ")", depth)
    if not dataclasses.is_dataclass(node) or isinstance(node, type):
        return repr(node)
    parts = []
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        if field.compare and value != field.default:
            parts.append(f"{field.name}={_shown(value, depth + 1)}")
    return _laid_out(f"{type(node).__name__}(", parts, ")", depth)


def _laid_out(start: str, parts: list[str], end: str, depth: int) -> str:
    line = start + ", ".join(parts) + end
    if len(line) + 2 * depth <= _WIDTH and "\n" not in line:
        return line
    inner = "".join(f"{'  ' * (depth + 1)}{part},\n" for part in parts)
    return f"{start}\n{inner}{'  ' * depth}{end.removeprefix(',')}"
