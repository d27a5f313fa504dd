"""How many rows the keyed stores hold, for monitoring. Counted in slices, each a read transaction of its own: a store may be large.

Changes that wait in deltas count where they are merged, so the number of a large store is about right.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from millstream.log.embedded.env import Environment, mapped

#: Keys of a slice: a few ms.
_SLICE = 20_000


def counting(env: Environment) -> Iterator[tuple[str, int]]:
    """Every store and a number of its rows; those of one store add up."""
    with mapped(env.directory), env.read() as txn:
        stores = [(bytes(name), bytes(raw)) for name, raw in txn.cursor(db=env.stores).iternext() if name[0]]
    for name, raw in stores:
        last: bytes | None = raw
        while last is not None:
            with mapped(env.directory), env.read() as txn:
                cursor = txn.cursor(db=env.state)
                found = cursor.set_range(last) and (cursor.key() != last or cursor.next())
                keys = list(islice(cursor.iternext(values=False), _SLICE)) if found else []
            mine = len(keys) if keys and keys[-1].startswith(raw) else sum(key.startswith(raw) for key in keys)
            yield name.decode(), mine
            last = bytes(keys[-1]) if mine == _SLICE else None
