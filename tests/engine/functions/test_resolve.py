"""Calls find the overload that ksqlDB would pick, or are refused as it refuses them."""

from __future__ import annotations

import pytest

from millstream.engine.functions import default_registry
from millstream.engine.functions.match import Bindings, accepts
from millstream.engine.functions.signatures import display, parse_signature, parse_type
from millstream.errors import BindError
from millstream.functions import ArgType, LambdaArg
from millstream.types import (
    BIGINT,
    BOOLEAN,
    BYTES,
    DATE,
    DOUBLE,
    INTEGER,
    STRING,
    TIMESTAMP,
    SqlType,
    array,
    decimal,
    map_of,
    struct,
)

RESULTS: list[tuple[str, list[ArgType], SqlType]] = [
    ("UCASE", [STRING], STRING),
    ("UCASE", [None], STRING),
    ("ABS", [INTEGER], INTEGER),
    ("ABS", [decimal(5, 2)], decimal(5, 2)),
    ("LN", [decimal(5, 2)], DOUBLE),
    ("ROUND", [INTEGER], BIGINT),
    ("ROUND", [decimal(5, 2)], decimal(3, 0)),
    ("ROUND", [decimal(5, 2), INTEGER], decimal(5, 2)),
    ("CONCAT", [STRING, None], STRING),
    ("CONCAT", [BYTES, BYTES, BYTES], BYTES),
    ("COALESCE", [INTEGER, INTEGER, None], INTEGER),
    ("ARRAY_LENGTH", [None], INTEGER),
    ("MAP_VALUES", [map_of(STRING, array(BIGINT))], array(array(BIGINT))),
    ("ENTRIES", [map_of(STRING, INTEGER), None], array(struct([("K", STRING), ("V", INTEGER)]))),
    ("GREATEST", [INTEGER, INTEGER, None, INTEGER], INTEGER),
    ("GREATEST", [decimal(9, 3), decimal(8, 6)], decimal(12, 6)),
    ("GREATEST", [DATE, STRING], DATE),
    ("GEO_DISTANCE", [DOUBLE, DOUBLE, INTEGER, INTEGER], DOUBLE),
    ("DATEADD", ["INTERVALUNIT", INTEGER, DATE], DATE),
    ("TOPK", [INTEGER, STRING, BIGINT, INTEGER], array(struct([("sort_col", INTEGER), ("col0", STRING), ("col1", BIGINT)]))),
    ("EARLIEST_BY_OFFSET", [STRING, INTEGER, BOOLEAN], array(STRING)),
    ("EXPLODE", [array(decimal(4, 1))], decimal(4, 1)),
]


@pytest.mark.parametrize(("name", "args", "returns"), RESULTS)
def test_a_call_has_the_type_of_the_overload_it_fits(name: str, args: list[ArgType], returns: SqlType) -> None:
    """The result type follows from the arguments: exactly, widened, or through type variables."""
    assert default_registry().resolve(name, args).returns == returns


REFUSED: list[tuple[str, list[ArgType], str]] = [
    ("GREATEST", [INTEGER, BIGINT], "cannot be resolved due to ambiguous method parameters (INTEGER, BIGINT)"),
    ("GREATEST", [INTEGER, None], "cannot be resolved due to ambiguous method parameters (INTEGER, null)"),
    ("COALESCE", [None, None], "cannot be resolved due to ambiguous"),
    ("LEN", [None], "cannot be resolved due to ambiguous method parameters (null)"),
    ("COALESCE", [None, None, STRING], "has no type"),
    ("SLICE", [array(INTEGER), INTEGER, None], "has no type"),
    ("COALESCE", [decimal(6, 2), decimal(10, 5)], "does not accept parameters (DECIMAL(6, 2), DECIMAL(10, 5))"),
    ("GREATEST", [], "does not accept parameters ()"),
    ("UCASE", [BIGINT], "does not accept parameters (BIGINT)"),
    ("DATEADD", [DATE, INTEGER, DATE], "does not accept parameters (DATE, INTEGER, DATE)"),
    ("DATEADD", ["INTERVALUNIT", INTEGER, TIMESTAMP], "does not accept parameters"),
    ("AVG", [decimal(8, 2)], "does not accept parameters (DECIMAL(8, 2))"),
    ("CORRELATION", [INTEGER, DOUBLE], "does not accept parameters (INTEGER, DOUBLE)"),
    ("TOPK", [INTEGER, DOUBLE], "does not accept parameters (INTEGER, DOUBLE)"),
    ("MAX", [array(INTEGER)], "does not accept parameters (ARRAY<INTEGER>)"),
]


@pytest.mark.parametrize(("name", "args", "message"), REFUSED)
def test_a_call_that_fits_none_or_several_is_refused(name: str, args: list[ArgType], message: str) -> None:
    """The error names the function and the types, and its hint lists what there is."""
    with pytest.raises(BindError) as caught:
        default_registry().resolve(name, args)
    assert message in caught.value.message
    assert name in caught.value.message


def test_the_hint_lists_the_alternatives_as_ksqldb_does() -> None:
    """Signatures are shown with VARCHAR and INT."""
    with pytest.raises(BindError) as caught:
        default_registry().resolve("UCASE", [BIGINT])
    assert caught.value.hint is not None
    assert "Valid alternatives are:\nUCASE(VARCHAR input)" in caught.value.hint


def test_arguments_are_told_the_types_they_must_be_cast_to() -> None:
    """An INTEGER widened to DOUBLE is cast; a STRING taken for a date too; a DECIMAL keeps its own precision."""
    registry = default_registry()
    assert registry.resolve("GEO_DISTANCE", [DOUBLE, DOUBLE, INTEGER, BIGINT]).arg_types == (DOUBLE, DOUBLE, DOUBLE, DOUBLE)
    assert registry.resolve("GREATEST", [DATE, STRING]).arg_types == (DATE, DATE)
    assert registry.resolve("GREATEST", [decimal(9, 3), decimal(8, 6)]).arg_types == (decimal(9, 3), decimal(8, 6))


def test_lambdas_are_typed_once_their_parameters_are_known() -> None:
    """The body is typed with the element's type, and the result follows from the body."""
    seen: list[list[SqlType]] = []

    def body(types: object) -> SqlType:
        seen.append(list(types))  # type: ignore[call-overload]
        return STRING

    found = default_registry().resolve("TRANSFORM", [array(INTEGER), LambdaArg(1, body)])
    assert found.returns == array(STRING)
    assert found.lambda_types == {1: (INTEGER,)}
    assert seen == [[INTEGER]]


def test_a_lambda_that_changes_the_state_type_is_refused() -> None:
    """REDUCE keeps the type of its start value."""
    with pytest.raises(BindError, match="Cannot map S to both"):
        default_registry().resolve("REDUCE", [array(DOUBLE), decimal(2, 1), LambdaArg(2, lambda _: DOUBLE)])


def test_a_lambda_with_another_number_of_parameters_does_not_fit() -> None:
    """Its arity is part of the signature."""
    with pytest.raises(BindError, match=r"does not accept parameters \(ARRAY<INTEGER>, LAMBDA\)"):
        default_registry().resolve("TRANSFORM", [array(INTEGER), LambdaArg(2, lambda _: INTEGER)])


def test_one_type_variable_is_one_type() -> None:
    """ARRAY<T> and T must agree."""
    bound: Bindings = {}
    assert accepts(parse_type("ARRAY<T>"), array(INTEGER), bound, False)
    assert not accepts(parse_type("T"), STRING, bound, True)


def test_signatures_read_and_show_every_kind_of_type() -> None:
    """What ``parse_signature`` reads, ``display`` writes in ksqlDB's words."""
    found = parse_signature("F(a ARRAY<STRING>, b MAP<K, V>, c LAMBDA(K, V) => R, d DECIMAL, e STRUCT<X INT>...) -> ARRAY<R>")
    shown = [display(p.type) for p in found.params]
    assert shown == ["ARRAY<VARCHAR>", "MAP<K, V>", "LAMBDA (K, V) => R", "DECIMAL", "STRUCT<X INT>"]
    assert found.params[-1].variadic
    with pytest.raises(ValueError, match="no type"):
        parse_type("WIBBLE")
