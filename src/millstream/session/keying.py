"""The key columns of a relation over a connector's topic, where the statement leaves them open: by the registry, by what the connector's
configuration says, by a look at the first keys."""

from __future__ import annotations

from dataclasses import replace

from millstream.connect.configuration import key_column
from millstream.connect.contents import Announcer
from millstream.dataclass import dataclass
from millstream.session import connect_records, sampling
from millstream.session.worlds import World
from millstream.sql import tree
from millstream.types import BIGINT, INTEGER, STRING, Base, Column, SqlType

_NUMBERS = (Base.INTEGER, Base.BIGINT)


@dataclass(frozen=True, slots=True)
class Key:
    """``form`` is None for KAFKA's own, the default."""

    columns: list[Column]
    form: str | None = None
    warnings: tuple[str, ...] = ()


def find_key(statement: tree.CreateSource, world: World, topic: str, announcer: Announcer | None, form: str, columns: list[Column]) -> Key:
    """``form`` and ``columns`` are the value's."""
    given = {key.upper() for key, _ in statement.properties}
    if "KEY_FORMAT" in given or "FORMAT" in given or announcer is None:
        return Key([])
    schema = sampling.registered(world, topic, "key")
    if schema is not None:
        return Key(sampling.registered_columns(schema, topic, is_key=True), sampling.FORMAT_OF_KIND[schema.kind])
    named = key_column(announcer.config)
    same = next((c for c in columns if named is not None and c.name.upper() == named.upper()), None)
    side = connect_records.key_side(world, topic)
    if side is not None:
        return Key(_named(side.columns, named if same is None else same.name), side.form)
    if named is not None:
        return _of_name(world, topic, named, same)
    found = sampling.key_column(world, topic, form, columns)
    if found is not None:
        return Key([found])
    return Key([]) if statement.kind != "TABLE" else _unknown(world, topic, announcer.name)


def _named(columns: list[Column], name: str | None) -> list[Column]:
    """A key that is no struct has the name that the connector's configuration gives it."""
    if name is None or len(columns) != 1 or columns[0].name != "ROWKEY":
        return columns
    return [replace(columns[0], name=name.upper())]


def _of_name(world: World, topic: str, named: str, same: Column | None) -> Key:
    """The column that the connector makes the key, typed like the value's column of that name."""
    first = sampling.first_key(world, topic)
    if same is not None and same.type.base in _NUMBERS and first is not None and first.isdigit():
        return Key([Column(same.name, same.type)], "JSON")
    return Key([Column(named.upper() if same is None else same.name, _key_type(world, topic, same))])


def _unknown(world: World, topic: str, connector: str) -> Key:
    warning = (
        f"The records of {topic} have no key, so the table stays empty: give the connector {connector} key='<column>'."
        if sampling.null_keys(world, topic) or sampling.first_key(world, topic) is None
        else f"The connector {connector} does not say what its keys are called: the key column is called ROWKEY."
    )
    return Key([Column("ROWKEY", _key_type(world, topic, None))], None, (warning,))


def _key_type(world: World, topic: str, same: Column | None) -> SqlType:
    """KAFKA keys carry no type: the value's column knows it, else the length of the first key."""
    if same is not None:
        return same.type
    key = sampling.first_key(world, topic)
    if (key is not None and not key.isascii()) or (key is not None and key[:1] == b"\x00"):
        return INTEGER if len(key) == 4 else BIGINT if len(key) == 8 else STRING
    return STRING
