"""Records of the time 0. librdkafka takes a timestamp of 0 to mean now, so such a record is sent with 1 and a header that says so."""

from __future__ import annotations

from collections.abc import Sequence

from millstream.log.base import Batch, Headers

HEADER = "_millstream.time.0"
_MARK = (HEADER, b"")


def marked(batch: Batch) -> Batch:
    """The batch as it is sent."""
    if 0 not in batch.timestamps:
        return batch
    headers: Sequence[Headers] = batch.headers if batch.headers is not None else [()] * len(batch)
    return Batch(
        batch.keys,
        batch.values,
        [time or 1 for time in batch.timestamps],
        [[*found, _MARK] if time == 0 else found for found, time in zip(headers, batch.timestamps, strict=True)],
    )


def unmarked(batch: Batch) -> Batch:
    """The batch as it was meant. Only called for batches with headers."""
    headers = batch.headers
    if headers is None or not any(found and found[-1][0] == HEADER for found in headers):
        return batch
    for at, found in enumerate(headers):
        if found and found[-1][0] == HEADER:
            batch.timestamps[at] = 0
            headers[at] = found[:-1]
    if not any(headers):
        batch.headers = None
    return batch
