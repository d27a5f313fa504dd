"""Database tables in and out, under the keys of Confluent's and Aiven's JDBC connectors. PostgreSQL and SQLite, over SQLAlchemy.

    url          JDBC URLs -> SQLAlchemy engines; connection errors as plain sentences
    database     the contract of a database
    opening      which one a URL means
    postgres     PostgreSQL: catalog, streaming, types
    sqlite       SQLite: the same
    columns      columns -> Connect schemas; numeric.mapping, timestamp.granularity
    source_keys  the source's configuration keys
    source       the source connector: which tables, which task, what can be judged before it runs
    source_task  the source's task: polling tables in turn
    selection    which tables, which columns
    sink_keys    the sink's configuration keys
    spellings    Debezium's names of them
    sink         the sink connector and its task
    sink_rows    records -> rows
    copy_text    columns -> the text of COPY
    sink_table   creating and widening tables
    sink_writer  insert, upsert, update, delete; COPY
    modes        bulk, incrementing, timestamp, timestamp+incrementing: the queries and the offsets

What two sides share is in url, database, opening, postgres, sqlite; nothing here knows topics or bytes.
"""

from __future__ import annotations
