"""Who reads which topic, by the groups' own records. Pure.

A member's assignment is Kafka's consumer protocol: a version, then topics with their partitions.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any


def readers(groups: Iterable[Any], own: str) -> dict[str, tuple[int, int]]:
    """Consumers and groups by topic. ``groups`` as librdkafka lists them; those whose names begin with ``own`` are left out."""
    found: dict[str, tuple[int, int]] = {}
    for group in groups:
        if group.id.startswith(own) or group.protocol_type != "consumer":
            continue
        seen: set[str] = set()
        for member in group.members:
            for topic in topics_of(member.assignment):
                consumers, count = found.get(topic, (0, 0))
                found[topic] = (consumers + 1, count + (topic not in seen))
                seen.add(topic)
    return found


def topics_of(assignment: bytes) -> list[str]:
    """The topics of an assignment; none of one that cannot be read."""
    try:
        (count,) = struct.unpack_from(">i", assignment, 2)
        at, found = 6, []
        for _ in range(count):
            (length,) = struct.unpack_from(">h", assignment, at)
            found.append(assignment[at + 2 : at + 2 + length].decode())
            (partitions,) = struct.unpack_from(">i", assignment, at + 2 + length)
            at += 6 + length + 4 * partitions
        return found
    except (struct.error, UnicodeDecodeError):
        return []
