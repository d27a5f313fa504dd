"""A batch of records with one topic and one schema: what connectors, transforms and converters hand to each other.

Parallel lists, never record objects: a connector of a hundred thousand rows a second has no time for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from millstream.dataclass import dataclass
from millstream.log.base import Headers
from millstream.worker.schema import ConnectSchema


@dataclass(slots=True)
class Records:
    """``keys`` None: every key is null. ``timestamps`` None: now. ``headers`` None: none. ``offsets``: of records read from a topic.

    ``raw_keys`` and ``raw_values`` are the bytes a sink's records were read from; the dead-letter queue needs them.
    """

    topic: str
    value_schema: ConnectSchema | None
    values: list[Any]
    key_schema: ConnectSchema | None = None
    keys: list[Any] | None = None
    timestamps: list[int] | None = None
    headers: list[Headers] | None = None
    partition: int | None = None
    offsets: Sequence[int] = ()
    raw_keys: list[bytes | None] | None = None
    raw_values: list[bytes | None] | None = None

    def __len__(self) -> int:
        return len(self.values)

    def key(self, index: int) -> Any:
        return None if self.keys is None else self.keys[index]

    def part(self, indices: Sequence[int]) -> Records:
        """Some of the records, in the order given."""

        def pick(items: Sequence[Any] | None) -> list[Any] | None:
            return None if items is None else [items[i] for i in indices]

        return replace(
            self,
            values=[self.values[i] for i in indices],
            keys=pick(self.keys),
            timestamps=pick(self.timestamps),
            headers=pick(self.headers),
            offsets=[self.offsets[i] for i in indices] if len(self.offsets) else (),
            raw_keys=pick(self.raw_keys),
            raw_values=pick(self.raw_values),
        )

    def runs(self, label: Callable[[int], Any]) -> list[tuple[Any, Records]]:
        """Split into runs of neighbours with the same label, keeping the order."""
        out: list[tuple[Any, Records]] = []
        start = 0
        labels = [label(i) for i in range(len(self))]
        for i in range(1, len(labels) + 1):
            if i == len(labels) or labels[i] != labels[start]:
                whole = start == 0 and i == len(labels)
                out.append((labels[start], self if whole else self.part(range(start, i))))
                start = i
        return out


@dataclass(slots=True)
class Polled:
    """What a source task read: records, and where to go on once they are committed.

    No records (an empty list) announces the topic and its schema, and may still move the offset.
    """

    records: Records
    source_partition: dict[str, Any]
    source_offset: dict[str, Any] | None
