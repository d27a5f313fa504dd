"""Where a query begins to read. Reads through the log; commits nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from millstream.engine.compile.program import Program
from millstream.engine.inputs import Input
from millstream.errors import StateError
from millstream.log.base import Log


def open_inputs(log: Log, program: Program, committed: Mapping[tuple[str, int], int], seen: Collection[str], size: int) -> list[Input]:
    """The inputs of a query, each at the offset that was committed for it, else at an end of its topic.

    That is the one that ``auto.offset.reset`` names; the start where the query ran before (``committed``, ``seen``): a topic or partition
    that it has no place in was made since, and nothing of it may be missed. ``size``: see ``Input``.
    """
    latest = program.plan.properties.get("auto.offset.reset", "latest") == "latest" and not committed
    inputs: dict[tuple[str, int], Input] = {}
    for scan in program.scans:
        topic = scan.relation.topic
        edges = log.end_offsets(topic) if latest and topic not in seen else log.start_offsets(topic)
        for partition, edge in enumerate(edges):
            known = inputs.get((topic, partition))
            if known is not None:
                known.scans.append(scan)
                continue
            rank = (0 if scan.relation.is_table else 1_000_000) + len(inputs)
            inputs[topic, partition] = Input(topic, partition, [scan], committed.get((topic, partition), edge), rank, size)
    return list(inputs.values())


def refuse_lost_offsets(log: Log, program: Program) -> None:
    """For a query that ran before and has no offsets. Raises StateError if it has state: it would read records again that are in it
    already, or miss some."""
    for store in program.stores:
        if next(iter(log.scan(store.name, store.partition)), None) is not None:
            raise StateError(
                f"The input offsets of {program.plan.query_id} are gone, though it has state: it cannot go on where it was.",
                hint="TERMINATE it and create it anew. On Kafka: somebody deleted the topic that kept them.",
            )
