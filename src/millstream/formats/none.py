"""NONE: a side of a record without columns. Whatever the bytes are, they are not looked at; nothing is written.

Other formats do the same where a relation has no columns on their side (``read_nothing``, ``write_nothing``).
"""

# ruff: noqa: ARG001, ARG002 - the contract has arguments that this format does not need.
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millstream.errors import BindError
from millstream.formats.base import Decoder, Encoder, FormatOptions, Registry
from millstream.formats.schemaless import Schemaless
from millstream.types import Column


class NoneFormat(Schemaless):
    name = "NONE"
    can_wrap = False
    can_unwrap = False
    wraps_by_default = False

    def check(self, columns: Sequence[Column], options: FormatOptions) -> None:
        if columns:
            got = ", ".join(map(str, columns))
            raise BindError(f"The 'NONE' format can only be used when no columns are defined. Got: [{got}]")

    def decoder(self, columns: Sequence[Column], options: FormatOptions, registry: Registry | None) -> Decoder:
        self.check(columns, options)
        return read_nothing

    def encoder(self, columns: Sequence[Column], options: FormatOptions, registry: Registry | None) -> Encoder:
        self.check(columns, options)
        return write_nothing


def read_nothing(data: bytes | None) -> list[Any] | None:
    """A decoder for no columns."""
    return None if data is None else []


def write_nothing(values: Sequence[Any] | None) -> bytes | None:
    """An encoder for no columns: always a null record."""
    return None
