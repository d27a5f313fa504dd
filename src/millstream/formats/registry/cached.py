"""A registry that asks once what a schema id means: that never changes.

What a subject holds is always asked, since another process, or somebody else, may have deleted it meanwhile: registering the same schema
again is what brings the subject back. Who writes many records keeps the id itself.
"""

from __future__ import annotations

from millstream.formats.base import RegisteredSchema, Registry


class CachedRegistry:
    """Wraps any registry. Safe to use from several threads: a race only asks twice."""

    def __init__(self, inner: Registry) -> None:
        self._inner = inner
        self._schemas: dict[int, RegisteredSchema] = {}

    def register(self, subject: str, kind: str, text: str) -> int:
        return self._inner.register(subject, kind, text)

    def by_id(self, schema_id: int) -> RegisteredSchema:
        if (known := self._schemas.get(schema_id)) is None:
            known = self._schemas[schema_id] = self._inner.by_id(schema_id)
        return known

    def latest(self, subject: str) -> RegisteredSchema | None:
        return self._inner.latest(subject)

    def delete_subject(self, subject: str) -> None:
        self._inner.delete_subject(subject)

    def close(self) -> None:
        """Let go of connections; the built-in registry has none."""
        close = getattr(self._inner, "close", None)
        if close is not None:
            close()
