"""CREATE STREAM | TABLE name FROM CONNECTOR connector [TOPIC 'topic']: a relation over a connector's topic, columns and key included."""

from __future__ import annotations

import threading
import time

from millstream.connect import contents, waiting
from millstream.connect.client import ConnectClient
from millstream.errors import ConnectError, RequestError, StatementError
from millstream.session import results as r
from millstream.session.handlers.connectors.names import client_of, need
from millstream.session.worlds import World
from millstream.sql import tree


def create_relation(statement: tree.CreateFromConnector, world: World) -> r.Result:
    """The same as CREATE STREAM | TABLE name WITH (kafka_topic='...'), which finds columns and key by itself."""
    from millstream.session.handlers import relations

    return relations.create(_over_topic(statement, world, wait=False), world)


def await_relation(statement: tree.CreateFromConnector, world: World) -> None:
    """Wait until the connector's topic is there and can tell its columns. No lock may be held. What cannot be, the handler will refuse."""
    from millstream.session.completing import await_topic

    try:
        plain = _over_topic(statement, world, wait=True)
    except (ConnectError, RequestError, StatementError):
        return
    await_topic(plain, world)


def _topics(client: ConnectClient, connector: str, config: dict[str, str], patience_s: float) -> list[str]:
    """The connector's topics. The first of a source at work is waited for: a snapshot of a large database takes its time."""
    deadline = time.monotonic() + patience_s
    while True:
        status = client.status(connector)
        topics = waiting.until_topics(client, connector, config, status)
        if topics or not waiting.may_write(status) or time.monotonic() >= deadline:
            return topics
        threading.Event().wait(waiting.LOOK_S)


def _none(connector: str, failure: str | None) -> StatementError:
    """Why there is no relation over a connector without a topic."""
    if failure is not None:
        return StatementError(
            f"The connector {connector} has no topic: it has failed: {failure}", hint=f"DESCRIBE {connector}; shows more."
        )
    hint = f"DESCRIBE {connector}; shows whether it runs. An empty table of the other side makes no topic."
    return StatementError(f"The connector {connector} has no topic yet.", hint=hint)


def _over_topic(statement: tree.CreateFromConnector, world: World, *, wait: bool) -> tree.CreateSource:
    """The statement over the topic. Raises StatementError where the connector has no topic, or several and none is named."""
    client = client_of(world)
    connector = need(world, statement.connector, "Failed to describe connector")
    config = client.config(connector)
    patience = world.database.config.number("connect.topic.timeout.ms") / 1000 if wait else 0
    topics = _topics(client, connector, config, patience) if wait else contents.topics_of(client, connector, config)
    topic = statement.topic
    if topic is not None:
        topic = next((t for t in topics if contents.object_name(config, t) == topic), topic)
        if topic not in topics and not contents.announces(config, topic):
            raise StatementError(
                f"The connector {connector} has no topic '{topic}'. Existing topics: {', '.join(topics) or 'none yet'}.",
                hint=f"A relation over any topic: CREATE {statement.kind} ... WITH (kafka_topic='{topic}');",
            )
    elif len(topics) == 1:
        topic = topics[0]
    elif topics:
        raise StatementError(f"The connector {connector} has several topics: {', '.join(topics)}.", hint="Say which one with TOPIC '...'.")
    else:
        raise _none(connector, waiting.failure_of(client.status(connector)))
    given = tuple(p for p in statement.properties if p[0].upper() != "KAFKA_TOPIC")
    properties = (("KAFKA_TOPIC", tree.String(topic)), *given)
    return tree.CreateSource(
        statement.kind, statement.name, (), properties, statement.or_replace, statement.if_not_exists, at=statement.at, text=statement.text
    )
