"""Settings and variables."""

from __future__ import annotations

from millstream.sql.reference.entry import Entry
from millstream.sql.tree import AlterSystem, Define, RunScript, SetProperty, Undefine, UnsetProperty

ENTRIES = (
    Entry(
        "SET",
        SetProperty,
        "SET 'setting' = 'value';",
        "Sets a setting for the statements that follow in the session. [Settings](../settings.md) says which a session may set.",
        ("SET 'auto.offset.reset' = 'earliest';",),
    ),
    Entry(
        "UNSET",
        UnsetProperty,
        "UNSET 'setting';",
        "Takes back what SET said: the server's value holds again.",
        ("UNSET 'auto.offset.reset';",),
        before="SET 'auto.offset.reset' = 'earliest';",
    ),
    Entry(
        "DEFINE",
        Define,
        "DEFINE name = 'text';",
        """\
Sets a variable of the session. `${name}` in later statements is replaced by its text before the statement is read, so it can stand for
a name as well as for a value; inside quotes, too. `$${name}` stays `${name}`.""",
        ("DEFINE shop = 'north';",),
    ),
    Entry(
        "UNDEFINE",
        Undefine,
        "UNDEFINE name;",
        "Removes a variable.",
        ("UNDEFINE shop;",),
        before="DEFINE shop = 'north';",
    ),
    Entry(
        "ALTER SYSTEM",
        AlterSystem,
        "ALTER SYSTEM 'setting' = 'value';",
        "Parsed, and refused with ksqlDB's message: a server's settings are in its configuration file.",
        ("ALTER SYSTEM 'ksql.lambdas.enabled' = 'true';",),
        runs="REFUSED",
    ),
    Entry(
        "RUN SCRIPT",
        RunScript,
        "RUN SCRIPT 'file';",
        "Runs the statements of a file. The console and test scripts know it; the server does not.",
        ("RUN SCRIPT 'setup.sql';",),
        runs="CONSOLE",
    ),
)
