"""Stream time: the highest timestamp seen, for each partition at one operator. Part of the query's state."""

from __future__ import annotations

from millstream.log.base import Log, Transaction


class StreamTimes:
    """``now`` is a list that generated code changes in place; -1 where nothing was seen. Written with the task's commit when it changed."""

    def __init__(self, log: Log, name: str, partitions: int) -> None:
        self.name = name
        self.partition = 0
        self.now = [-1] * partitions
        for number in range(partitions):
            data = log.get(name, 0, number.to_bytes(4, "big"))
            if data is not None:
                self.now[number] = int.from_bytes(data, "big", signed=True)
        self._saved = list(self.now)

    def flush(self, transaction: Transaction) -> None:
        changed = [(n, t) for n, (t, saved) in enumerate(zip(self.now, self._saved, strict=True)) if t != saved]
        if changed:
            transaction.put(self.name, 0, [(n.to_bytes(4, "big"), t.to_bytes(8, "big", signed=True)) for n, t in changed])

    def settle(self) -> None:
        """Nothing is held between two calls."""

    def committed(self) -> None:
        self._saved = list(self.now)

    def rollback(self) -> None:
        self.now[:] = self._saved
