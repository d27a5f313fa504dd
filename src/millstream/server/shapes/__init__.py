"""Wire shapes: results of ``session`` as ksqlDB's JSON, field by field. Pure.

schema      types and columns as SchemaInfo and FieldInfo
values      values of rows as JSON text
entities    one entity a result
described   sourceDescription, queryDescription, describe_function
connectors  entities of connector statements
errors      error bodies
"""

from __future__ import annotations

from millstream.server.shapes.entities import entity
from millstream.server.shapes.errors import error_body

__all__ = ["entity", "error_body"]
