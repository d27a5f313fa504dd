"""Server answers -> text. Pure: entities in, text out.

results    what statements answer: lists, messages
describe   relations, functions, queries in detail
connectors connectors, in ksqlDB's and in KLIP 7's way
rows       rows of queries
errors     errors, with the place in the statement
"""

from __future__ import annotations

from typing import Any

from millstream.console.render import connectors, describe, results

_RENDERERS = {**results.RENDERERS, **describe.RENDERERS, **connectors.RENDERERS}


def entity(body: dict[str, Any], terminal: int | None = None) -> str:
    """One entity of ``/ksql`` as text, with its warnings. An entity that is not known is shown as JSON rather than hidden."""
    renderer = _RENDERERS.get(str(body.get("@type")))
    text = renderer(body, terminal) if renderer else results.unknown(body)
    warnings = [f"WARNING: {w.get('message', w)}" for w in body.get("warnings") or []]
    return "\n".join([*warnings, text] if warnings else [text])
