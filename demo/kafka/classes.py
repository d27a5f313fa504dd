"""What ``pipeline.sql`` says otherwise on Kafka's Connect.

It names classes of the built-in worker. Kafka's Connect has others for the same work, which call their keys otherwise: this is the whole
difference, and ``otherwise`` puts it into the text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

#: By connector: what stands there, and what stands there on Kafka. None: nothing, the class has no such key.
Changes = Mapping[str, str | None]

_SINK: Changes = {
    "connector.class=JdbcSinkConnector": "connector.class=io.debezium.connector.jdbc.JdbcSinkConnector",
    "connection.user=": "connection.username=",
    "table.name.format=": "collection.name.format=",
    "pk.mode=": "primary.key.mode=",
    "pk.fields=": "primary.key.fields=",
    "auto.create=true": "schema.evolution=basic, \\\n      quote.identifiers=true",
}
CONNECTORS: Mapping[str, Changes] = {
    "my-postgres-jdbc": {
        'connector.class="io.confluent.connect.jdbc.jdbcSourceConnector"': "connector.class=PostgresConnector",
        "connection.url=jdbc:postgresql://localhost:15432/shop": (
            "database.hostname=localhost, \\\n      database.port=15432, \\\n      database.dbname=shop"
        ),
        "connection.user=": "database.user=",
        "connection.password=": "database.password=",
        "table.whitelist=users": (
            "table.include.list=public.users, \\\n      plugin.name=pgoutput, \\\n      publication.autocreate.mode=filtered"
        ),
        "mode=timestamp+incrementing": None,
        "timestamp.column.name=updated": None,
        "incrementing.column.name=id": None,
        "poll.interval.ms=200": "poll.interval.ms=50",
        "key=userid": "message.key.columns=public.users:userid",
        # Debezium wraps rows, and calls the topic of a table prefix.schema.table.
        "topic.prefix=test-postgres-jdbc-": (
            "topic.prefix=test-postgres-jdbc-, \\\n      transforms='unwrap,route', \\\n"
            "      transforms.unwrap.type=io.debezium.transforms.ExtractNewRecordState, \\\n"
            "      transforms.route.type=org.apache.kafka.connect.transforms.RegexRouter, \\\n"
            "      transforms.route.regex='(.*)[.]public[.](.*)', \\\n"
            "      transforms.route.replacement='$1$2'"
        ),
    },
    "pageviews-datagen": {
        "connector.class=DatagenConnector": "connector.class=FileStreamSource",
        "quickstart=pageviews": "file=pageviews.txt",
        "kafka.topic=pageviews": "topic=pageviews",
        "users.count=10000": None,
        "iterations=10000": None,
        "max.interval=1": None,
        "random.seed=7": "value.converter=org.apache.kafka.connect.storage.StringConverter",
    },
    "enriched-to-postgres": _SINK,
    "views-to-postgres": _SINK,
}
#: Kafka's Connect has no converter for a schema registry; its own puts the schema beside each value.
FORMATS: Changes = {"value_format='JSON_SR'": "value_format='CONNECT_JSON'"}


def otherwise(text: str, connectors: Collection[str] = tuple(CONNECTORS)) -> str:
    """The pipeline for Kafka's Connect, or with only some of its connectors."""
    for name in connectors:
        changes = CONNECTORS[name]
        statement = re.search(rf"^CREATE EXTERNAL \w+ {name} .*?\);$", text, re.MULTILINE | re.DOTALL)
        if statement is None:
            raise ValueError(f"pipeline.sql has no connector {name}.")
        text = text.replace(statement[0], _changed(statement[0], changes))
    return _changed(text, FORMATS)


def _changed(text: str, changes: Changes) -> str:
    for old, new in changes.items():
        pattern = rf"(?<![\w.]){re.escape(old)}" if new is not None else rf"(?m)^ *{re.escape(old)},? *\\\n"
        text, times = re.subn(pattern, (new or "").replace("\\", r"\\"), text)
        if times == 0:
            raise ValueError(f"pipeline.sql has no {old}")
    return text
