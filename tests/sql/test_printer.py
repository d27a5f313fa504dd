"""What is printed reads back as the same tree."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from millstream.sql import parse, parse_expression, parse_one, parse_type, split, to_sql, tree
from tests.sql.trees import EXPRESSIONS, QUERIES, STATEMENTS, TYPES

CORPUS = [piece for path in sorted((Path(__file__).parent / "corpus").glob("*.sql")) for piece, _ in split(path.read_text())]
RELAXED = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=150)


@pytest.mark.parametrize("text", CORPUS)
def test_corpus_prints_back(text: str) -> None:
    """Every statement of the corpus is one statement, and prints back to the same tree."""
    [statement] = parse(text, script=True)
    assert statement.text == text
    assert parse(to_sql(statement), script=True) == [statement]


def test_corpus_covers_every_statement() -> None:
    """A new kind of statement needs a line in the corpus."""
    seen = {type(parse_one(text, script=True)) for text in CORPUS}
    kinds = {kind for kind in vars(tree).values() if isinstance(kind, type) and issubclass(kind, tree.Statement)}
    assert kinds - seen == {tree.Statement}


def test_corpus_covers_every_expression() -> None:
    """A new kind of expression needs a line in the corpus."""
    seen: set[type] = set()
    todo: list[object] = [parse_one(text, script=True) for text in CORPUS]
    while todo:
        node = todo.pop()
        if isinstance(node, tuple):
            todo.extend(node)
        elif dataclasses.is_dataclass(node) and not isinstance(node, type):
            seen.add(type(node))
            todo.extend(getattr(node, field.name) for field in dataclasses.fields(node))
    kinds = {kind for kind in vars(tree).values() if isinstance(kind, type) and issubclass(kind, tree.Expr)}
    assert kinds - seen == {tree.Expr}


@RELAXED
@given(EXPRESSIONS)
def test_any_expression_prints_back(expression: tree.Expr) -> None:
    """Brackets stand where the tree needs them."""
    assert parse_expression(to_sql(expression)) == expression


@RELAXED
@given(TYPES)
def test_any_type_prints_back(type_name: tree.TypeName) -> None:
    """Types, resolved or not."""
    assert parse_type(to_sql(type_name)) == type_name


@RELAXED
@given(QUERIES)
def test_any_query_prints_back(query: tree.Query) -> None:
    """Clauses in their order."""
    assert parse_one(to_sql(query)) == tree.Select(query)


@RELAXED
@given(STATEMENTS)
def test_any_statement_prints_back(statement: tree.Statement) -> None:
    """All statements, whatever their names and texts hold."""
    assert parse(to_sql(statement), script=True) == [statement]


def test_only_needed_brackets_are_printed() -> None:
    """The text stays readable."""
    assert to_sql(parse_expression("((a + (b * c)) > ((1)))")) == "A + B * C > 1"
    assert to_sql(parse_expression("(a OR b) AND NOT (c AND d)")) == "(A OR B) AND NOT (C AND D)"
