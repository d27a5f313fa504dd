"""A registry that asks once. A schema id never changes its meaning, so what was answered stays true; the latest version is always asked."""

from __future__ import annotations

from millstream.formats.base import RegisteredSchema, Registry


class CachedRegistry:
    """Wraps any registry. Safe to use from several threads: a race only asks twice."""

    def __init__(self, inner: Registry) -> None:
        self._inner = inner
        self._schemas: dict[int, RegisteredSchema] = {}
        self._ids: dict[tuple[str, str, str], int] = {}

    def register(self, subject: str, kind: str, text: str) -> int:
        key = (subject, kind, text)
        if (known := self._ids.get(key)) is None:
            known = self._ids[key] = self._inner.register(subject, kind, text)
        return known

    def by_id(self, schema_id: int) -> RegisteredSchema:
        if (known := self._schemas.get(schema_id)) is None:
            known = self._schemas[schema_id] = self._inner.by_id(schema_id)
        return known

    def latest(self, subject: str) -> RegisteredSchema | None:
        return self._inner.latest(subject)

    def delete_subject(self, subject: str) -> None:
        # A subject may be registered anew afterwards, under another id.
        self._ids = {k: v for k, v in self._ids.items() if k[0] != subject}
        self._inner.delete_subject(subject)
