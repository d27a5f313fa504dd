"""Topics of relations: creating what a definition asks for, checking it against what is there, and which topics people see.

Defaults by kind: tables are compacted, windowed tables compacted and deleted, streams deleted after the retention time.
"""

from __future__ import annotations

import re
from dataclasses import replace

from millstream.catalog import FormatSpec, Relation
from millstream.errors import LogError, RequestError, StatementError
from millstream.log.base import TopicInfo
from millstream.log.names import check_topic
from millstream.plan.bind.results import TopicSpec
from millstream.session.worlds import World
from millstream.types import Column

#: More would not be a mistake of Kafka's, but is one of whoever wrote it.
MOST_PARTITIONS = 10_000


def ensure_topic(world: World, relation: Relation, spec: TopicSpec) -> Relation:
    """Create the topic if there is none; the relation with the partitions the topic has. Raises StatementError where they do not fit."""
    existing = world.topic(spec.name)
    if existing is None:
        if world.record is not None:
            return relation
        info = _info(world, relation, spec)
        _check(info)
        world.create_topic(info)
        return replace(relation, partitions=info.partitions)
    # What the journal holds was accepted once; a topic may have got more partitions since.
    if world.record is None and spec.partitions is not None and spec.partitions != existing.partitions:
        raise StatementError(
            f"A Kafka topic with the name '{spec.name}' already exists, with different partition/replica configuration than required. "
            f"KSQL expects {spec.partitions} partitions (topic has {existing.partitions}), and {spec.replicas or existing.replicas} "
            f"replication factor (topic has {existing.replicas}).",
            hint=f"Leave PARTITIONS out, write PARTITIONS={existing.partitions}, or name another topic.",
        )
    return replace(relation, partitions=existing.partitions)


def cleanup_policy(relation: Relation) -> str:
    """``cleanup.policy`` of a topic made for this relation."""
    if not relation.is_table:
        return "delete"
    return "compact,delete" if relation.window is not None and relation.query_id is not None else "compact"


def _info(world: World, relation: Relation, spec: TopicSpec) -> TopicInfo:
    config = {"cleanup.policy": spec.cleanup or cleanup_policy(relation)}
    retention = spec.retention_ms if spec.retention_ms is not None else world.database.config.number("log.retention.ms")
    if "delete" in config["cleanup.policy"]:
        config["retention.ms"] = str(retention)
    partitions = relation.partitions if spec.partitions is None else spec.partitions
    return TopicInfo(spec.name, partitions, 1 if spec.replicas is None else spec.replicas, config)


def _check(info: TopicInfo) -> None:
    """Raises StatementError where no such topic can be made: a request is refused before any of it takes effect."""
    try:
        check_topic(info.name, info.partitions)
    except LogError as error:
        raise StatementError(error.message, hint=error.hint) from error
    if info.partitions > MOST_PARTITIONS:
        raise StatementError(
            f"Topic '{info.name}' would have {info.partitions} partitions: expected at most {MOST_PARTITIONS}.",
            hint="A topic's partitions are read by one query each; a few per processor are enough.",
        )
    if info.replicas == 0 or info.replicas < -1:
        raise StatementError(f"Topic '{info.name}' cannot have {info.replicas} replicas: expected at least 1, or -1 for the default.")
    policy = info.config["cleanup.policy"]
    if not set(policy.replace(" ", "").split(",")) <= {"delete", "compact"}:
        raise StatementError(f"CLEANUP_POLICY of topic '{info.name}' cannot be '{policy}': expected delete, compact or compact,delete.")
    retention = int(info.config.get("retention.ms", -1))
    if retention < -1:
        raise StatementError(f"RETENTION_MS of topic '{info.name}' cannot be {retention}: expected milliseconds, or -1 to keep everything.")


def register_schemas(world: World, relation: Relation, *, always: bool) -> None:
    """Register the relation's key and value schemas where their formats keep them in the registry.

    ``always``: also where the subject has one already (sinks of queries); a relation declared over a topic leaves it alone.
    """
    for columns, spec in ((relation.schema.key, relation.key_format), (relation.schema.value, relation.value_format)):
        if columns:
            _register(world, relation, list(columns), spec, always)


def _register(world: World, relation: Relation, columns: list[Column], spec: FormatSpec, always: bool) -> None:
    from millstream import formats

    form = formats.get(spec.name)
    if not form.needs_registry or world.record is not None:
        return
    if world.registry is None:
        raise no_registry(relation.topic, spec.name)
    if world.dry or spec.options.schema_id is not None:
        return
    if always or world.registry.latest(spec.options.subject) is None:
        form.register(columns, spec.options, world.registry)


def no_registry(topic: str, form: str) -> RequestError:
    return RequestError(f"Cannot create topic '{topic}' with format {form} without configuring 'ksql.schema.registry.url'", code=42801)


def is_hidden(world: World, topic: str) -> bool:
    """Whether SHOW TOPICS leaves it out."""
    return any(re.fullmatch(pattern, topic) for pattern in world.database.config.items("ksql.hidden.topics"))


def refuse_read_only(world: World, topic: str) -> None:
    """Raises RequestError for topics that statements may not write to."""
    if any(re.fullmatch(pattern, topic) for pattern in world.database.config.items("ksql.readonly.topics")):
        raise RequestError(f"Cannot write to the read-only topic: {topic}", hint="Setting ksql.readonly.topics lists these topics.")
