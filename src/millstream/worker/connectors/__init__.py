"""The connectors. ``BUILT_IN`` names their modules; each is imported when first looked at, so that a worker starts quickly.

    base         the contract, for ours and for third parties (entry point group ``millstream.connectors``)
    datagen/     generated test data
    file         lines of a file, in and out
    jdbc/        database tables, in and out (PostgreSQL, SQLite)
    opensearch/  documents into Elasticsearch or OpenSearch

Whoever adds one adds its line to BUILT_IN.
"""

from __future__ import annotations

#: module:class of every built-in connector.
BUILT_IN = (
    "millstream.worker.connectors.datagen:DatagenConnector",
    "millstream.worker.connectors.file:FileStreamSourceConnector",
    "millstream.worker.connectors.file:FileStreamSinkConnector",
    "millstream.worker.connectors.jdbc.source:JdbcSourceConnector",
    "millstream.worker.connectors.jdbc.sink:JdbcSinkConnector",
    "millstream.worker.connectors.opensearch.connector:OpenSearchSinkConnector",
)
