"""docs/errors.md: the error tree as its module draws it, with the default code of each."""

from __future__ import annotations

from collections.abc import Iterator

from millstream import errors
from millstream.reference.markdown import code, table


def tree() -> str:
    """Every class of the tree, indented below its parent."""
    rows = [
        [f"{'&nbsp;&nbsp;' * depth}{code(kind.__name__)}", str(kind.code), _first_line(kind)]
        for depth, kind in _walk(errors.MillstreamError, 0)
    ]
    return table(["class", "code", ""], rows)


def _walk(kind: type[errors.MillstreamError], depth: int) -> Iterator[tuple[int, type[errors.MillstreamError]]]:
    yield depth, kind
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from _walk(child, depth + 1)


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().split("\n")[0].replace("``", "`")
