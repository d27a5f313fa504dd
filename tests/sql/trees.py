"""Random syntax trees: everything the parser can produce, and nothing else."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeVar

from hypothesis import strategies as st

from millstream import types
from millstream.sql import tree as t

T = TypeVar("T")

ANY_NAMES = st.one_of(
    st.sampled_from("A B KEY SELECT FROM BY ARRAY MAP STRUCT TABLES COLUMN EMIT 1A INT ALL SHOW".split()),  # noqa: SIM905
    st.text(min_size=1, max_size=5),
)
SOURCES = st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True) | st.sampled_from(["EMIT", "TABLES", "PARTITION"])
WORDS = st.text(max_size=6)
CALLS = ANY_NAMES.map(str.upper)
UNITS = st.sampled_from(["DAY", "HOURS", "MINUTE", "SECONDS", "MILLISECOND", "MILLISECONDS"])
DURATIONS = st.builds(t.Duration, st.integers(0, 10**6), UNITS)


def _decimal(digits: int, scale: int) -> t.DecimalNumber:
    return t.DecimalNumber(Decimal(digits).scaleb(-scale))


SIMPLE_TYPES = st.sampled_from([types.BOOLEAN, types.INTEGER, types.STRING, types.TIMESTAMP, types.decimal(5, 2)])
RESOLVED = st.recursive(
    SIMPLE_TYPES,
    lambda inner: st.one_of(
        inner.map(types.array),
        st.builds(types.map_of, inner, inner),
        st.lists(st.tuples(ANY_NAMES, inner), max_size=2).map(types.struct),
    ),
    max_leaves=4,
)
CUSTOM = ANY_NAMES.map(lambda name: t.TypeName(custom=name))
TYPES = st.one_of(
    RESOLVED.map(t.TypeName),
    st.recursive(
        CUSTOM,
        lambda inner: st.one_of(
            inner.map(lambda of: t.TypeName(array_of=of)),
            st.tuples(RESOLVED.map(t.TypeName), inner).map(lambda pair: t.TypeName(map_of=pair)),
            st.lists(st.tuples(ANY_NAMES, inner), min_size=1, max_size=2).map(lambda fields: t.TypeName(fields=tuple(fields))),
        ),
        max_leaves=3,
    ),
)

LITERALS = st.one_of(
    st.just(t.Null()),
    st.booleans().map(t.Bool),
    st.integers(0, 2**63 - 1).map(t.Integer),
    st.builds(_decimal, st.integers(0, 10**20), st.integers(0, 25)),
    st.floats(min_value=0, allow_nan=False, allow_infinity=False).map(abs).map(t.Double),
    WORDS.map(t.String),
)
COLUMNS = st.builds(t.Name, ANY_NAMES, st.none() | ANY_NAMES)


def _tuples(items: st.SearchStrategy[T], least: int = 0, most: int = 3) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(items, min_size=least, max_size=most).map(tuple)


#: Columns that a statement gives values to: each once.
DIFFERENT_NAMES = st.lists(ANY_NAMES, max_size=3, unique=True).map(tuple)


def _nested(e: st.SearchStrategy[t.Expr]) -> st.SearchStrategy[t.Expr]:
    lambdas = st.builds(t.Lambda, _tuples(ANY_NAMES, 1, 2), e)
    calls = st.builds(
        lambda name, plain, functions: t.Call(name, plain + (functions if plain else ())),
        CALLS,
        _tuples(e | st.sampled_from(["DAYS", "MILLISECOND"]).map(t.IntervalUnit)),
        _tuples(lambdas, 0, 2),
    )
    return st.one_of(
        st.builds(t.Deref, e, ANY_NAMES),
        st.builds(t.Subscript, e, e),
        st.builds(t.Unary, st.sampled_from(["-", "+", "NOT"]), e),
        st.just(t.Unary("-", t.Integer(2**63))),
        st.builds(
            t.Binary,
            st.sampled_from(["+", "-", "*", "/", "%", "=", "<>", "<", ">=", "AND", "OR", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"]),
            e,
            e,
        ),
        st.builds(t.IsNull, e, st.booleans()),
        st.builds(t.Between, e, e, e, st.booleans()),
        st.builds(t.InList, e, _tuples(e, 1), st.booleans()),
        st.builds(t.Like, e, e, st.none() | st.characters(codec="utf-8"), st.booleans()),
        st.builds(t.Case, st.none() | e, _tuples(st.builds(t.When, e, e), 1, 2), st.none() | e),
        st.builds(t.Cast, e, TYPES),
        calls,
        st.just(t.Call("COUNT", star=True)),
        _tuples(e).map(t.MakeArray),
        st.dictionaries(e, e, max_size=2).map(lambda entries: t.MakeMap(tuple(entries.items()))),
        _tuples(st.tuples(ANY_NAMES, e), 0, 2).map(t.MakeStruct),
    )


EXPRESSIONS = st.recursive(LITERALS | COLUMNS, _nested, max_leaves=8)
SMALL = st.recursive(LITERALS | COLUMNS, _nested, max_leaves=2)

WINDOWS = st.builds(
    lambda kind, size, advance, retention, grace, name: t.Window(
        kind, size, advance if kind == "HOPPING" else None, retention, grace, name
    ),
    st.sampled_from(["TUMBLING", "HOPPING", "SESSION"]),
    DURATIONS,
    DURATIONS,
    st.none() | DURATIONS,
    st.none() | DURATIONS,
    st.none() | st.sampled_from(["W", "odd name"]),
)
RELATIONS = st.builds(t.Source, SOURCES, st.none() | SOURCES)
ITEMS = st.one_of(
    st.builds(t.SelectItem, SMALL, st.none() | ANY_NAMES),
    st.just(t.SelectItem(star=True)),
    ANY_NAMES.map(lambda name: t.SelectItem(star=True, source=name)),
    SMALL.map(lambda expr: t.SelectItem(expr, star=True)),
)
WITHINS = st.one_of(
    st.builds(lambda length, grace: t.Within(length, length, grace), DURATIONS, st.none() | DURATIONS),
    st.builds(lambda a, b, grace: t.Within(a, b, grace, symmetric=False), DURATIONS, DURATIONS, st.none() | DURATIONS),
)
JOINS = st.builds(t.Join, st.sampled_from(["INNER", "LEFT", "RIGHT", "OUTER"]), RELATIONS, SMALL, st.none() | WITHINS)
QUERIES = st.builds(
    t.Query,
    _tuples(ITEMS, 1, 2),
    RELATIONS,
    _tuples(JOINS, 0, 2),
    st.none() | WINDOWS,
    st.none() | SMALL,
    _tuples(SMALL, 0, 2),
    _tuples(SMALL, 0, 2),
    st.none() | SMALL,
    st.sampled_from([None, "CHANGES", "FINAL"]),
    st.none() | st.integers(-5, 100),
)

PROPERTIES = st.dictionaries(ANY_NAMES.map(str.upper), LITERALS | st.just(t.Unary("-", t.Integer(1))), max_size=2).map(
    lambda pairs: tuple(pairs.items())
)
CONFIG = st.dictionaries(WORDS, WORDS, min_size=1, max_size=3).map(lambda pairs: tuple(pairs.items()))
KINDS = st.sampled_from(["STREAM", "TABLE"])
SIDES = st.sampled_from(["SOURCE", "SINK"])
FLAG = st.booleans()
COLUMN_DEFS = st.one_of(
    st.builds(t.ColumnDef, ANY_NAMES, TYPES, st.sampled_from([None, "KEY", "PRIMARY KEY", "HEADERS"])),
    st.builds(t.ColumnDef, ANY_NAMES, TYPES, st.just("HEADER"), WORDS),
)
_AS = st.builds(t.CreateAs, KINDS, SOURCES, QUERIES, PROPERTIES, FLAG, FLAG)
_SELECT = st.builds(t.Select, QUERIES)
_INTO = st.builds(t.InsertInto, SOURCES, QUERIES, PROPERTIES)
_ALTER_CONNECTOR = st.one_of(
    st.builds(t.AlterConnector, ANY_NAMES, CONFIG),
    st.builds(lambda name, keys: t.AlterConnector(name, unset=keys), ANY_NAMES, _tuples(WORDS, 1)),
    st.builds(lambda name, offsets: t.AlterConnector(name, offsets=offsets), ANY_NAMES, WORDS),
    ANY_NAMES.map(lambda name: t.AlterConnector(name, reset_offsets=True)),
)

STATEMENTS: st.SearchStrategy[t.Statement] = st.one_of(
    st.builds(t.CreateSource, KINDS, SOURCES, _tuples(COLUMN_DEFS, 0, 2), PROPERTIES, FLAG, FLAG, FLAG),
    _AS,
    st.builds(t.CreateFromConnector, KINDS, SOURCES, ANY_NAMES, st.none() | WORDS, PROPERTIES, FLAG, FLAG),
    st.builds(t.InsertValues, SOURCES, DIFFERENT_NAMES, _tuples(SMALL)),
    _INTO,
    _SELECT,
    st.builds(t.Print, WORDS, FLAG, st.none() | st.integers(0, 9), st.none() | st.integers(0, 9)),
    st.builds(t.DropRelation, KINDS, SOURCES, FLAG, FLAG),
    st.builds(t.AlterRelation, KINDS, SOURCES, _tuples(st.builds(t.ColumnDef, ANY_NAMES, TYPES), 1, 2)),
    st.builds(t.AlterSystem, WORDS, WORDS),
    st.builds(t.CreateType, ANY_NAMES, TYPES, FLAG),
    st.builds(t.DropType, ANY_NAMES, FLAG),
    st.builds(t.ControlQuery, st.sampled_from(["TERMINATE", "PAUSE", "RESUME"]), st.none() | ANY_NAMES),
    st.builds(t.Explain, ANY_NAMES | st.just("show")),
    st.builds(lambda inner: t.Explain(statement=inner), _SELECT | _AS | _INTO | _ALTER_CONNECTOR),
    st.builds(t.SetProperty, WORDS, WORDS),
    st.builds(t.UnsetProperty, WORDS),
    st.builds(t.Define, ANY_NAMES, WORDS),
    st.builds(t.Undefine, ANY_NAMES),
    st.builds(t.RunScript, WORDS),
    st.builds(t.Show, st.sampled_from(["STREAMS", "TABLES", "QUERIES"]), FLAG),
    st.builds(lambda extended, every: t.Show("TOPICS", extended, all=every), FLAG, FLAG),
    st.builds(t.Show, st.sampled_from(["PROPERTIES", "FUNCTIONS", "TYPES", "VARIABLES", "CONNECTORS", "CONNECTOR PLUGINS"])),
    st.builds(lambda side, external: t.Show("CONNECTORS", side=side, external=external), SIDES, FLAG),
    st.builds(t.Describe, st.just("RELATION"), SOURCES, FLAG),
    st.builds(t.Describe, st.sampled_from(["FUNCTION", "CONNECTOR"]), ANY_NAMES),
    st.builds(lambda name, search: t.Describe("CONNECTOR PLUGIN", name, search=search), WORDS, st.none() | WORDS),
    st.builds(lambda what, extended: t.Describe(what, extended=extended), st.sampled_from(["STREAMS", "TABLES"]), FLAG),
    st.builds(
        lambda exists, topic, properties, timeout: t.Assert("TOPIC", exists, topic, properties, timeout_ms=timeout),
        FLAG,
        WORDS,
        PROPERTIES,
        st.none() | st.integers(0, 10**6),
    ),
    st.builds(
        lambda exists, subject, timeout: t.Assert("SCHEMA", exists, subject=subject[0], schema_id=subject[1], timeout_ms=timeout),
        FLAG,
        st.sampled_from([("s", None), (None, 3), ("it's", 7)]),
        st.none() | st.integers(0, 10**6),
    ),
    st.builds(t.AssertValues, SOURCES, DIFFERENT_NAMES, _tuples(SMALL), FLAG),
    st.builds(t.AssertRelation, KINDS, SOURCES, _tuples(COLUMN_DEFS, 0, 2), PROPERTIES),
    st.builds(t.CreateConnector, SIDES, ANY_NAMES, CONFIG, FLAG),
    st.builds(t.CreateConnector, st.just("SINK"), ANY_NAMES, CONFIG, FLAG, st.just(False), SOURCES),
    st.builds(t.CreateConnector, SIDES, ANY_NAMES | SOURCES, CONFIG, FLAG, st.just(True), st.none() | SOURCES),
    st.builds(t.DropConnector, ANY_NAMES, FLAG),
    st.builds(t.DropConnector, ANY_NAMES | SOURCES, FLAG, st.just(True), SIDES, FLAG),
    st.builds(t.ControlConnector, st.sampled_from(["PAUSE", "RESUME", "STOP", "RESTART"]), ANY_NAMES),
    st.builds(t.ControlConnector, st.just("RESTART"), ANY_NAMES, st.just(True)),
    _ALTER_CONNECTOR,
    st.builds(t.ShowConnector, st.sampled_from(["CREATE", "OFFSETS"]), ANY_NAMES),
)
