"""Texts that match a regular expression: the subset that generator schemas use (characters, classes, groups, | and repetition)."""

from __future__ import annotations

import re
from itertools import islice, product
from random import Random
from typing import Any

from millstream.worker.connectors.datagen.columns import Column, options

#: Patterns with at most this many texts are drawn from a list of them: much faster.
_LISTED = 20_000
#: Unbounded repetition ends here.
_LONGEST = 10


def pattern(text: str) -> Column:
    """A column of texts that match. ValueError where the pattern uses what cannot be generated."""
    try:
        tree: Any = _parser().parse(text)
    except re.error as e:
        raise ValueError(f"not a regular expression: {e}") from None
    listed = _texts(tree)
    if listed is not None:
        return options(listed)
    return lambda rng, first, n: [_one(tree, rng) for _ in range(n)]


def _parser() -> Any:
    return re._parser  # type: ignore[attr-defined]  # the standard library's own parser; it has no public name


def _alternatives(op: str, arg: Any) -> list[str] | None:
    """The characters that one node stands for, where it stands for one character."""
    match op:
        case "LITERAL":
            return [chr(arg)]
        case "IN":
            chars: list[str] = []
            for kind, value in arg:
                match str(kind):
                    case "LITERAL":
                        chars.append(chr(value))
                    case "RANGE":
                        chars += [chr(c) for c in range(value[0], value[1] + 1)]
                    case "CATEGORY":
                        chars += _category(str(value))
                    case _:
                        raise ValueError("negated character classes cannot be generated")
            return chars
        case "ANY":
            return [chr(c) for c in range(32, 127)]
        case _:
            return None


def _category(name: str) -> list[str]:
    digits = [chr(c) for c in range(48, 58)]
    letters = [chr(c) for c in (*range(65, 91), *range(97, 123))]
    known = {"CATEGORY_DIGIT": digits, "CATEGORY_WORD": [*letters, *digits, "_"], "CATEGORY_SPACE": [" "]}
    if name not in known:
        raise ValueError(f"{name} cannot be generated")
    return known[name]


def _texts(tree: Any) -> list[str] | None:
    """All texts of a pattern, or None where there are too many."""
    out = [""]
    for op, arg in tree:
        step = _step(str(op), arg)
        if step is None or len(out) * len(step) > _LISTED:
            return None
        out = [a + b for a in out for b in step]
    return out


def _step(op: str, arg: Any) -> list[str] | None:
    chars = _alternatives(op, arg)
    if chars is not None:
        return chars
    match op:
        case "MAX_REPEAT" | "MIN_REPEAT":
            low, high, inner = arg
            once = _texts(inner)
            if once is None or int(high) > _LONGEST or len(once) ** int(high) > _LISTED:
                return None
            return ["".join(p) for count in range(int(low), int(high) + 1) for p in islice(product(once, repeat=count), _LISTED)]
        case "SUBPATTERN":
            return _texts(arg[-1])
        case "BRANCH":
            parts = [_texts(b) for b in arg[1]]
            return None if any(p is None for p in parts) else [t for p in parts if p for t in p]
        case "AT":
            return [""]
        case _:
            raise ValueError(f"{op.lower()} cannot be generated")


def _one(tree: Any, rng: Random) -> str:
    return "".join(_draw(str(op), arg, rng) for op, arg in tree)


def _draw(op: str, arg: Any, rng: Random) -> str:
    chars = _alternatives(op, arg)
    if chars is not None:
        return rng.choice(chars)
    match op:
        case "MAX_REPEAT" | "MIN_REPEAT":
            low, high, inner = arg
            most = min(int(high), int(low) + _LONGEST)
            return "".join(_one(inner, rng) for _ in range(rng.randint(int(low), most)))
        case "SUBPATTERN":
            return _one(arg[-1], rng)
        case "BRANCH":
            return _one(rng.choice(arg[1]), rng)
        case "AT":
            return ""
        case _:
            raise ValueError(f"{op.lower()} cannot be generated")
