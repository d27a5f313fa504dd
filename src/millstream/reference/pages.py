"""Pages and their generated blocks: what stands between ``<!-- begin: name -->`` and ``<!-- end: name -->``. The rest is written by hand.

What may not live here: what a block says.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from millstream.reference import (
    behaviour,
    connectors,
    console,
    errors,
    formats,
    functions,
    metrics,
    rest,
    settings,
    statements,
    tour,
    types,
)

Block = Callable[[], str]

#: Page (below docs/) -> its blocks by name.
PAGES: dict[str, dict[str, Block]] = {
    "sql/functions.md": {"functions": functions.page},
    "sql/statements.md": {"statements": statements.page, "properties": statements.properties},
    "sql/types.md": {"types": types.page, **{name: partial(behaviour.block, name) for name in behaviour.BEHAVIOUR}},
    "sql/formats.md": {"formats": formats.page, "carried": formats.carried},
    "settings.md": {"own": settings.own, "ksql": settings.ksql, "clients": settings.clients, "idle": settings.idle},
    "connect.md": {
        "classes": connectors.classes,
        "common": connectors.common,
        "options": connectors.options,
        "converters": connectors.converters,
        "transforms": connectors.transforms,
        "predicates": connectors.predicates,
    },
    "console.md": {"millstream": console.millstream, "server": console.server, "commands": console.commands},
    "rest.md": {"ksqldb": rest.ksqldb, "connect": rest.connect, "registry": rest.registry},
    "operations.md": {"metrics": metrics.page},
    "errors.md": {"tree": errors.tree},
    "tour.md": {
        "statement": tour.statement,
        "tree": tour.tree,
        "plan": tour.plan,
        "optimized": tour.optimized,
        "source": tour.source,
        "rows": tour.rows,
    },
}

_BLOCK = re.compile(r"<!-- begin: (?P<name>[\w-]+) -->\n(?P<text>.*?)<!-- end: (?P=name) -->", re.DOTALL)


def refreshed(page: str, text: str) -> str:
    """The page's text with its blocks written anew. ValueError where page and PAGES do not have the same blocks."""
    blocks = PAGES[page]
    found = [match["name"] for match in _BLOCK.finditer(text)]
    if sorted(found) != sorted(blocks):
        raise ValueError(f"docs/{page} has the blocks {sorted(found)}, expected {sorted(blocks)}.")
    return _BLOCK.sub(lambda m: f"<!-- begin: {m['name']} -->\n{blocks[m['name']]().strip()}\n<!-- end: {m['name']} -->", text)


def rewrite(docs: Path) -> list[str]:
    """Write every page whose blocks have changed; their names."""
    changed: list[str] = []
    for page in PAGES:
        path = docs / page
        old = path.read_text(encoding="utf-8")
        new = refreshed(page, old)
        if new != old:
            path.write_text(new, encoding="utf-8")
            changed.append(page)
    return changed
