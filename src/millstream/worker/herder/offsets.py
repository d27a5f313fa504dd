"""Reading and changing a connector's offsets, in Kafka's shapes and with its texts."""

from __future__ import annotations

from typing import Any

from millstream.log.base import Log
from millstream.worker.connectors.base import Connector
from millstream.worker.errors import RestError
from millstream.worker.herder.store import Store

_ALL_DONE = "The offsets for this connector have been {} successfully"
_DONE = (
    "The Connect framework-managed offsets for this connector have been {} successfully. However, if this connector manages offsets "
    "externally, they will need to be manually {} in the system that the connector uses."
)


def read(log: Log, store: Store, name: str, kind: str) -> dict[str, Any]:
    """``{"offsets": [{"partition", "offset"}]}``."""
    if kind == "source":
        return {"offsets": [{"partition": p, "offset": o} for p, o in store.offsets(name)]}
    committed = sorted(log.committed(f"connect-{name}").items())
    return {"offsets": [{"partition": {"kafka_partition": p, "kafka_topic": t}, "offset": {"kafka_offset": o}} for (t, p), o in committed]}


def alter(log: Log, store: Store, name: str, connector: Connector | None, body: Any) -> dict[str, str]:
    """Take the offsets of a PATCH; null forgets a partition. ``connector`` None: its class is not there, and nobody can judge."""
    entries = body.get("offsets") if isinstance(body, dict) else None
    if not isinstance(entries, list) or not entries:
        raise RestError(400, "Partitions / offsets need to be provided for an alter offsets request")
    moved = []
    for entry in entries:
        partition = entry.get("partition") if isinstance(entry, dict) else None
        if not isinstance(partition, dict):
            raise RestError(400, "The partition for a source or sink offset cannot be null or missing")
        unknown = sorted(set(entry) - {"partition", "offset"})
        if unknown:
            raise RestError(500, f'Unrecognized field "{unknown[0]}": an entry has a partition and an offset')
        if not isinstance(entry.get("offset"), dict | None):
            raise RestError(500, f"The offset of {partition} is {entry['offset']!r}: expected an object, or null to forget it")
        moved.append((partition, entry.get("offset")))
    if connector is None or connector.kind == "source":
        message = _judged(connector, moved, "altered")
        store.set_offsets(name, moved)
        return message
    _alter_sink(log, name, moved)
    return {"message": _ALL_DONE.format("altered")}


def _judged(connector: Connector | None, moved: list[tuple[dict[str, Any], Any]], done: str) -> dict[str, str]:
    """What to answer. Raises RestError for offsets that the connector could not go on from."""
    try:
        knows = connector is not None and connector.check_offsets(moved)
    except ValueError as fault:
        raise RestError(500, str(fault)) from None
    return {"message": (_ALL_DONE if knows else _DONE).format(done, done)}


def _alter_sink(log: Log, name: str, moved: list[tuple[dict[str, Any], Any]]) -> None:
    group = f"connect-{name}"
    positions = dict(log.committed(group))
    for partition, offset in moved:
        topic, number = partition.get("kafka_topic"), partition.get("kafka_partition")
        if topic is None or number is None:
            raise RestError(400, "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'")
        where = (str(topic), _integer(number, "partition"))
        if offset is None:
            positions.pop(where, None)
            continue
        if not isinstance(offset, dict) or offset.get("kafka_offset") is None:
            raise RestError(400, "The offset for a sink connector should either be null or contain the key 'kafka_offset'")
        positions[where] = _integer(offset["kafka_offset"], "offset")
        if positions[where] < 0:
            raise RestError(400, "The offset for a sink connector cannot be negative")
    log.drop_group(group)
    if positions:
        with log.begin(f"connect-offsets-{name}") as transaction:
            transaction.offsets(group, positions)
            transaction.commit()


def _integer(given: Any, what: str) -> int:
    """Connect takes numbers and their texts."""
    try:
        return int(str(given))
    except ValueError:
        raise RestError(
            400,
            f"Failed to parse the following Kafka {what} value in the provided offsets: '{given}'. "
            f"{what.capitalize()} values for sink connectors need to be integers.",
        ) from None


def reset(log: Log, store: Store, name: str, connector: Connector | None) -> dict[str, str]:
    """Forget all offsets."""
    if connector is None or connector.kind == "source":
        store.set_offsets(name, [(p, None) for p, _ in store.offsets(name)])
        return _judged(connector, [], "reset")
    log.drop_group(f"connect-{name}")
    return {"message": _ALL_DONE.format("reset")}
