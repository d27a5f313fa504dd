"""Error bodies: generic_error, and statement_error where the statement's text helps."""

from __future__ import annotations

from typing import Any

from millstream.errors import MillstreamError, StatementError


def error_body(error: MillstreamError, statement: str | None = None, entities: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The body of an error answer. ``statement`` is the text of the statement at fault, if one is."""
    message = message_of(error)
    about_statement = (isinstance(error, StatementError) and error.code != 40000) or error.code == 50000
    if statement is not None and about_statement:
        text = getattr(error, "statement", None) or statement
        return {
            "@type": "statement_error",
            "error_code": error.code,
            "message": message,
            "statementText": text,
            "entities": entities or [],
            **_hint(error),
        }
    return {"@type": "generic_error", "error_code": error.code, "message": message, **_hint(error)}


def message_of(error: MillstreamError) -> str:
    """The message with its position, without the hint (it is a field of its own)."""
    place = f"line {error.position.line}:{error.position.column}: " if error.position else ""
    return place + error.message


def _hint(error: MillstreamError) -> dict[str, str]:
    """Millstream's additions: what to do, and which server to ask."""
    leader = getattr(error, "leader", None)
    return {**({"hint": error.hint} if error.hint else {}), **({"leader": leader} if leader else {})}
