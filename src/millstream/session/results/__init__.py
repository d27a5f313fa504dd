"""What statements answer: typed, and independent of JSON. ``server.shapes`` turns them into ksqlDB's entities.

base        what every result carries; statuses and warnings
lists       SHOW ...
described   DESCRIBE ..., EXPLAIN
connectors  answers of connector statements
rows        what a query gives: header, rows, end
"""

from __future__ import annotations

from millstream.session.results.base import CommandStatus, Result, WarningResult
from millstream.session.results.connectors import (
    ConnectorChange,
    ConnectorCreated,
    ConnectorDescription,
    ConnectorDropped,
    ConnectorLine,
    ConnectorList,
    ConnectorNote,
    ConnectorPlugins,
    ConnectorText,
    TopicDetail,
)
from millstream.session.results.described import (
    FunctionDescription,
    OffsetSummary,
    QueryDescribed,
    QueryDescription,
    QueryDescriptions,
    SourceDescribed,
    SourceDescription,
    SourceDescriptions,
)
from millstream.session.results.lists import (
    FunctionList,
    PropertyList,
    QueryList,
    RecordAsserted,
    RunningQuery,
    SchemaAsserted,
    SourceAsserted,
    SourceList,
    Terminated,
    TopicAsserted,
    TopicLine,
    TopicList,
    TypeList,
    VariableList,
)
from millstream.session.results.rows import Printed, QueryAnswer

__all__ = [
    "CommandStatus",
    "ConnectorChange",
    "ConnectorCreated",
    "ConnectorDescription",
    "ConnectorDropped",
    "ConnectorLine",
    "ConnectorList",
    "ConnectorNote",
    "ConnectorPlugins",
    "ConnectorText",
    "FunctionDescription",
    "FunctionList",
    "OffsetSummary",
    "Printed",
    "PropertyList",
    "QueryAnswer",
    "QueryDescribed",
    "QueryDescription",
    "QueryDescriptions",
    "QueryList",
    "RecordAsserted",
    "Result",
    "RunningQuery",
    "SchemaAsserted",
    "SourceAsserted",
    "SourceDescribed",
    "SourceDescription",
    "SourceDescriptions",
    "SourceList",
    "Terminated",
    "TopicAsserted",
    "TopicDetail",
    "TopicLine",
    "TopicList",
    "TypeList",
    "VariableList",
    "WarningResult",
]
