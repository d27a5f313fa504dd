"""Statements to plans: what binding needs to know about topics and registered schemas, in each world.

What may not live here: effects. Binding asks; it changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from millstream.catalog import FormatSpec
from millstream.errors import RequestError, StatementError
from millstream.functions import FunctionRegistry
from millstream.plan.bind.context import BindContext
from millstream.plan.expr import TypedExpr
from millstream.session.recording import recorded_columns
from millstream.session.sampling import FORMAT_OF_KIND
from millstream.session.worlds import World
from millstream.types import Column, Role

NO_REGISTRY = "KSQL is not configured to use a schema registry. To enable it, please set ksql.schema.registry.url"


def context(world: World) -> BindContext:
    """What binding may look up. In a replay nothing but the record and the topics that are there."""
    partitions: Callable[[str], int | None] = world.partitions_of
    if world.record is not None:
        partitions = partial(_partitions_or_one, world)
    constant = partial(evaluate, world.catalog.functions)
    return BindContext(world.catalog, world.request.texts(world.database.config), partial(_infer, world), partitions, constant)


def evaluate(functions: FunctionRegistry, expr: TypedExpr) -> Any:
    """The value of an expression that reads no column. The compiler is loaded with the first one."""
    from millstream.engine.constant import evaluate as compute

    return compute(functions, expr)


def _partitions_or_one(world: World, topic: str) -> int:
    """A topic that was deleted behind our back still has its relation."""
    return world.partitions_of(topic) or 1


def _infer(world: World, spec: FormatSpec) -> list[Column]:
    """The columns of one side as the registry has them. Raises RequestError 42801 without a registry, StatementError without a schema."""
    from millstream import formats

    options = spec.options
    if world.record is not None:
        return recorded_columns(world.record, Role.KEY if options.is_key else Role.VALUE)
    side = "key" if options.is_key else "value"
    if world.registry is None:
        message = f"Schema registry fetch for topic {side} request failed for topic: {options.topic}\nCaused by: {NO_REGISTRY}"
        raise RequestError(message, code=42801)
    schema = world.registry.by_id(options.schema_id) if options.schema_id is not None else world.registry.latest(options.subject)
    if schema is None:
        raise StatementError(
            f"Schema for message {side}s on topic '{options.topic}' does not exist in the Schema Registry.\nSubject: {options.subject}",
            hint=f"Declare the columns, or see with PRINT '{options.topic}' FROM BEGINNING; what the topic holds.",
        )
    if FORMAT_OF_KIND.get(schema.kind, spec.name) != spec.name:
        raise StatementError(
            f"Format and schema are of different types: the {side} format of topic '{options.topic}' is {spec.name}, schema {schema.id} "
            f"is {schema.kind}.",
            hint=f"Write {side.upper()}_FORMAT='{FORMAT_OF_KIND[schema.kind]}', or name another schema.",
        )
    return formats.get(spec.name).infer(schema, options)
