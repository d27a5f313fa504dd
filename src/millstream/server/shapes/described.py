"""sourceDescription, queryDescription, describe_function, and queries as lists show them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millstream.functions import AggregateFunction, AggregateOverload, Overload, Param, TableFunction
from millstream.server.shapes.schema import fields
from millstream.session import results as r
from millstream.types import DecimalType, SqlType

Shape = tuple[str, dict[str, Any]]


def running_query(query: r.RunningQuery) -> dict[str, Any]:
    """A query in a list. ``lag`` and ``lastError`` are Millstream's additions, present only where there is something to say."""
    shown: dict[str, Any] = {
        "queryString": query.text,
        "sinks": list(query.sinks),
        "sinkKafkaTopics": list(query.sink_topics),
        "id": query.id,
        "statusCount": {query.state: 1},
        "queryType": query.kind,
        "state": query.state,
    }
    if query.lag is not None:
        shown["lag"] = query.lag
    if query.error:
        shown["lastError"] = query.error
    return shown


def source(described: r.SourceDescription, host: str = "") -> dict[str, Any]:
    """A sourceDescription."""
    relation = described.relation
    return {
        "name": relation.name,
        "windowType": relation.window.kind if relation.window else None,
        "readQueries": [running_query(q) for q in described.readers],
        "writeQueries": [running_query(q) for q in described.writers],
        "fields": fields(relation.schema),
        "type": relation.kind,
        "timestamp": relation.timestamp.column if relation.timestamp and described.extended else "",
        "statistics": "\n".join(f"{n}: {v:g}" for n, v in described.metrics) if described.extended else "",
        "errorStats": "\n".join(f"{n}: {v:g}" for n, v in described.errors) if described.extended else "",
        "extended": described.extended,
        "keyFormat": relation.key_format.name,
        "valueFormat": relation.value_format.name,
        "topic": relation.topic,
        "partitions": described.partitions,
        "replication": described.replication,
        "statement": relation.text,
        "queryOffsetSummaries": [_offsets(o) for o in described.offsets],
        "sourceConstraints": list(described.constraints),
        "clusterStatistics": [_statistic(n, v, host) for n, v in described.metrics],
        "clusterErrorStats": [_statistic(n, v, host) for n, v in described.errors],
    }


def _statistic(name: str, value: float, host: str) -> dict[str, Any]:
    return {"name": name, "host": host, "value": value, "timestamp": 0}


def _offsets(summary: r.OffsetSummary) -> dict[str, Any]:
    topics: dict[str, list[dict[str, int]]] = {}
    for topic, partition, start, end, position in summary.positions:
        line = {"partition": partition, "logStartOffset": start, "logEndOffset": end, "consumerOffset": position}
        topics.setdefault(topic, []).append(line)
    return {"groupId": summary.group, "topicSummaries": [{"kafkaTopic": t, "offsets": lines} for t, lines in topics.items()]}


def _source(result: r.SourceDescribed) -> Shape:
    shown: dict[str, Any] = {"sourceDescription": source(result.source)}
    if result.notes:
        shown["notes"] = list(result.notes)
    return "sourceDescription", shown


def _sources(result: r.SourceDescriptions) -> Shape:
    return "source_descriptions", {"sourceDescriptions": [source(s) for s in result.sources]}


def query(described: r.QueryDescription, host: str = "localhost:8088") -> dict[str, Any]:
    """A queryDescription."""
    return {
        "id": described.id,
        "statementText": described.text,
        "windowType": described.window,
        "fields": fields(described.columns),
        "sources": list(described.sources),
        "sinks": list(described.sinks),
        "topology": described.source_code,
        "executionPlan": described.plan,
        "overriddenProperties": dict(described.properties),
        "ksqlHostQueryStatus": {host: described.state} if described.state else {},
        "queryType": described.kind,
        "queryErrors": [{"timestamp": 0, "errorMessage": e, "type": "UNKNOWN"} for e in described.errors],
        "tasksMetadata": [],
        "consumerGroupId": described.group,
        "state": described.state,
    }


def _query(result: r.QueryDescribed) -> Shape:
    return "queryDescription", {"queryDescription": query(result.query)}


def _queries(result: r.QueryDescriptions) -> Shape:
    return "query_descriptions", {"queryDescriptions": [query(q) for q in result.queries]}


def _function(result: r.FunctionDescription) -> Shape:
    function = result.function
    kind = "AGGREGATE" if isinstance(function, AggregateFunction) else "TABLE" if isinstance(function, TableFunction) else "SCALAR"
    return "describe_function", {
        "name": function.name,
        "description": function.description,
        "author": function.author,
        "version": "",
        "path": "internal",
        "functions": [_overload(o) for o in function.overloads],
        "type": kind,
    }


def _overload(overload: Overload | AggregateOverload) -> dict[str, Any]:
    params = overload.params + (overload.constants if isinstance(overload, AggregateOverload) else ())
    arguments = [{"name": p.name, "type": _type(p.type), "description": p.doc, "isVariadic": p.variadic} for p in params]
    returns = "depends on the arguments" if callable(overload.returns) else _type(overload.returns)
    return {
        "arguments": arguments,
        "returnType": returns,
        "description": overload.doc,
        "argumentTypes": [_variadic(p) for p in params],
    }


def _variadic(param: Param) -> str:
    return _type(param.type) + ("..." if param.variadic else "")


def _type(kind: object) -> str:
    """A parameter's type as ksqlDB's function documentation spells it."""
    if isinstance(kind, DecimalType):
        return "DECIMAL"
    text = str(kind)
    if isinstance(kind, SqlType):
        text = {"STRING": "VARCHAR", "INTEGER": "INT"}.get(text, text)
    return text


SHAPES: dict[type, Callable[[Any], Shape]] = {
    r.SourceDescribed: _source,
    r.SourceDescriptions: _sources,
    r.QueryDescribed: _query,
    r.QueryDescriptions: _queries,
    r.FunctionDescription: _function,
}
