"""Any text ends in a tree or in a SqlSyntaxError that points into it."""

from __future__ import annotations

import random
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millstream.errors import SqlSyntaxError
from millstream.sql import mask, parse, parse_expression, split, to_sql
from millstream.sql.words import RESERVED

TEXT = "\n".join(path.read_text() for path in sorted((Path(__file__).parent / "corpus").glob("*.sql")))
PIECES = [*TEXT.replace("(", " ( ").split(), *sorted(RESERVED), *"()[]<>,.;:=+-*/%'\"`\\$"]


def check(text: str) -> None:
    """Parses the text, and what parsed prints back."""
    statements = fault = None
    try:
        statements = parse(text, script=True)
    except SqlSyntaxError as error:
        fault = error
    if fault is not None:
        assert fault.position is not None
        assert 1 <= fault.position.line <= text.count("\n") + text.count("\r") + 1
        assert fault.position.column >= 1
    for statement in statements or ():
        assert parse(to_sql(statement), script=True) == [statement]


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=200)
@given(st.text())
def test_any_text(text: str) -> None:
    """Arbitrary characters."""
    check(text)


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join))
def test_any_words(text: str) -> None:
    """Arbitrary rows of real words and signs, as a statement and as an expression."""
    check(text)
    try:
        expression = parse_expression(text)
    except SqlSyntaxError:
        return
    assert parse_expression(to_sql(expression)) == expression


def test_damaged_statements() -> None:
    """The corpus with characters and words dropped, doubled, swapped and replaced."""
    generator = random.Random(20)
    lines = [line for line in TEXT.splitlines() if line]
    for _ in range(3000):
        text = generator.choice(lines)
        for _ in range(generator.randint(1, 3)):
            start = generator.randrange(len(text) + 1)
            end = min(len(text), start + generator.choice([0, 1, 1, 5]))
            text = text[:start] + generator.choice(["", generator.choice(PIECES), text[start:end] * 2]) + text[end:]
        check(text)


def test_long_texts_take_no_longer_than_their_length() -> None:
    """No text makes an expression of ours try for ever: each of these would, if one of them gave back what it took."""
    for part in (" ", "-", "--\n", "/* */", "'", "''", '"', "`", "\\\n", "x", "=", "a=", "(", "${", "1.", "://a:", "x "):
        for head in ("", "CREATE ", "CREATE EXTERNAL SOURCE x WITH (a=", "CREATE SOURCE CONNECTOR c WITH ('a'="):
            text = head + part * 2000 + "!"
            mask(text)
            split(text)
            check(text)
