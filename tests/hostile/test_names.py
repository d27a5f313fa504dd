"""Names and texts that look like code are names and texts: they go through generated code as data, and come out as they went in."""

from __future__ import annotations

import json

import pytest

from tests.hostile.conftest import Session

NAMES = [
    "a'b", 'a"b', "a''''b", "it's", "a\\b", "a\\", "\\n", "{0}", "{x!r}", "}{", "%s", "%(x)s", "#", "a#b", "a;b", "a--b", "/*", "a b", "",
    "__import__('os').abort()", "'+__import__('os').abort()+'", '"""', "'''", "lambda", "None", "True", "def", "class", "self", "return",
    "yield", "print", "len", "row", "key", "value", "values", "rows", "out", "decode", "encode", "__class__", "__init__", "__builtins__",
    "exec", "eval", "int", "str", "list", "dict", "struct", "null", "é", "ſ", "名前", "👾", "a\u2028b", "ａ", "ﬁ", "0", "1a", "$x", "@x",
    "a.b",
    "a->b", "ROWTIME2", "select", "from", "🦆'); DROP TABLE x; --",
]  # fmt: skip
TEXTS = [*NAMES, "a\nb", "a\rb", "\t", "\x00", "\x1b[31m", "${variable}", "a" * 5000]


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _number(name: str) -> int:
    return NAMES.index(name)


@pytest.mark.parametrize("name", [n for n in NAMES if n], ids=lambda n: f"{n.encode('unicode_escape').decode()[:20]}")
def test_a_name_of_key_column_alias_and_field(session: Session, name: str) -> None:
    """The same name in every place at once: key, value, struct field, alias, and in expressions over all of them."""
    number = _number(name)
    column, source = quoted(name), f"n{number}"
    session.run(
        f"CREATE STREAM {source} ({quoted('k' + name)} VARCHAR KEY, {column} INT, s STRUCT<{column} VARCHAR>) "
        f"WITH (kafka_topic='n{number}', value_format='JSON', key_format='JSON', partitions=1);"
        f"CREATE STREAM o{number} WITH (kafka_topic='o{number}') AS SELECT {quoted('k' + name)}, {column}, "
        f"{column} + 1 AS {quoted('x' + name)}, "
        f"s->{column} AS f, STRUCT({column} := {column}) AS t, CASE WHEN {column} > 1 THEN {text(name)} ELSE 'no' END AS c "
        f"FROM {source} WHERE s->{column} = {text(name)} EMIT CHANGES;"
        f"INSERT INTO {source} VALUES ({text(name)}, 7, STRUCT({column} := {text(name)}));"
    )
    (row,) = session.rows(f"SELECT * FROM o{number} EMIT CHANGES LIMIT 1;")
    assert row == [name, 7, 8, name, {name: 7}, name]


def test_texts_come_out_as_they_went_in(session: Session) -> None:
    """As literals in a projection, a condition and an aggregation, and as values."""
    session.run("CREATE STREAM texts (id INT, v VARCHAR) WITH (kafka_topic='texts', value_format='JSON', partitions=1);")
    columns = ", ".join(f"{text(t)} AS c{i}" for i, t in enumerate(TEXTS) if t != "${variable}")
    session.run(f"CREATE STREAM literals AS SELECT id, {columns} FROM texts EMIT CHANGES; INSERT INTO texts VALUES (1, 'x');")
    (row,) = session.rows("SELECT * FROM literals EMIT CHANGES LIMIT 1;")
    assert row[1:] == [t for t in TEXTS if t != "${variable}"]


def test_keys_that_look_like_code_are_counted(session: Session) -> None:
    """Every text as a key of a windowed and of a plain count."""
    session.run(
        "CREATE STREAM words (w VARCHAR) WITH (kafka_topic='words', value_format='JSON', partitions=1);"
        "CREATE TABLE counted WITH (key_format='JSON') AS SELECT w, AS_VALUE(w) AS w2, COUNT(*) AS n FROM words GROUP BY w EMIT CHANGES;"
    )
    words = [t for t in TEXTS if t not in ("", "${variable}")]
    session.run("".join(f"INSERT INTO words VALUES ({text(w)});" for w in words))
    rows = session.rows(f"SELECT w, w2, n FROM counted EMIT CHANGES LIMIT {len(words)};")
    assert sorted(rows) == sorted([w, w, 1] for w in words)


def test_topics_with_strange_names_are_refused_or_taken_as_they_are(session: Session) -> None:
    """Kafka's rules for names of topics hold; a path is no topic."""
    for name in ("../up", "a/b", "..", ".", "a b", "a'b", "x" * 250, "名", "a\nb"):
        said = session.fails(f"CREATE STREAM t (v INT) WITH (kafka_topic={text(name)}, value_format='JSON', partitions=1);")
        assert "topic" in said.lower(), said
    session.run("CREATE STREAM dotted (v INT) WITH (kafka_topic='__import__.os-_.', value_format='JSON', partitions=1);")
    session.run("INSERT INTO dotted VALUES (1);")
    assert session.rows("SELECT v FROM dotted EMIT CHANGES LIMIT 1;") == [[1]]
    outside = [p for p in session.data.parent.iterdir() if p != session.data]
    assert outside == []


def test_json_with_hostile_fields_is_read_by_name(session: Session) -> None:
    """A record's own field names cannot reach anything but their columns."""
    session.run("CREATE STREAM plain (id INT, v VARCHAR) WITH (kafka_topic='plain', value_format='JSON', partitions=1);")
    session.run("CREATE STREAM plain2 AS SELECT id, v FROM plain EMIT CHANGES;")
    hostile = json.dumps({"__class__": "x", "__init__": 1, "v": "ok", "id": 1, "self": 2, "__dict__": {}})
    session.run("CREATE STREAM raw (v VARCHAR) WITH (kafka_topic='plain', value_format='KAFKA');")
    session.run(f"INSERT INTO raw VALUES ({text(hostile)});")
    assert session.rows("SELECT id, v FROM plain2 EMIT CHANGES LIMIT 1;") == [[1, "ok"]]
