"""TEXT -> TREE. Recursive descent, one module a family; the grammar is ksqlDB's, KLIP 7's and Millstream's own.

    cursor        the next token, and what rules are written with
    types, literals, expressions, calls, chains
    queries, windows
    statements    the first word decides; short statements
    create, properties, show, asserts, connectors, external (KLIP 7), names (dashes)
    errors        why a statement does not parse, in words

What may not live here: names of a catalog, meaning of types, defaults. A custom type stays a name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from millstream.errors import Position, SqlSyntaxError
from millstream.sql.bare import HEAD
from millstream.sql.parser import external
from millstream.sql.parser.cursor import Cursor, Unexpected
from millstream.sql.parser.depth import check_depth
from millstream.sql.parser.errors import Tracer, explain, unknown_statement
from millstream.sql.parser.expressions import expression
from millstream.sql.parser.properties import column_list
from millstream.sql.parser.statements import STARTERS, finish, rule_for
from millstream.sql.parser.types import type_name
from millstream.sql.text import split
from millstream.sql.tokens import END, Places, Tokens, tokenize
from millstream.sql.tree import ColumnDef, Expr, Statement, TypeName

T = TypeVar("T")


def parse(text: str, *, script: bool = False) -> list[Statement]:
    """All statements of a text, each ended by ``;``. Raises SqlSyntaxError at the first that does not parse.

    ``script`` allows what only scripts and the console may hold: RUN SCRIPT.
    """
    return [_statement(piece, at, script, closed=True) for piece, at in split(text)]


def parse_one(text: str, *, script: bool = False) -> Statement:
    """The only statement of a text; its ``;`` may be missing."""
    pieces = split(text)
    if not pieces:
        raise SqlSyntaxError("Syntax Error\nThere is no statement here.", position=Position(1, 1))
    if len(pieces) > 1:
        message = f"Expected exactly one KSQL statement; found {len(pieces)} instead."
        raise SqlSyntaxError(f"Syntax Error\n{message}", position=pieces[1][1])
    return _statement(pieces[0][0], pieces[0][1], script, closed=False)


def parse_expression(text: str) -> Expr:
    """One expression and nothing else."""
    return _whole(text, expression)


def parse_type(text: str) -> TypeName:
    """One type and nothing else: ``ARRAY<INT>``."""
    return _whole(text, type_name)


def parse_schema(text: str) -> tuple[ColumnDef, ...]:
    """Declared columns without brackets: ``K STRING KEY, A INT``. An empty text has none."""
    return _whole(text, column_list) if text.strip() else ()


def _whole(text: str, rule: Callable[[Cursor], T]) -> T:
    def to_end(c: Cursor) -> T:
        result = rule(c)
        c.expect(END)
        return result

    return _run(tokenize(text), to_end, script=False)


def _statement(text: str, at: Position, script: bool, closed: bool) -> Statement:
    tokens = external.tokens_of(text, Places(text, at)) if HEAD.match(text) else tokenize(text, at)
    rule = rule_for(tokens.keys[0], script)
    if rule is None:
        raise unknown_statement(tokens, STARTERS)

    def to_end(c: Cursor) -> Statement:
        statement = finish(c, rule(c), 0)
        if not c.accept(";") and (closed or c.keys[c.index] != END):
            c.fail()
        c.expect(END)
        return statement

    return _run(tokens, to_end, script)


def _run(tokens: Tokens, rule: Callable[[Cursor], T], script: bool) -> T:
    """Runs the rule; where it fails, runs it again to learn what would have fitted, and says so."""
    cursor = Cursor(tokens, script)
    try:
        result = rule(cursor)
        if len(tokens.keys) > 200:
            check_depth(result, tokens.at(0))
        return result
    except Unexpected as error:
        failed = error.index
    except RecursionError:
        raise SqlSyntaxError("Syntax Error\nThis nests too deep.", position=tokens.at(0)) from None
    tracer = Tracer(tokens, failed, script)
    try:
        rule(tracer)
    except (Unexpected, RecursionError):
        pass
    raise explain(tokens, failed, list(tracer.wanted))
