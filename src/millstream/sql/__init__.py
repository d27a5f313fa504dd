"""SQL text to syntax tree and back. Knows no catalog: names and types are only names here.

tokens, words    the alphabet: tokens with their places, reserved words
tree/            the syntax tree (frozen dataclasses)
text             cutting a text into statements
variables        ${name}
parser/          TEXT -> TREE
printer/         TREE -> TEXT; parse(print(tree)) == tree
mask             statements without their secrets
reference/       what each statement is for, for the documentation
following        which record of a script's relation is asserted next
bare             where KLIP 7's unquoted values end
"""

from __future__ import annotations

from millstream.sql.mask import mask
from millstream.sql.parser import parse, parse_expression, parse_one, parse_schema, parse_type
from millstream.sql.printer import to_sql
from millstream.sql.text import split
from millstream.sql.variables import substitute

__all__ = ["mask", "parse", "parse_expression", "parse_one", "parse_schema", "parse_type", "split", "substitute", "to_sql"]
