"""Datagen: generated test data, under the keys of Confluent's Datagen connector.

    connector    the keys, and the task
    columns      generators of one column's values
    quickstarts  the named record kinds: pageviews, users, orders, ratings, ...
    avro         ``schema.string`` / ``schema.filename``: Avro schemas with generator annotations
    patterns     texts of a regular expression

Same seed, same records: nothing here looks at a clock but the task.
"""

from __future__ import annotations

from millstream.worker.connectors.datagen.connector import DatagenConnector

__all__ = ["DatagenConnector"]
