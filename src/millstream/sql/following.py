"""ASSERT VALUES in a script goes on behind the record that was asserted last. Servers keep no session, so the one who runs the script
counts, and says OFFSET. Pure.
"""

from __future__ import annotations

from millstream.sql.tree import AssertValues, DropRelation, Statement


class Following:
    """What a script has asserted so far: records by relation."""

    def __init__(self) -> None:
        self._passed: dict[str, int] = {}

    def placed(self, statement: AssertValues, text: str) -> str:
        """The statement's text, with OFFSET where it has none; on a line of its own, as the last one may end in a comment."""
        if statement.offset is not None:
            return text
        return f"{text.rstrip().removesuffix(';')}\nOFFSET {self._passed.get(statement.name, 0)};"

    def passed(self, statement: Statement) -> None:
        """The statement has succeeded."""
        if isinstance(statement, AssertValues):
            offset = self._passed.get(statement.name, 0) if statement.offset is None else statement.offset
            self._passed[statement.name] = offset + 1
        elif isinstance(statement, DropRelation) and statement.delete_topic:
            self._passed.pop(statement.name, None)
