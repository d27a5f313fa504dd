"""The statements of the conformance cases, where they are at hand: what ksqlDB parses, we parse; what it does not, we refuse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from millstream.errors import SqlSyntaxError
from millstream.sql import parse, parse_schema, to_sql

SHARED = Path(__file__).resolve().parents[3] / "shared"
FILES = sorted(path for name in ("qtt", "oracle") for path in (SHARED / name).glob("*/*.json"))


def cases(path: Path) -> Iterator[dict[str, Any]]:
    yield from json.loads(path.read_text(encoding="utf-8")).get("tests", [])


def refusal(case: dict[str, Any]) -> str:
    """What the case expects of its last statement, as text; empty if it is to be accepted."""
    return json.dumps(case.get("expectedException") or case.get("expectedError") or "")[2:]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_statements(path: Path) -> None:
    """Accepted statements parse and print back; those that are syntax errors there are syntax errors here."""
    for case in cases(path):
        statements = [text.replace("{FORMAT}", "JSON") for text in case["statements"]]
        why = refusal(case)
        for text in statements[:-1] if why else statements:
            for statement in parse(text):
                assert parse(to_sql(statement)) == [statement], text
        if "Syntax Error" in why:
            with pytest.raises(SqlSyntaxError):
                parse(statements[-1])


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_schemas(path: Path) -> None:
    """The schemas that cases expect are readable."""
    for case in cases(path):
        for source in case.get("post", {}).get("sources", []):
            if source.get("schema"):
                assert parse_schema(source["schema"])
