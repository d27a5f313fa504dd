"""What a topic's configuration says about its files: when segments roll, and what retention and compaction may remove."""

from __future__ import annotations

from collections.abc import Mapping

from millstream.dataclass import dataclass
from millstream.errors import LogError

_DAY = 24 * 3600 * 1000
_SMALLEST_SEGMENT = 4096


@dataclass(frozen=True, slots=True)
class Policy:
    """Times in ms, sizes in bytes a partition; -1 means without end. Keys and defaults are Kafka's."""

    compact: bool = False
    delete: bool = True
    retention_ms: int = 7 * _DAY
    retention_bytes: int = -1
    segment_bytes: int = 64 << 20
    delete_retention_ms: int = _DAY

    @property
    def roll_bytes(self) -> int:
        """Where a segment ends: early enough that the size kept is never much more than the size asked for."""
        if self.delete and self.retention_bytes >= 0:
            return max(min(self.segment_bytes, self.retention_bytes // 8), _SMALLEST_SEGMENT)
        return self.segment_bytes

    @property
    def roll_ms(self) -> int:
        """The time a segment may span before maintenance ends it, so that its head can expire; -1 for any."""
        return self.retention_ms // 8 if self.delete and self.retention_ms >= 0 else -1


def policy(topic: str, config: Mapping[str, str], segment_bytes: int) -> Policy:
    """Raises LogError for a value that cannot be used. Unknown keys are left to others."""
    words = {word.strip() for word in config.get("cleanup.policy", "delete").split(",")}
    if not words or not words <= {"compact", "delete"}:
        raise LogError(
            f"Topic '{topic}' has cleanup.policy={config['cleanup.policy']!r}: expected 'delete', 'compact' or 'compact,delete'."
        )

    def number(key: str, default: int, least: int) -> int:
        text = config.get(key)
        try:
            value = default if text is None else int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise LogError(f"Topic '{topic}' has {key}={text!r}: expected a whole number of at least {least}.")
        return value

    return Policy(
        "compact" in words,
        "delete" in words,
        number("retention.ms", 7 * _DAY, -1),
        number("retention.bytes", -1, -1),
        number("segment.bytes", segment_bytes, 14),
        number("delete.retention.ms", _DAY, 0),
    )
