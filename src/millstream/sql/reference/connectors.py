"""Connectors, in KLIP 7's spelling and in ksqlDB's."""

from __future__ import annotations

from millstream.sql.reference.entry import Entry
from millstream.sql.tree import AlterConnector, ControlConnector, CreateConnector, DropConnector, ShowConnector

_LINES = """\
CREATE SOURCE CONNECTOR `lines` WITH ('connector.class'='FileStreamSource', 'file'='/dev/null', 'topic'='lines');"""

ENTRIES = (
    Entry(
        "CREATE CONNECTOR, CREATE EXTERNAL",
        CreateConnector,
        """\
CREATE SOURCE CONNECTOR [IF NOT EXISTS] name WITH ( 'key' = 'value', ... );
CREATE SINK CONNECTOR [IF NOT EXISTS] name [FROM relation] WITH ( 'key' = 'value', ... );
CREATE EXTERNAL SOURCE [IF NOT EXISTS] name WITH ( key=value, ... );
CREATE EXTERNAL SINK [IF NOT EXISTS] name [FROM relation] WITH ( key=value, ... );""",
        """\
Creates a connector in Kafka Connect, or in the built-in worker. The configuration is validated first; every fault is reported and
nothing is created. It answers when the tasks run or fail. FROM takes topic, converters and key from a relation.
[Connectors](../connect.md) has the rules of both spellings and the options of the built-in connectors.""",
        (
            "CREATE SOURCE CONNECTOR IF NOT EXISTS views WITH ('connector.class'='DatagenConnector', 'quickstart'='pageviews',\n"
            "  'kafka.topic'='views', 'max.interval'=100);",
            "CREATE EXTERNAL SOURCE my-users WITH (connector.class=DatagenConnector, quickstart=users, kafka.topic=users);",
            "CREATE EXTERNAL SINK views-to-file WITH (connector.class=FileStreamSink, topics=views, file=/dev/null);",
        ),
        runs="CONNECT",
    ),
    Entry(
        "DROP CONNECTOR, DROP EXTERNAL",
        DropConnector,
        """\
DROP CONNECTOR [IF EXISTS] name;
DROP EXTERNAL SOURCE | SINK [IF EXISTS] name [TERMINATE];""",
        """\
Deletes a connector; topics and relations stay. In the second spelling a connector that is at work is dropped only with TERMINATE.""",
        ("DROP EXTERNAL SOURCE lines TERMINATE;", "DROP CONNECTOR IF EXISTS lines;"),
        before=_LINES,
        runs="CONNECT",
    ),
    Entry(
        "PAUSE, RESUME, STOP, RESTART CONNECTOR",
        ControlConnector,
        """\
PAUSE | RESUME | STOP | RESTART CONNECTOR name;
RESTART FAILED TASKS OF CONNECTOR name;""",
        """\
PAUSE holds the tasks, which keep what they have open; STOP ends them, and keeps the configuration and offsets; RESUME starts either
again. RESTART starts the connector and its tasks anew. Millstream's own.""",
        ("PAUSE CONNECTOR lines;", "RESUME CONNECTOR lines;", "RESTART FAILED TASKS OF CONNECTOR lines;", "STOP CONNECTOR lines;"),
        before=_LINES,
        runs="CONNECT",
    ),
    Entry(
        "ALTER CONNECTOR",
        AlterConnector,
        """\
ALTER CONNECTOR name SET ( 'key' = 'value', ... );
ALTER CONNECTOR name UNSET ( 'key', ... );
ALTER CONNECTOR name SET OFFSETS 'json';
ALTER CONNECTOR name RESET OFFSETS;
EXPLAIN ALTER CONNECTOR ...;""",
        """\
Changes single keys of a configuration; the others, secrets among them, stay. The result is validated like a new configuration, and the
difference shown key by key; EXPLAIN shows it and changes nothing. A value in which a secret is masked keeps that secret. Offsets can be
changed while the connector is stopped; their JSON is what SHOW CONNECTOR OFFSETS shows. Millstream's own.""",
        (
            "ALTER CONNECTOR lines SET ('batch.size'='100');",
            "ALTER CONNECTOR lines UNSET ('batch.size');",
        ),
        before=_LINES,
        runs="CONNECT",
    ),
    Entry(
        "SHOW CREATE CONNECTOR, SHOW CONNECTOR OFFSETS",
        ShowConnector,
        """\
SHOW CREATE CONNECTOR name;
SHOW CONNECTOR OFFSETS name;""",
        """\
The statement that would create the connector: references to secrets stay, and in the place of a secret stands one; and
how far the connector has come. Millstream's own.""",
        ("SHOW CREATE CONNECTOR lines;", "SHOW CONNECTOR OFFSETS lines;"),
        before=_LINES,
        runs="CONNECT",
    ),
)
