"""What formats without a schema in the registry have in common: they cannot register or infer one."""

# ruff: noqa: ARG002 - the contract has arguments that this format does not need.
from __future__ import annotations

from collections.abc import Sequence

from millstream.errors import BindError
from millstream.formats.base import FormatOptions, RegisteredSchema, Registry
from millstream.types import Column


class Schemaless:
    """Base of JSON, DELIMITED, KAFKA, NONE and PROTOBUF_NOSR."""

    name = ""
    needs_registry = False

    def register(self, columns: Sequence[Column], options: FormatOptions, registry: Registry) -> int:
        """Never asked for: there is no schema to register."""
        raise BindError(f"The '{self.name}' format has no schema to register.")

    def infer(self, schema: RegisteredSchema, options: FormatOptions) -> list[Column]:
        """Never asked for: the columns must be in the statement."""
        raise BindError(f"The '{self.name}' format has no schema in the registry.", hint="Name the columns in the statement.")
