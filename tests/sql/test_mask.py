"""Secrets never leave a statement."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millstream.sql import mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (
            "CREATE SOURCE CONNECTOR c WITH ('connector.class'='X', 'file'='/dev/null', 'tasks.max'=1);",
            "CREATE SOURCE CONNECTOR c WITH ('connector.class'='X', 'file'='[string]', 'tasks.max'='[string]');",
        ),
        (
            "create external source c with (connector.class=X, \\\n connection.url=jdbc:pg://u:p@h/d, -- password='old'\n q=\"a,b\");",
            "create external source c with (connector.class=X, \\\n connection.url='[string]', -- password='[string]'\n q='[string]');",
        ),
        ("ALTER CONNECTOR c SET ('password'='hunter2');", "ALTER CONNECTOR c SET ('password'='[string]');"),
        ("CREATE SORCE CONECTOR c (connector.class=X, 'p'='q');", "CREATE SORCE CONECTOR c (connector.class=X, 'p'='[string]');"),
        ("CREATE SINK CONNECTOR c WITH ('p'='unclosed; SHOW STREAMS;", "CREATE SINK CONNECTOR c WITH ('p'='[string]'"),
        ("CREATE SINK CONNECTOR c ('p' = secret 'q'='r'", "CREATE SINK CONNECTOR c ('p' = '[string]' 'q'='[string]'"),
        ("CREATE EXTERNAL SINK c WITH (a=b c=d);", "CREATE EXTERNAL SINK c WITH (a='[string]' c='[string]');"),
        ("SET 'ssl.keystore.password'='x'; SET 'a'='b';", "SET 'ssl.keystore.password'='[string]'; SET 'a'='b';"),
        ("DEFINE db_password = 'x';", "DEFINE db_password = '[string]';"),
        ("SELECT * FROM s WHERE password = 'x';", "SELECT * FROM s WHERE password = 'x';"),
        ("SHOW CONNECTORS; DROP CONNECTOR c;", "SHOW CONNECTORS; DROP CONNECTOR c;"),
        ("PRINT 'http://user:p@ss@host/x?password=1&b=2';", "PRINT 'http://user:[string]@host/x?password=[string]&b=2';"),
        ("not sql at all", "not sql at all"),
    ],
)
def test_mask(text: str, masked: str) -> None:
    """All properties of connectors but their class, settings that sound secret, passwords in URLs; the rest stays as written."""
    assert mask(text) == masked
    assert mask(masked) == masked


@given(st.text())
def test_mask_never_fails(text: str) -> None:
    """Any text can be masked, more than once."""
    assert mask(mask(text)) == mask(text)


def test_a_broken_statement_still_hides_its_secret() -> None:
    """However a connector statement is damaged outside its secret, the secret does not show."""
    generator = random.Random(7)
    text = "CREATE SOURCE CONNECTOR c WITH ('connector.class'='X', 'connection.password' = 'hunter2', 'tasks.max'='1');"
    last = text.index("'hunter2'") + len("'hunter2'")
    for _ in range(2000):
        place = generator.choice([*range(0, text.index("'connection")), *range(last, len(text))])
        kept = text[:place] + generator.choice(["", ";", ",", "(", ")", " ", "x"]) + text[place + 1 :]
        assert "hunter2" not in mask(kept), kept
