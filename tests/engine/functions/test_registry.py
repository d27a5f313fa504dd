"""The registry: complete, lazy, and helpful about names that it lacks."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

import millstream.engine.functions as package
from millstream.engine.functions import Registry, default_registry
from millstream.engine.functions.index import FAMILIES
from millstream.errors import BindError
from millstream.functions import AggregateFunction
from millstream.types import INTEGER, STRING


def test_the_index_names_what_the_modules_define() -> None:
    """A module that is missing from the index, or a name, would never be found."""
    for module, names in FAMILIES.items():
        assert tuple(sorted(import_module(module).define.functions())) == names, module
    root = Path(package.__file__).parent
    families = {p.stem for p in root.rglob("*.py") if "define = Family(" in p.read_text() and p.stem != "define"}
    assert families == {module.rpartition(".")[2] for module in FAMILIES}


def test_every_function_is_described() -> None:
    """SHOW FUNCTIONS and DESCRIBE FUNCTION have something to show."""
    registry = default_registry()
    for name in registry.names():
        function = registry.find(name)
        assert function is not None
        assert function.name == name
        assert function.description.endswith(".")
        assert function.category.isupper()


def test_an_unknown_name_is_refused_with_near_misses() -> None:
    """The message is ksqlDB's, the hint is ours."""
    with pytest.raises(BindError) as caught:
        default_registry().get("SUBSTRNG")
    assert caught.value.message == "Can't find any functions with the name 'SUBSTRNG'"
    assert caught.value.hint == "Did you mean SUBSTRING?"


def test_a_name_can_be_taken_once() -> None:
    """A user's function does not replace a built-in one in silence."""
    registry = Registry(FAMILIES)
    taken = registry.get("lcase")
    with pytest.raises(BindError, match="exists already"):
        registry.add([taken])


def test_aggregates_that_work_on_tables_can_undo() -> None:
    """``undo`` is promised only where the aggregator has it."""
    for name in ("COUNT", "SUM", "AVG", "COLLECT_LIST", "HISTOGRAM", "ATTR", "STDDEV_SAMP"):
        function = default_registry().find(name)
        assert isinstance(function, AggregateFunction)
        assert function.overloads[0].undo
        assert hasattr(function.overloads[0].make([STRING if name == "HISTOGRAM" else INTEGER], [], {}), "undo")
    for name in ("MAX", "MIN", "COLLECT_SET", "TOPK", "COUNT_DISTINCT", "LATEST_BY_OFFSET"):
        function = default_registry().find(name)
        assert isinstance(function, AggregateFunction)
        assert not any(overload.undo for overload in function.overloads)
