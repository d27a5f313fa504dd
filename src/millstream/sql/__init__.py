"""SQL text to syntax tree and back. Knows no catalog: names and types are only names here.

    tokens, words    the alphabet: tokens with their places, reserved words
    tree/            the syntax tree (frozen dataclasses)
    text             cutting a text into statements; ${variables}
    parser/          TEXT -> TREE
    printer/         TREE -> TEXT; parse(print(tree)) == tree
    mask             statements without their secrets
"""

from __future__ import annotations

from millstream.sql.parser import parse, parse_expression, parse_one, parse_schema, parse_type
from millstream.sql.text import split

__all__ = ["parse", "parse_expression", "parse_one", "parse_schema", "parse_type", "split"]
