"""Requests: everything is checked first, variables and properties hold for a request, errors say where."""

from __future__ import annotations

import pytest

from millstream.errors import ConfigError, RequestError
from millstream.session import results as r
from millstream.session.database import Failed
from tests.session.conftest import STREAM, Bench


def test_a_bad_statement_keeps_the_ones_before_it_from_running(bench: Bench) -> None:
    """All statements are checked in a sandbox before the first is executed: no relation, no topic, no record."""
    assert "NOSOURCE" in bench.error(STREAM + "INSERT INTO s VALUES ('a', 1); DESCRIBE nosource;").message
    assert bench.relations() == set()
    assert bench.log.topic("s") is None


def test_later_statements_of_a_request_see_what_earlier_ones_define(bench: Bench) -> None:
    results = bench.run(STREAM + "CREATE STREAM copy AS SELECT * FROM s; DESCRIBE copy; DROP STREAM copy; DROP STREAM s DELETE TOPIC;")
    assert [type(x) for x in results] == [r.CommandStatus, r.CommandStatus, r.SourceDescribed, r.CommandStatus, r.CommandStatus]
    assert bench.relations() == set()
    assert bench.log.topic("s") is None


def test_set_and_define_hold_for_the_rest_of_the_request(bench: Bench) -> None:
    bench.run(STREAM)
    text = "DEFINE name='s'; SET 'auto.offset.reset'='earliest'; DESCRIBE ${name}; SHOW PROPERTIES; SHOW VARIABLES;"
    described, properties, variables = bench.run(text)
    assert described.source.relation.name == "S"
    assert "ksql.streams.auto.offset.reset" in properties.overwritten
    assert variables.variables == {"name": "s"}
    assert bench.one("SHOW VARIABLES;").variables == {}


def test_a_clients_variables_and_properties_come_with_the_request(bench: Bench) -> None:
    bench.run(STREAM)
    described = bench.one("DESCRIBE ${t};", variables={"t": "s"})
    assert described.text == "DESCRIBE s;"
    entry = bench.run("CREATE STREAM c AS SELECT * FROM s;", properties={"ksql.streams.auto.offset.reset": "earliest"})[0]
    assert bench.database.catalog.queries[entry.query_id].properties["auto.offset.reset"] == "earliest"


def test_undefine_of_an_unknown_variable_is_a_warning(bench: Bench) -> None:
    assert bench.one("UNDEFINE nope;").message == "Cannot undefine variable 'nope' which was never defined"


@pytest.mark.parametrize(
    ("properties", "code"), [({"foo.bar": "x"}, 50000), ({"ksql.service.id": "x"}, 40000), ({"auto.offset.reset": "nonsense"}, 40000)]
)
def test_unknown_denied_and_bad_properties_are_refused(bench: Bench, properties: dict[str, str], code: int) -> None:
    with pytest.raises(ConfigError) as caught:
        bench.run("SHOW STREAMS;", properties=properties)
    assert caught.value.code == code


def test_an_error_points_into_the_whole_request(bench: Bench) -> None:
    """Line and column count from the start of the request, not of the statement."""
    error = bench.error("SHOW STREAMS;\n  SELECT * FRO x;")
    assert error.position is not None
    assert (error.position.line, error.position.column) == (2, 12)


def test_a_missing_semicolon_is_a_syntax_error_at_the_end(bench: Bench) -> None:
    error = bench.error("SHOW STREAMS;\nSHOW TABLES")
    assert "expected ';'" in error.message
    assert error.position is not None
    assert (error.position.line, error.position.column) == (2, 12)


def test_the_text_of_a_failed_statement_is_masked(bench: Bench) -> None:
    with pytest.raises(Failed) as caught:
        bench.run("CREATE SINK CONNECTOR c WITH ('connector.class'='X', 'connection.password'='geheim');")
    assert caught.value.text is not None
    assert "geheim" not in caught.value.text


def test_queries_belong_to_another_endpoint(bench: Bench) -> None:
    bench.run(STREAM)
    assert bench.error("SELECT * FROM s EMIT CHANGES;").code == 40002
    assert bench.error("PRINT s;").code == 40002


def test_a_request_can_wait_for_an_earlier_command(bench: Bench) -> None:
    """A command number that was reached passes; one that never comes is 50301."""
    number = bench.one(STREAM).sequence
    assert bench.one("SHOW STREAMS;", after=number)
    from millstream.config import Config

    bench.database.config = Config({"ksql.server.command.response.timeout.ms": 1})
    with pytest.raises(RequestError) as caught:
        bench.run("SHOW STREAMS;", after=number + 1000)
    assert caught.value.code == 50301


def test_command_numbers_and_query_ids_follow_ksqldbs_numbering(bench: Bench) -> None:
    """The first command is 0; a query's id carries the number before its command's."""
    first, second = bench.run(STREAM + "CREATE STREAM c AS SELECT * FROM s;")
    assert (first.sequence, second.sequence, second.query_id) == (0, 2, "CSAS_C_1")
