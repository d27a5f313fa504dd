from typing import Any

from millstream.log.base import Headers

QUEUE_FULL: int

def load(path: str) -> None: ...
def produce(
    producer: Any,
    topic: str,
    partition: int,
    keys: list[bytes | None],
    values: list[bytes | None],
    timestamps: list[int],
    headers: list[Headers] | None,
    first: int,
    end: int,
    /,
) -> tuple[int, int, str | None]: ...

class Queue:
    def __init__(self, consumer: Any, topic: str, partition: int, bell: int, /) -> None: ...
    def take(self, most: int, ms: int, /) -> list[tuple[Any, ...]]: ...
    def close(self) -> None: ...
