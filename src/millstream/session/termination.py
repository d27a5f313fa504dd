"""The end of a cluster: what POST /ksql/terminate asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from millstream.errors import RequestError
from millstream.session.change import Change

if TYPE_CHECKING:
    from millstream.session.database import Database


def terminate_all(database: Database, patterns: Sequence[str]) -> None:
    """Raises RequestError for a pattern that is no regular expression; nothing is done then."""
    wanted = []
    for pattern in patterns:
        try:
            wanted.append(re.compile(pattern))
        except re.error as fault:
            raise RequestError(f"Invalid pattern: {pattern} ({fault})") from None
    world = database.live()
    catalog = database.catalog
    topics = {x.topic for x in catalog.relations.values() if any(p.fullmatch(x.topic) for p in wanted)}
    database.transients.close()
    change = Change(
        forget=(*catalog.relations, *catalog.queries, *(f"pause {q}" for q in catalog.queries), *(f"type {t}" for t in catalog.types)),
        relations=dict.fromkeys(catalog.relations),
        queries=dict.fromkeys(catalog.queries),
        types=dict.fromkeys(catalog.types),
    )
    world.commit(change)
    for topic in sorted(topics):
        world.delete_topic(topic)
