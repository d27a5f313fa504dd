"""Our quick dataclasses do what the standard library's do."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from dataclasses import field
from typing import Any, ClassVar

import pytest

from millstream import dataclass as module


def _quick(**options: bool) -> Any:
    return module.dataclass(**options)  # type: ignore[call-overload]


@module.dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 0
    seen: list[int] = field(default_factory=list, compare=False)
    secret: str = field(default="s", repr=False, kw_only=True)
    kind: ClassVar[str] = "point"


@module.dataclass(frozen=True, slots=True)
class Far(Point):
    z: int = 9


@module.dataclass(slots=True)
class Box:
    """One that changes."""

    label: str
    count: int = field(default=0, init=False)
    parts: list[str] = field(default_factory=list, init=False)


class Plain(Box):
    """Not decorated, with an ``__init__`` of its own."""

    def __init__(self) -> None:
        super().__init__("plain")


class One:
    value: float


class Nothing:
    pass


class Own:
    value: int

    def __repr__(self) -> str:
        return "own"

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 7


def _both(plain: type, **options: bool) -> tuple[Any, Any]:
    """A class made by the standard library, and by us, of the same body."""

    def made(decorate: Any) -> Any:
        return decorate(**options)(
            type(plain.__name__, (), {k: v for k, v in plain.__dict__.items() if k not in ("__dict__", "__weakref__")})
        )

    return made(dataclasses.dataclass), made(_quick)


def test_arguments_and_defaults_are_those_of_the_fields() -> None:
    """By position, by name, from a default, from a factory; keyword-only ones by name only."""
    point = Point(1, seen=[2], secret="t")
    assert (point.x, point.y, point.seen, point.secret) == (1, 0, [2], "t")
    assert Point(1).seen == []
    assert Point(1).seen is not Point(1).seen
    assert Far(1, 2).z == 9
    assert Far(1, 2, [], 3) == Far(1, 2, z=3)
    box = Box("a")
    assert (box.count, box.parts) == (0, [])
    assert (Plain().label, Plain().parts) == ("plain", [])


def test_wrong_arguments_are_refused_as_by_any_function() -> None:
    """The error names the class and the argument, at the first call and after it."""
    for _ in range(2):
        with pytest.raises(TypeError, match=r"Point\.__init__\(\) missing 1 required positional argument: 'x'"):
            Point()  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="Box"):
            Box("a", 1)  # type: ignore[call-arg]


def test_frozen_ones_do_not_change_and_others_do() -> None:
    """Neither a field nor another attribute; the error is the standard one."""
    for change in (lambda: setattr(Point(1), "x", 2), lambda: delattr(Point(1), "x"), lambda: setattr(Far(1), "new", 2)):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()
    box = Box("a")
    box.count = 3
    assert box.count == 3
    assert box != Box("a")
    with pytest.raises(AttributeError):
        box.other = 1  # type: ignore[attr-defined]


def test_equality_and_hash_heed_class_and_fields() -> None:
    """A field with ``compare=False`` does not count; a subclass is another class; what can change has no hash."""
    assert Point(1, seen=[1]) == Point(1, seen=[2])
    assert hash(Point(1, seen=[1])) == hash(Point(1))
    assert Point(1) not in (Point(2), Far(1), (1, 0, "s"))
    assert len({Point(1), Point(1), Point(2)}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(Box("a"))


@pytest.mark.parametrize("plain", [One, Nothing, Own])
@pytest.mark.parametrize("options", [{"frozen": True, "slots": True}, {"frozen": True}, {}, {"slots": True, "kw_only": True}])
def test_they_are_the_standard_ones(plain: type, options: dict[str, bool]) -> None:
    """The same answers for one field, for none, and where the body has methods of its own."""
    theirs, ours = _both(plain, **options)
    given = {f.name: float("nan") for f in dataclasses.fields(theirs)}
    a, b = theirs(**given), ours(**given)
    assert repr(a) == repr(b)
    assert (a == theirs(**given), a == 1) == (b == ours(**given), b == 1)
    assert (theirs.__hash__ is None) == (ours.__hash__ is None)
    assert (ours.__hash__ is None) or hash(a) == hash(b)
    assert theirs.__match_args__ == ours.__match_args__
    assert hasattr(b, "__dict__") == hasattr(a, "__dict__")
    assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters)


def test_they_print_with_their_fields() -> None:
    """Except the hidden ones; one that holds itself does not print for ever."""
    assert repr(Far(1)) == "Far(x=1, y=0, seen=[], z=9)"
    box = Box("b")
    box.parts.append(box)  # type: ignore[arg-type]
    assert repr(box) == "Box(label='b', count=0, parts=[...])"


def test_the_standard_functions_and_match_work_on_them() -> None:
    """fields, replace, asdict, is_dataclass, copies, pickles, patterns by position."""
    point = Far(1, 2, [3], z=4)
    assert [f.name for f in dataclasses.fields(Far)] == ["x", "y", "seen", "secret", "z"]
    assert dataclasses.is_dataclass(Far)
    assert dataclasses.asdict(Box("a")) == {"label": "a", "count": 0, "parts": []}
    assert dataclasses.replace(point, x=5) == Far(5, 2, [3], z=4)
    assert copy.deepcopy(point) == pickle.loads(pickle.dumps(point)) == point
    assert pickle.loads(pickle.dumps(Box("a"))) == Box("a")
    match point:
        case Point(x, y):
            assert (x, y) == (1, 2)
        case _:
            pytest.fail("no match")


def test_what_they_cannot_is_refused() -> None:
    """A hook that would silently not run is an error when the class is defined."""
    with pytest.raises(TypeError, match="__post_init__"):
        _quick()(type("Hooked", (), {"__post_init__": lambda self: None}))
    with pytest.raises(TypeError, match="order"):
        _quick(order=True)
