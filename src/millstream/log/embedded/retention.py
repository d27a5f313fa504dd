"""Retention: which segments of a partition go, by age and by size. Whole segments only; never one that a group has yet to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from millstream.dataclass import dataclass
from millstream.log.embedded.codec import HEADER
from millstream.log.embedded.env import Environment
from millstream.log.embedded.policy import Policy
from millstream.log.embedded.reader import segments_from, tail_blobs
from millstream.log.embedded.records import OFFSET_KEY, PARTITION_KEY, Partition, Segment, Topic


@dataclass(frozen=True, slots=True)
class Held:
    """A group that keeps a partition above its size limit: it has read up to ``position`` only. ``excess`` is in bytes."""

    topic: str
    partition: int
    group: str
    position: int
    excess: int

    def __str__(self) -> str:
        return (
            f"Topic '{self.topic}' partition {self.partition} is {self.excess} bytes above its retention.bytes, "
            f"and '{self.group}' has read it only up to offset {self.position}."
        )


@dataclass(slots=True)
class Result:
    removed: list[Segment] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)


def retain(
    env: Environment,
    txn: Any,
    topic: Topic,
    partition: int,
    state: Partition,
    policy: Policy,
    now_ms: int,
    holds: Mapping[str, int],
) -> Result:
    """Take records of segments out; the caller unlinks their files. ``holds``: positions by group."""
    result = Result()
    if not policy.delete:
        return result
    segments = list(segments_from(env, txn, topic.id, partition, 0))
    limit = min(holds.values(), default=state.end)
    oldest = now_ms - policy.retention_ms if policy.retention_ms >= 0 else None
    size = sum(segment.length for _, segment in segments) + state.tail_bytes
    kept = list(segments)
    for base, segment in segments:
        expired = oldest is not None and segment.max_timestamp < oldest
        excess = size - policy.retention_bytes if policy.retention_bytes >= 0 else -1
        too_much = excess >= segment.length
        if not (expired or too_much):
            break
        if segment.next > limit:
            if too_much:
                result.held += [Held(topic.name, partition, g, p, excess) for g, p in sorted(holds.items()) if p < segment.next]
            break
        txn.delete(OFFSET_KEY.pack(topic.id, partition, base), db=env.segments)
        result.removed.append(segment)
        size -= segment.length
        kept.pop(0)
    start = max(kept[0][0] if kept else state.tail, state.start)
    tail_is_oldest = not kept and oldest is not None and state.tail_batches and limit >= state.end
    if tail_is_oldest and _expire_tail(env, txn, topic, partition, state, oldest or 0):
        state = state._replace(tail=state.end, tail_bytes=0, tail_batches=0)
        start = state.end
    if kept:
        _seal_old(env, txn, topic, partition, *kept[-1], policy, now_ms)
    if result.removed or start != state.start:
        txn.put(PARTITION_KEY.pack(topic.id, partition), state._replace(start=start).pack(), db=env.partitions)
    return result


def _expire_tail(env: Environment, txn: Any, topic: Topic, partition: int, state: Partition, oldest: int) -> bool:
    blobs = tail_blobs(env, txn, topic.id, partition, state.tail, 1 << 62)
    headers = [HEADER.unpack_from(blob) for blob in blobs]
    if any(newest >= oldest for *_, newest in headers):
        return False
    for _, _, base, *_ in headers:
        txn.delete(OFFSET_KEY.pack(topic.id, partition, base), db=env.tail)
    return True


def _seal_old(env: Environment, txn: Any, topic: Topic, partition: int, base: int, segment: Segment, policy: Policy, now_ms: int) -> None:
    """End the segment that is appended to once it is old, so that its records do not wait for newer ones to expire."""
    if not segment.sealed and policy.roll_ms >= 0 and now_ms - segment.first_timestamp > policy.roll_ms:
        txn.put(OFFSET_KEY.pack(topic.id, partition, base), segment._replace(sealed=True).pack(), db=env.segments)
