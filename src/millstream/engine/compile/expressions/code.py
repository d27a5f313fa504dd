"""What an expression becomes: a piece of Python source and what the code around it must know about it."""

from __future__ import annotations

from millstream.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """``src`` is one Python expression, in parentheses unless it is an atom.

    ``nullable``: it may be None. ``atom``: a name or constant, free to be written twice. ``raises``: evaluating it can fail, so whoever
    uses it needs a handler.
    """

    src: str
    nullable: bool = True
    atom: bool = False
    raises: bool = False


NULL = Code("None", nullable=True, atom=True)
