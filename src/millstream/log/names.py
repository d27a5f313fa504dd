"""What is a legal topic name. The rule is Kafka's, so that what runs embedded runs on Kafka too."""

from __future__ import annotations

import re

from millstream.errors import LogError
from millstream.log.base import NoTopic

_LEGAL = re.compile(r"[a-zA-Z0-9._-]{1,249}")


def check_topic(name: str, partitions: int) -> None:
    """Raise LogError unless a topic of this name and size can exist."""
    if not _LEGAL.fullmatch(name) or name in (".", ".."):
        raise LogError(
            f"Topic name {name!r} is not legal: expected 1 to 249 letters, digits, '.', '_' and '-', and not '.' or '..'.",
            hint="Choose another name, for example WITH (KAFKA_TOPIC='my-topic').",
        )
    if partitions < 1:
        raise LogError(f"Topic '{name}' cannot have {partitions} partitions: expected at least 1.")


def unknown_topic(name: str) -> NoTopic:
    return NoTopic(f"There is no topic '{name}'.", hint="SHOW TOPICS lists the topics.")


def unknown_partition(name: str, partition: int, partitions: int) -> LogError:
    return LogError(f"Topic '{name}' has no partition {partition}: expected 0 to {partitions - 1}.")
