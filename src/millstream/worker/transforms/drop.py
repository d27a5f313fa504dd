"""Filter: drop the records that its predicate fits."""

from __future__ import annotations

from millstream.worker.records import Records
from millstream.worker.transforms.base import Transform


class Filter(Transform):
    """Kafka's Filter."""

    def apply(self, records: Records) -> list[Records]:
        return []
