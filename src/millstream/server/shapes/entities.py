"""One JSON entity a result. ``entity`` finds the shape by the result's class; each shape gives the fields between text and warnings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millstream.catalog import Relation
from millstream.server.shapes import connectors, described
from millstream.server.shapes.schema import schema_info
from millstream.session import results as r

Shape = tuple[str, dict[str, Any]]


def entity(result: r.Result) -> dict[str, Any]:
    """A result as ksqlDB's entity, with ``@type``, ``statementText`` and ``warnings``."""
    kind, fields = SHAPES[type(result)](result)
    return {"@type": kind, "statementText": result.text, **fields, "warnings": [{"message": w} for w in result.warnings]}


def _status(result: r.CommandStatus) -> Shape:
    return "currentStatus", {
        "commandId": "/".join(result.command),
        "commandStatus": {"status": result.status, "message": result.message, "queryId": result.query_id},
        "commandSequenceNumber": -1 if result.sequence is None else result.sequence,
    }


def _warning(result: r.WarningResult) -> Shape:
    return "warning_entity", {"message": result.message}


def _sources(result: r.SourceList) -> Shape:
    kind = "tables" if result.is_table else "streams"
    return kind, {kind: [_source(relation) for relation in result.relations]}


def _source(relation: Relation) -> dict[str, Any]:
    return {
        "type": relation.kind,
        "name": relation.name,
        "topic": relation.topic,
        "keyFormat": relation.key_format.name,
        "valueFormat": relation.value_format.name,
        "isWindowed": relation.window is not None,
    }


def _topics(result: r.TopicList) -> Shape:
    topics: list[dict[str, Any]] = [{"name": t.name, "replicaInfo": list(t.replicas)} for t in result.topics]
    if result.extended:
        for shown, topic in zip(topics, result.topics, strict=True):
            shown.update(consumerCount=topic.consumers, consumerGroupCount=topic.groups)
    return "kafka_topics_extended" if result.extended else "kafka_topics", {"topics": topics}


def _queries(result: r.QueryList) -> Shape:
    return "queries", {"queries": [described.running_query(q) for q in result.queries]}


def _properties(result: r.PropertyList) -> Shape:
    names = ("name", "scope", "value", "editable", "level")
    return "properties", {
        "properties": [dict(zip(names, line, strict=True)) for line in result.properties],
        "overwrittenProperties": list(result.overwritten),
        "defaultProperties": list(result.defaults),
    }


def _functions(result: r.FunctionList) -> Shape:
    return "function_names", {"functions": [{"name": n, "type": t, "category": c} for n, t, c in result.functions]}


def _types(result: r.TypeList) -> Shape:
    return "type_list", {"types": {name: schema_info(kind) for name, kind in result.types.items()}}


def _variables(result: r.VariableList) -> Shape:
    return "variables", {"variables": [{"name": n, "value": v} for n, v in result.variables.items()]}


def _terminated(result: r.Terminated) -> Shape:
    return "terminate_query", {"queryId": result.query_id, "wasTerminated": result.was_running}


def _topic_asserted(result: r.TopicAsserted) -> Shape:
    return "assert_topic", {"topicName": result.topic, "exists": result.exists}


def _schema_asserted(result: r.SchemaAsserted) -> Shape:
    return "assert_schema", {"subject": result.subject, "id": result.schema_id, "exists": result.exists}


def _record_asserted(result: r.RecordAsserted) -> Shape:
    return "assert_values", {"sourceName": result.source, "offset": result.index}


def _source_asserted(result: r.SourceAsserted) -> Shape:
    return "assert_source", {"sourceName": result.source, "sourceType": result.kind}


SHAPES: dict[type, Callable[[Any], Shape]] = {
    r.CommandStatus: _status,
    r.WarningResult: _warning,
    r.SourceList: _sources,
    r.TopicList: _topics,
    r.QueryList: _queries,
    r.PropertyList: _properties,
    r.FunctionList: _functions,
    r.TypeList: _types,
    r.VariableList: _variables,
    r.Terminated: _terminated,
    r.TopicAsserted: _topic_asserted,
    r.SchemaAsserted: _schema_asserted,
    r.RecordAsserted: _record_asserted,
    r.SourceAsserted: _source_asserted,
    **described.SHAPES,
    **connectors.SHAPES,
}
