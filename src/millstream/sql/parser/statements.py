"""One statement: which rule its first word calls, and the short statements themselves."""

from __future__ import annotations

from collections.abc import Callable

from millstream.sql.parser.asserts import assertion, row
from millstream.sql.parser.connectors import control_connector, restart
from millstream.sql.parser.create import alter, create, drop
from millstream.sql.parser.cursor import Cursor
from millstream.sql.parser.names import source_name
from millstream.sql.parser.properties import names, with_properties
from millstream.sql.parser.queries import query
from millstream.sql.parser.show import describe, print_topic, query_id, show
from millstream.sql.tree import (
    ControlQuery,
    CreateConnector,
    Define,
    Explain,
    InsertInto,
    InsertValues,
    RunScript,
    Select,
    SetProperty,
    Statement,
    Undefine,
    UnsetProperty,
)


def _select(c: Cursor) -> Statement:
    return Select(query(c))


def _insert(c: Cursor) -> Statement:
    c.expect("INSERT", "INTO")
    name = source_name(c)
    if c.at("SELECT", "WITH"):
        properties = with_properties(c)
        return InsertInto(name, query(c), properties)
    listed = names(c)
    c.expect("VALUES")
    return InsertValues(name, listed, row(c))


def _terminate(c: Cursor) -> Statement:
    return _control(c, c.one_of("TERMINATE"))


def _pause(c: Cursor) -> Statement:
    action = c.one_of("PAUSE", "RESUME")
    return control_connector(c, action) if c.at("CONNECTOR") else _control(c, action)


def _control(c: Cursor, action: str) -> Statement:
    return ControlQuery(action, None if c.accept("ALL") else query_id(c))


def _stop(c: Cursor) -> Statement:
    return control_connector(c, c.one_of("STOP"))


def _explain(c: Cursor) -> Statement:
    """EXPLAIN of a statement or of a query by its id. A word that ends the statement is an id."""
    c.expect("EXPLAIN")
    rule = _RULES.get(c.keys[c.index])
    if rule is not None and rule is not _explain and c.peek(1) not in (";", "#END"):
        start = c.index
        inner = rule(c)
        return Explain(statement=finish(c, inner, start))
    if not c.at_name():
        c.at("SELECT", "CREATE", "INSERT", "ALTER")
        c.fail()
    return Explain(query_id(c))


def _set(c: Cursor) -> Statement:
    c.expect("SET")
    name = c.string()
    c.expect("=")
    return SetProperty(name, c.string())


def _unset(c: Cursor) -> Statement:
    c.expect("UNSET")
    return UnsetProperty(c.string())


def _define(c: Cursor) -> Statement:
    c.expect("DEFINE")
    name = c.cased_name()
    c.expect("=")
    return Define(name, c.string())


def _undefine(c: Cursor) -> Statement:
    c.expect("UNDEFINE")
    return Undefine(c.cased_name())


def _run(c: Cursor) -> Statement:
    c.expect("RUN", "SCRIPT")
    return RunScript(c.string())


#: By the first word of the statement.
_RULES: dict[str, Callable[[Cursor], Statement]] = {
    "SELECT": _select,
    "CREATE": create,
    "INSERT": _insert,
    "DROP": drop,
    "ALTER": alter,
    "SHOW": show,
    "LIST": show,
    "DESCRIBE": describe,
    "EXPLAIN": _explain,
    "PRINT": print_topic,
    "TERMINATE": _terminate,
    "PAUSE": _pause,
    "RESUME": _pause,
    "STOP": _stop,
    "RESTART": restart,
    "SET": _set,
    "UNSET": _unset,
    "DEFINE": _define,
    "UNDEFINE": _undefine,
    "ASSERT": assertion,
}
#: What a script may hold besides.
_SCRIPT_RULES = {**_RULES, "RUN": _run}

#: All first words, for near misses.
STARTERS = list(_RULES)


def rule_for(key: str, script: bool) -> Callable[[Cursor], Statement] | None:
    return (_SCRIPT_RULES if script else _RULES).get(key)


def finish(c: Cursor, statement: Statement, start: int) -> Statement:
    """Gives the statement that began at token ``start`` its place and its text, up to the ``;`` if that is next."""
    end = c.tokens.ends[c.index if c.keys[c.index] == ";" or isinstance(statement, CreateConnector) else c.index - 1]
    object.__setattr__(statement, "at", c.tokens.at(start))
    object.__setattr__(statement, "text", c.tokens.text[c.tokens.starts[start] : end])
    return statement
