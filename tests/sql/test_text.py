"""Cutting texts into statements, and variables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millstream.errors import Position, SqlSyntaxError
from millstream.sql import split, substitute


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("  -- nothing; here\n /* nor; here */ ", []),
        ("a; b;c", ["a;", "b;", "c"]),
        ("a ';' \";\" `;` -- ;\n /* ; */ b;c;", ["a ';' \";\" `;` -- ;\n /* ; */ b;", "c;"]),
        ("a 'it''s;'; b", ["a 'it''s;';", "b"]),
        ("a 'open; b;", ["a 'open; b;"]),
        ("a /* open; b;", ["a /* open; b;"]),
        (";;", [";", ";"]),
        ('create external source x with (a=it\'s--x, b="y;z"); b;', ['create external source x with (a=it\'s--x, b="y;z");', "b;"]),
        ("\\\n a; \\", ["a;"]),
    ],
)
def test_split(text: str, pieces: list[str]) -> None:
    """Strings, quoted names, comments and bare values hide what is in them; an open one hides the rest."""
    assert [piece for piece, _ in split(text)] == pieces


def test_split_gives_places() -> None:
    """Lines and columns from 1, whatever ends a line."""
    assert [at for _, at in split("a;\r\n  b;\n\tc; d")] == [Position(1, 1), Position(2, 3), Position(3, 2), Position(3, 5)]


@given(st.text(alphabet=st.sampled_from("ab ;'\"`-/*\\\n=(),.$") | st.characters(codec="utf-8")))
def test_split_never_fails_and_loses_nothing(text: str) -> None:
    """All pieces come in order, each where its place says."""
    offset = 0
    for piece, _ in split(text):
        assert piece
        offset = text.index(piece, offset) + len(piece)


VARIABLES = {"name": "users", "Quoted": "'JSON'", "n": "-1.5", "evil": "x; DROP STREAM y", "apostrophe": "it's"}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("SELECT * FROM ${name};", "SELECT * FROM users;"),
        ("SELECT * FROM ${NAME};", "SELECT * FROM users;"),
        ("WITH (f=${quoted}, g='${quoted}', n=${n})", "WITH (f='JSON', g='JSON', n=-1.5)"),
        ("'${name} ${unknown} ${file:/a:b}'", "'users ${unknown} ${file:/a:b}'"),
        ("'${apostrophe}' `${apostrophe}`", "'it''s' `it's`"),
        ("'${evil}'", "'x; DROP STREAM y'"),
        ("'$${name}' $${name}", "'${name}' ${name}"),
        ("-- ${name}\n/* ${unknown} */ ${name}", "-- ${name}\n/* ${unknown} */ users"),
        (
            'CREATE EXTERNAL SOURCE ${name} WITH (a=x/${name}/y, b=${file:/p:k}, c="${name}", d=${unknown}); SELECT ${name}',
            'CREATE EXTERNAL SOURCE users WITH (a=x/users/y, b=${file:/p:k}, c="users", d=${unknown}); SELECT users',
        ),
    ],
)
def test_substitute(text: str, result: str) -> None:
    """ksqlDB's rules: known names only inside strings, a single token elsewhere."""
    assert substitute(text, VARIABLES) == result


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT\n ${nope}", "line 2:2: Syntax Error\nThe variable ${nope} is not defined"),
        ("SELECT * FROM ${evil}", "does not fit"),
        ("CREATE EXTERNAL SOURCE x WITH (a=${evil})", "does not fit"),
    ],
)
def test_substitute_refuses(text: str, message: str) -> None:
    """An unknown variable, and a value that would be more than one token."""
    with pytest.raises(SqlSyntaxError) as caught:
        substitute(text, VARIABLES)
    assert message in str(caught.value)
