"""NONE: a side of a record without columns. Whatever the bytes are, they are not looked at; nothing is written."""

# ruff: noqa: ARG002 - the contract has arguments that this format does not need.
from __future__ import annotations

from collections.abc import Sequence

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
        return lambda data: None if data is None else []

    def encoder(self, columns: Sequence[Column], options: FormatOptions, registry: Registry | None) -> Encoder:
        self.check(columns, options)
        return lambda _: None
