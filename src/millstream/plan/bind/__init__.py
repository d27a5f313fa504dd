"""STATEMENT + CATALOG -> what it means. Names, types, keys and windows are settled here, or the statement is refused.

context        what binding needs: catalog, properties, topics, registered schemas
expressions    typing of expressions
relation       CREATE STREAM | TABLE (properties, serde, timestamps)
query          SELECT (sources, names, items, criteria, joins, repartition, tablefunctions, aggregate, keys, projection)
sink           CREATE ... AS SELECT, INSERT INTO ... SELECT
pull           SELECT without EMIT
insert         INSERT INTO ... VALUES
asserted       ASSERT VALUES, ASSERT STREAM | TABLE
upgrade        CREATE OR REPLACE, ALTER
replaced       the query of CREATE OR REPLACE ... AS, and the state it goes on from
results        what comes out
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from millstream.plan.bind.asserted import bind_assert_values
    from millstream.plan.bind.context import BindContext
    from millstream.plan.bind.insert import bind_insert_values
    from millstream.plan.bind.pull import bind_pull, bind_select
    from millstream.plan.bind.relation import bind_source
    from millstream.plan.bind.replaced import check_replace_query
    from millstream.plan.bind.results import BoundAssertion, BoundInsert, BoundQuery, BoundSource, TopicSpec
    from millstream.plan.bind.sink import bind_create_as, bind_insert_into
    from millstream.plan.bind.upgrade import bind_alter, check_create, check_drop

__all__ = [
    "BindContext",
    "BoundAssertion",
    "BoundInsert",
    "BoundQuery",
    "BoundSource",
    "TopicSpec",
    "bind_alter",
    "bind_assert_values",
    "bind_create_as",
    "bind_insert_into",
    "bind_insert_values",
    "bind_pull",
    "bind_select",
    "bind_source",
    "check_create",
    "check_drop",
    "check_replace_query",
]

#: Where each name is. Imported when it is first asked for: most statements need only a part of all this.
_PLACES = {
    "bind_assert_values": "asserted",
    "BindContext": "context",
    "bind_insert_values": "insert",
    "bind_pull": "pull",
    "bind_select": "pull",
    "bind_source": "relation",
    "BoundAssertion": "results",
    "BoundInsert": "results",
    "BoundQuery": "results",
    "BoundSource": "results",
    "TopicSpec": "results",
    "bind_create_as": "sink",
    "bind_insert_into": "sink",
    "bind_alter": "upgrade",
    "check_create": "upgrade",
    "check_drop": "upgrade",
    "check_replace_query": "replaced",
}


def __getattr__(name: str) -> Any:
    place = _PLACES.get(name)
    if place is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{place}"), name)
