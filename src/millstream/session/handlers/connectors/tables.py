"""CREATE STREAM | TABLE name FROM CONNECTOR connector [TOPIC 'topic']: a relation over a connector's topic, columns and key included."""

from __future__ import annotations

from millstream.connect import contents
from millstream.errors import StatementError
from millstream.session import results as r
from millstream.session.handlers.connectors.names import client_of, need
from millstream.session.worlds import World
from millstream.sql import tree


def create_relation(statement: tree.CreateFromConnector, world: World) -> r.Result:
    """The same as CREATE STREAM | TABLE name WITH (kafka_topic='...'), which finds columns and key by itself."""
    from millstream.session.handlers import relations

    client = client_of(world)
    connector = need(world, statement.connector, "Failed to describe connector")
    config = client.config(connector)
    topics = contents.topics_of(client, connector, config)
    topic = statement.topic
    if topic is None:
        if len(topics) != 1:
            listing = ", ".join(topics) if topics else "none yet"
            raise StatementError(
                f"The connector {connector} has several topics or none: {listing}.", hint="Say which one with TOPIC '...'."
            )
        topic = topics[0]
    else:
        topic = next((t for t in topics if contents.object_name(config, t) == topic), topic)
    given = tuple(p for p in statement.properties if p[0].upper() != "KAFKA_TOPIC")
    properties = (("KAFKA_TOPIC", tree.String(topic)), *given)
    plain = tree.CreateSource(
        statement.kind, statement.name, (), properties, statement.or_replace, statement.if_not_exists, at=statement.at, text=statement.text
    )
    return relations.create(plain, world)
