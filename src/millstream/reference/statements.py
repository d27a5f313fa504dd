"""docs/sql/statements.md: every statement, from ``sql.reference``, and the properties of WITH."""

from __future__ import annotations

from millstream.plan.bind.properties import CREATE, CREATE_AS, INSERT
from millstream.reference.markdown import anchor, code, fence, table
from millstream.sql.reference import STATEMENTS, Entry
from millstream.sql.reference.properties import PROPERTIES


def page() -> str:
    """An index, then one section a statement."""
    parts = [table(["", "statements"], [[family, ", ".join(_link(e) for e in entries)] for family, entries in STATEMENTS.items()])]
    for family, entries in STATEMENTS.items():
        parts.append(f"## {family}")
        parts += [_section(entry) for entry in entries]
    return "\n\n".join(parts)


def _link(entry: Entry) -> str:
    return f"[{entry.title}](#{anchor(entry.title)})"


def _section(entry: Entry) -> str:
    return "\n\n".join([f"### {entry.title}", fence(entry.syntax), entry.text, fence("\n".join(entry.examples), "sql")])


def properties() -> str:
    """The properties of WITH and where each is allowed."""
    places = (("CREATE", CREATE), ("CREATE ... AS", CREATE_AS), ("INSERT INTO ... SELECT", INSERT))
    rows = [
        [code(name), kind, ", ".join(place for place, names in places if name in names), text] for name, (kind, text) in PROPERTIES.items()
    ]
    return table(["property", "value", "in", ""], rows)
