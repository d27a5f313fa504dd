"""The ways rows are framed: delimited lines, one JSON array, rows as objects; and rows as protobuf. Pure: rows in, bytes out.

A writer gives a header, one part a row, an end, or an error in the stream. Separators stand where ksqlDB puts them, so that clients which
read chunk by chunk see whole rows.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from millstream.errors import MillstreamError
from millstream.runtime import Row
from millstream.server.accept import DELIMITED, JSON, PROTOBUF, V1
from millstream.server.shapes import error_body
from millstream.server.shapes.values import row_encoder, utf8
from millstream.session.results import QueryAnswer
from millstream.types import Column, Role, quote

LIMIT_REACHED, COMPLETED = "Limit Reached", "Query Completed"


class Writer(Protocol):
    """``media_type`` is the answer's. ``row`` gives None for rows that this framing leaves out."""

    media_type: str

    def header(self) -> bytes: ...

    def row(self, row: Row) -> bytes | None: ...

    def end(self, message: str | None, /) -> list[bytes]: ...

    def error(self, error: MillstreamError) -> list[bytes]: ...


def writer_for(accepted: str, answer: QueryAnswer) -> Writer:
    """The writer for a media type that was chosen."""
    kinds: dict[str, Callable[[QueryAnswer], Writer]] = {DELIMITED: Delimited, JSON: JsonArray, PROTOBUF: ProtobufRows}
    return kinds.get(accepted, Rows)(answer)


def schema_text(columns: Sequence[Column], keyed: bool) -> str:
    """```ID` INTEGER KEY, `N` BIGINT``; without marks for push queries."""
    if keyed:
        return ", ".join(str(c) if c.role is not Role.PSEUDO else f"{quote(c.name)} {c.type}" for c in columns)
    return ", ".join(f"{quote(c.name)} {c.type}" for c in columns)


class _Metadata:
    """What delimited and JSON answers begin with."""

    def __init__(self, answer: QueryAnswer) -> None:
        columns = list(answer.schema)
        self._encode = row_encoder([c.type for c in columns])
        metadata = {
            "queryId": answer.query_id,
            "columnNames": [c.name for c in columns],
            "columnTypes": [str(c.type) for c in columns],
        }
        self._metadata = json.dumps(metadata, ensure_ascii=False, separators=(",", ":"))


class Delimited(_Metadata):
    """A line for the header, a line for each row. Deletions are left out; the end has no mark."""

    media_type = DELIMITED

    def header(self) -> bytes:
        return (self._metadata + "\n").encode()

    def row(self, row: Row) -> bytes | None:
        return None if row.tombstone else utf8(self._encode(row.values) + "\n")

    def end(self, _: str | None, /) -> list[bytes]:
        return []

    def error(self, error: MillstreamError) -> list[bytes]:
        return [utf8(json.dumps(error_body(error), ensure_ascii=False) + "\n")]


class JsonArray(_Metadata):
    """The same things as elements of one array."""

    media_type = JSON

    def header(self) -> bytes:
        return f"[{self._metadata}".encode()

    def row(self, row: Row) -> bytes | None:
        return None if row.tombstone else utf8(f",{self._encode(row.values)}")

    def end(self, _: str | None, /) -> list[bytes]:
        return [b"]"]

    def error(self, error: MillstreamError) -> list[bytes]:
        return [utf8("," + json.dumps(error_body(error), ensure_ascii=False)), b"]"]


class Rows:
    """One object an element. A push stream puts the separator behind each element (its end always has a message); a pull query's,
    which may end
    without one, puts it in front."""

    media_type = V1

    def __init__(self, answer: QueryAnswer) -> None:
        self._answer = answer
        self._columns = list(answer.schema)
        self._encode = row_encoder([c.type for c in self._columns])
        self._ends_bare = answer.keyed and answer.start is None

    def header(self) -> bytes:
        fields = {"queryId": self._answer.query_id, "schema": schema_text(self._columns, self._answer.keyed), **self._more()}
        return self._element("[" + json.dumps({"header": fields}, ensure_ascii=False, separators=(",", ":")), first=True)

    def _more(self) -> dict[str, Any]:
        return {}

    def row(self, row: Row) -> bytes | None:
        mark = ',"tombstone":true' if row.tombstone else ""
        return self._element(f'{{"row":{{"columns":{self._encode(row.values)}{mark}}}}}')

    def end(self, message: str | None, /) -> list[bytes]:
        if self._ends_bare:
            return [b"]"]
        return [json.dumps({"finalMessage": message or COMPLETED}, separators=(",", ":")).encode(), b"]"]

    def error(self, error: MillstreamError) -> list[bytes]:
        body = json.dumps({"errorMessage": error_body(error)}, ensure_ascii=False, separators=(",", ":"))
        return [utf8((",\n" if self._ends_bare else "") + body), b"]"]

    def _element(self, text: str, *, first: bool = False) -> bytes:
        if self._ends_bare:
            return utf8(text if first else ",\n" + text)
        return utf8(text + ",\n")


class ProtobufRows(Rows):
    """Rows as protobuf messages, in base64, with their schema in the header."""

    media_type = PROTOBUF

    def __init__(self, answer: QueryAnswer) -> None:
        from millstream import formats
        from millstream.formats.base import FormatOptions
        from millstream.formats.protobuf.schema import schema_text as proto_text

        super().__init__(answer)
        options = FormatOptions()
        columns = [Column(c.name, c.type) for c in self._columns]
        self._proto = proto_text(columns, options)
        self._bytes = formats.get("PROTOBUF_NOSR").encoder(columns, options, None)

    def _more(self) -> dict[str, Any]:
        return {"protoSchema": self._proto}

    def row(self, row: Row) -> bytes | None:
        encoded = base64.b64encode(self._bytes(row.values) or b"").decode()
        return self._element(f'{{"row":{{"protobufBytes":"{encoded}"}}}}')
