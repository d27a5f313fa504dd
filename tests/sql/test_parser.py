"""What statements mean as trees, where the corpus alone would not show it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from millstream import types
from millstream.errors import Position, SqlSyntaxError
from millstream.sql import parse, parse_expression, parse_one, parse_schema, parse_type, tree


def test_names_are_upper_cased_unless_quoted() -> None:
    """Both quotes keep the case; a word stays free where it is not reserved."""
    assert parse_expression("foo") == tree.Name("FOO")
    assert parse_expression("`foo`") == parse_expression('"foo"') == tree.Name("foo")
    assert parse_expression("s.`a.b`") == tree.Name("a.b", "S")
    for word in ("key", "topic_", "source", "sink", "zone", "timestamp", "date", "time", "year", "if", "id", "external", "pause"):
        assert parse_expression(word) == tree.Name(word.upper())


def test_numbers_keep_their_kind() -> None:
    """A point makes a DECIMAL, an exponent a DOUBLE."""
    assert parse_expression("0012") == tree.Integer(12)
    assert parse_expression("1.50") == tree.DecimalNumber(Decimal("1.50"))
    assert str(parse_expression("1.50")) == str(tree.DecimalNumber(Decimal("1.50")))
    assert parse_expression("1e2") == tree.Double(100.0)
    assert parse_expression("-5") == tree.Unary("-", tree.Integer(5))


def test_precedence() -> None:
    """OR, AND, NOT, predicate, ||, + -, * / %, sign, -> []."""
    a, b, c = tree.Name("A"), tree.Name("B"), tree.Name("C")
    assert parse_expression("NOT a = b AND c") == tree.Binary("AND", tree.Unary("NOT", tree.Binary("=", a, b)), c)
    assert parse_expression("a OR b AND c") == tree.Binary("OR", a, tree.Binary("AND", b, c))
    assert parse_expression("-a * b") == tree.Binary("*", tree.Unary("-", a), b)
    assert parse_expression("a || b + c") == tree.Call("CONCAT", (a, tree.Binary("+", b, c)))
    assert parse_expression("a - b - c") == tree.Binary("-", tree.Binary("-", a, b), c)
    assert parse_expression("-a[1]->x") == tree.Unary("-", tree.Deref(tree.Subscript(a, tree.Integer(1)), "X"))


def test_dashed_names_stand_only_where_a_relation_or_connector_does() -> None:
    """``my-table1`` after FROM is a name, ``a-b`` in an expression is a difference; with spaces it is not a name."""
    query = parse_one("SELECT a-b FROM my-table1 t WHERE a -b = 1").query  # type: ignore[attr-defined]
    assert query.select[0].expr == tree.Binary("-", tree.Name("A"), tree.Name("B"))
    assert query.source == tree.Source("MY-TABLE1", "T")


def test_external_connectors_are_klip_7() -> None:
    """The specification's own statement: name with dashes and its case, dotted keys, bare values, a backslash at the line's end."""
    text = (
        "CREATE EXTERNAL SOURCE my-Postgres-jdbc WITH ( \\\n"
        '  connector.class="io.confluent.connect.jdbc.jdbcSourceConnector", \\ \n'
        "  tasks.max=1, connection.url=jdbc:postgresql://localhost:5432/my-db);"
    )
    assert parse(text) == [
        tree.CreateConnector(
            "SOURCE",
            "my-Postgres-jdbc",
            (
                ("connector.class", "io.confluent.connect.jdbc.jdbcSourceConnector"),
                ("tasks.max", "1"),
                ("connection.url", "jdbc:postgresql://localhost:5432/my-db"),
            ),
            external=True,
        )
    ]
    sink = parse_one("CREATE EXTERNAL SINK my-elastic-sink FROM my-table1 WITH (a=b)")
    assert sink == tree.CreateConnector("SINK", "my-elastic-sink", (("a", "b"),), external=True, relation="MY-TABLE1")
    sink = parse_one("CREATE SINK CONNECTOR IF NOT EXISTS `my-sink` FROM my-table1 WITH ('a'='b')")
    assert sink == tree.CreateConnector("SINK", "my-sink", (("a", "b"),), True, relation="MY-TABLE1")
    with pytest.raises(SqlSyntaxError):
        parse_one("CREATE SOURCE CONNECTOR c FROM my_table WITH ('a'='b')")


def test_describe_keeps_the_spelling() -> None:
    """A relation is looked up upper-cased, a connector as written."""
    described = parse_one("DESCRIBE my-Postgres")
    assert isinstance(described, tree.Describe)
    assert (described.name, described.raw) == ("MY-POSTGRES", "my-Postgres")
    quoted = parse_one("DESCRIBE `my-Postgres`")
    assert isinstance(quoted, tree.Describe)
    assert (quoted.name, quoted.raw) == ("my-Postgres", None)


def test_ksqldb_connectors_are_upper_cased() -> None:
    """ksqlDB's spelling; values become text as Connect gets them."""
    statement = parse_one("CREATE SINK CONNECTOR foo WITH ('Tasks.max'=1, b=TRUE, c='x', d=-1.50, e=NULL)")
    values = (("Tasks.max", "1"), ("b", "true"), ("c", "x"), ("d", "-1.50"), ("e", "null"))
    assert statement == tree.CreateConnector("SINK", "FOO", values)


def test_statements_carry_their_place_and_text() -> None:
    """Comments around a statement are not part of it, those inside are."""
    first, second = parse("-- hello\n  SHOW STREAMS ; /* x */\n\n  DESCRIBE /* y */ s; -- end")
    assert (first.text, first.at) == ("SHOW STREAMS ;", Position(2, 3))
    assert (second.text, second.at) == ("DESCRIBE /* y */ s;", Position(4, 3))
    query = parse("SELECT\n  a,\n  b + c FROM s;")[0].query  # type: ignore[attr-defined]
    assert query.select[1].expr.at == Position(3, 3)
    assert query.select[1].expr.right.at == Position(3, 7)


def test_explained_statements_have_their_own_text() -> None:
    """EXPLAIN's statement starts after EXPLAIN."""
    explained = parse_one("EXPLAIN SELECT * FROM s;")
    assert isinstance(explained, tree.Explain)
    assert explained.statement is not None
    assert explained.statement.text == "SELECT * FROM s;"


def test_types() -> None:
    """Built-in types are resolved, custom ones stay names, also inside others."""
    assert parse_type("array<map<varchar, decimal(8, 2)>>") == tree.TypeName(types.array(types.map_of(types.STRING, types.decimal(8, 2))))
    assert parse_type("INT ARRAY") == tree.TypeName(types.array(types.INTEGER))
    assert parse_type("ARRAY<my>") == tree.TypeName(array_of=tree.TypeName(custom="MY"))
    assert parse_type("STRUCT<a INT, b my>") == tree.TypeName(
        fields=(("A", tree.TypeName(types.INTEGER)), ("B", tree.TypeName(custom="MY")))
    )
    assert parse_type("`int`") == tree.TypeName(custom="int")


def test_schemas() -> None:
    """Columns without brackets, as tests and clients write them."""
    assert parse_schema("K STRING KEY, `a` INT") == (
        tree.ColumnDef("K", tree.TypeName(types.STRING), "KEY"),
        tree.ColumnDef("a", tree.TypeName(types.INTEGER)),
    )
    assert parse_schema("  ") == ()


def test_units_of_time_that_are_reserved_are_units() -> None:
    """DAYS can only be a unit; DAY may be a column and is left to the binder."""
    assert parse_expression("f(DAYS, day)") == tree.Call("F", (tree.IntervalUnit("DAYS"), tree.Name("DAY")))


@pytest.mark.parametrize("word", ["BY", "DELETE", "SELECT", "CONNECTOR", "MONTHS", "TOPIC", "STREAMS", "SIZE"])
def test_reserved_words_are_no_names(word: str) -> None:
    """As in ksqlDB; quoted they are."""
    with pytest.raises(Exception, match="Syntax Error"):
        parse_expression(word)
    assert parse_expression(f"`{word}`") == tree.Name(word)


@pytest.mark.parametrize("name", ["my-table1", "right-one", "select-from-where", "function-log", "connector-1", "if-b", "run-3e57e"])
def test_names_with_dashes(name: str) -> None:
    """A reserved word in one is only a part of it."""
    assert parse_one(f"CREATE EXTERNAL SOURCE {name} WITH (connector.class=x)").name == name
    assert parse_one(f"CREATE EXTERNAL SINK x FROM {name} WITH (a=b)").relation == name.upper()
    assert parse_one(f"DROP EXTERNAL SOURCE {name}").name == name
    assert parse_one(f"CREATE SOURCE CONNECTOR {name} WITH ('a'='b')").name == name.upper()
    assert parse_one(f"DESCRIBE {name}").raw == name
    assert parse_one(f"DESCRIBE {name} EXTENDED").raw == name
    assert parse_one(f"PAUSE CONNECTOR {name}").name == name.upper()
    assert parse_one(f"SELECT * FROM {name} EMIT CHANGES").query.source.name == name.upper()
    assert parse_one(f"PRINT {name}").topic == name
    assert parse_one(f"TERMINATE {name}").query_id == name
