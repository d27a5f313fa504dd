"""Users' own functions: how they are written, found and kept from stopping queries."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from millstream.engine.functions import Registry
from millstream.engine.functions.registry import open_registry
from millstream.engine.functions.returned import checked
from millstream.engine.functions.user import load_file
from millstream.errors import BindError, ConfigError, RecordError
from millstream.functions import AggregateFunction, AggregateOverload, Overload, ScalarFunction
from millstream.types import BIGINT, BYTES, DATE, DOUBLE, INTEGER, STRING, SqlType, array, decimal, map_of, struct

PLUGIN = '''
from millstream.engine.functions.user import aggregate, scalar, table

@scalar
def plus(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b

@scalar("PLUS(a STRING, b STRING) -> STRING")
def plus_text(a, b):
    return a + b

@scalar("FAIL(a STRING) -> STRING")
def fail(a):
    raise KeyError(a)

@table("TWICE(a T) -> T")
def twice(a):
    return [a, a]

@aggregate("TEST_UDAF(val STRUCT<A INT, B INT>) -> STRUCT<A INT, B INT>")
class SumStruct:
    """Adds structs field by field."""
    def init(self):
        return {"A": 0, "B": 0}
    def add(self, state, value):
        return {k: state[k] + value[k] for k in state}
    def undo(self, state, value):
        return {k: state[k] - value[k] for k in state}
    def result(self, state):
        return dict(state)
    def merge(self, left, right):
        return self.add(left, right)
'''


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    (tmp_path / "mine.py").write_text(PLUGIN)
    found = Registry()
    found.add(load_file(tmp_path / "mine.py"))
    return found


def test_types_come_from_annotations_or_text(registry: Registry) -> None:
    """Two definitions of one name are two overloads."""
    plus = registry.get("plus")
    assert isinstance(plus, ScalarFunction)
    assert len(plus.overloads) == 2
    assert plus.description == "Adds two numbers."
    assert registry.resolve("PLUS", [INTEGER, BIGINT]).returns == BIGINT
    assert registry.resolve("PLUS", [STRING, STRING]).returns == STRING
    assert registry.resolve("TWICE", [array(STRING)]).returns == array(STRING)


def test_what_they_raise_is_a_record_error(registry: Registry) -> None:
    """A faulty function costs a value, not the query."""
    overload = registry.resolve("FAIL", [STRING]).overload
    assert isinstance(overload, Overload)
    with pytest.raises(RecordError, match="Function FAIL failed: KeyError"):
        overload.impl([STRING], STRING)("x")


@pytest.mark.parametrize(
    ("kind", "given", "held"),
    [
        (DOUBLE, 2, 2.0),
        (decimal(4, 2), 2, Decimal("2.00")),
        (decimal(4, 2), Decimal("1.005"), Decimal("1.01")),
        (array(DOUBLE), (1, None), [1.0, None]),
        (map_of(STRING, BIGINT), {"a": 1}, {"a": 1}),
        (struct([("A", INTEGER), ("B", STRING)]), {"B": "x"}, {"A": None, "B": "x"}),
        (DATE, 19_000, 19_000),
        (STRING, None, None),
    ],
)
def test_results_are_taken_as_the_type_they_should_have(kind: SqlType, given: Any, held: Any) -> None:
    """Where nothing is lost but digits behind a DECIMAL's scale."""
    result = checked("F", kind, lambda: given)()
    assert (result, type(result)) == (held, type(held))


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        (BIGINT, "12", r"^Function F gave '12' \(str\); expected BIGINT\.$"),
        (BIGINT, 1 << 63, "expected BIGINT"),
        (INTEGER, True, r"gave True \(bool\); expected INTEGER"),
        (INTEGER, 1.0, "expected INTEGER"),
        (DOUBLE, 10**400, "expected DOUBLE"),
        (decimal(4, 2), Decimal(100), r"expected DECIMAL\(4, 2\)"),
        (decimal(4, 2), 1.5, r"gave 1.5 \(float\)"),
        (array(STRING), ["a", 1], r"gave 1 \(int\); expected STRING inside its result of type ARRAY<STRING>"),
        (array(STRING), "ab", "expected ARRAY<STRING>"),
        (map_of(STRING, STRING), {1: "a"}, "expected STRING inside"),
        (struct([("A", INTEGER)]), {"a": 1}, "expected STRUCT<`A` INTEGER>"),
        (BYTES, "a", "expected BYTES"),
    ],
)
def test_results_of_another_type_are_record_errors(kind: SqlType, given: Any, message: str) -> None:
    """They name the function, what it gave and what was expected."""
    with pytest.raises(RecordError, match=message):
        checked("F", kind, lambda: given)()


def test_what_table_functions_and_aggregates_give_is_checked(tmp_path: Path) -> None:
    """A table function may also be a generator; an aggregate's type may be that of its argument."""
    (tmp_path / "mine.py").write_text(
        "from millstream.engine.functions.user import aggregate, table\n"
        "@table('EACH(a T) -> T')\n"
        "def each(a):\n    yield a\n    yield 1\n"
        "@aggregate('LAST(a T) -> T')\n"
        "class Last:\n    def init(self): return None\n    def add(self, s, v): return v\n    def result(self, s): return s\n"
    )
    registry = Registry()
    registry.add(load_file(tmp_path / "mine.py"))
    each, last = registry.resolve("EACH", [INTEGER]).overload, registry.resolve("LAST", [STRING]).overload
    assert isinstance(each, Overload)
    assert each.impl([INTEGER], INTEGER)(2) == [2, 1]
    with pytest.raises(RecordError, match=r"gave 1 \(int\); expected STRING inside its result of type a list of STRING"):
        each.impl([STRING], STRING)("a")
    assert isinstance(last, AggregateOverload)
    made = last.make([STRING], [], {})
    assert made.result("a") == "a"
    with pytest.raises(RecordError, match="Function LAST gave 5"):
        made.result(5)


def test_a_class_is_an_aggregate(registry: Registry) -> None:
    """It works over tables if it can undo."""
    kind = struct([("A", INTEGER), ("B", INTEGER)])
    assert isinstance(registry.get("TEST_UDAF"), AggregateFunction)
    overload = registry.resolve("TEST_UDAF", [kind]).overload
    assert isinstance(overload, AggregateOverload)
    assert overload.undo
    made = overload.make([kind], [], {})
    state = made.add(made.init(), {"A": 1, "B": 2})
    assert made.result(state) == {"A": 1, "B": 2}
    with pytest.raises(RecordError, match="TEST_UDAF"):
        made.add(state, None)


def test_a_file_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    """The error says which file and why."""
    (tmp_path / "broken.py").write_text("1 / 0")
    with pytest.raises(ConfigError, match=r"broken\.py cannot be loaded: ZeroDivisionError"):
        load_file(tmp_path / "broken.py")
    (tmp_path / "broken.py").write_text(
        "from millstream.engine.functions.user import scalar\n@scalar\ndef f(a: object) -> int:\n    return 1\n"
    )
    with pytest.raises(ConfigError, match="no SQL type"):
        load_file(tmp_path / "broken.py")


def test_what_broke_meanwhile_does_not_keep_the_rest_away(tmp_path: Path) -> None:
    """Whoever asks for a function that is not there is told which file is broken; the other files' are there."""
    (tmp_path / "alright.py").write_text(PLUGIN)
    (tmp_path / "broken.py").write_text("import nothing_of_that_name")
    registry = open_registry(str(tmp_path), strict=False)
    assert registry.faults == [
        f"The functions in {tmp_path}/broken.py cannot be loaded: ModuleNotFoundError: No module named 'nothing_of_that_name'"
    ]
    assert set(Registry().names()) < set(registry.names())
    with pytest.raises(BindError, match=r"no function GONE any more. The functions in .*broken\.py cannot be loaded"):
        registry.get("gone")


def test_a_fault_reads_alike_at_the_start_and_later(tmp_path: Path) -> None:
    """What keeps a server from starting is told in the same words by a process of one that runs."""
    (tmp_path / "mine.py").write_text(PLUGIN.replace("def plus", "def abs"))
    for directory in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ConfigError) as refused:
            open_registry(str(directory))
        assert open_registry(str(directory), strict=False).faults == [refused.value.message]


def test_a_directory_that_is_gone_is_a_fault_of_the_same_kind(tmp_path: Path) -> None:
    assert "does not exist" in open_registry(str(tmp_path / "nowhere"), strict=False).faults[0]
