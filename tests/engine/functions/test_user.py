"""Users' own functions: how they are written, found and kept from stopping queries."""

from __future__ import annotations

from pathlib import Path

import pytest

from millstream.engine.functions import Registry
from millstream.engine.functions.registry import open_registry
from millstream.engine.functions.user import load_file
from millstream.errors import BindError, ConfigError, RecordError
from millstream.functions import AggregateFunction, AggregateOverload, Overload, ScalarFunction
from millstream.types import BIGINT, INTEGER, STRING, array, struct

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
        overload.impl("x")


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
