"""The built-in registry's REST API (ASGI), call by call as Confluent's. Reads requests, asks the store, shapes answers; decides nothing."""

# ruff: noqa: ARG005 - every call has the same arguments.
from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from millstream.errors import RegistryError
from millstream.formats.base import RegisteredSchema
from millstream.formats.registry import model
from millstream.formats.registry.model import Reference, Schema, Version
from millstream.formats.registry.store import SchemaStore

_CONTENT = "application/vnd.schemaregistry.v1+json"
Call = Callable[[SchemaStore, Request, Any], Any]
Text = Callable[[str], str]


def app(store: SchemaStore) -> Starlette:
    """The registry as an ASGI application."""
    routes = [
        ("GET", "/", lambda s, r, b: {}),
        ("GET", "/subjects", lambda s, r, b: s.subjects(_flag(r, "deleted"))),
        ("POST", "/subjects/{subject:str}", _lookup),
        ("DELETE", "/subjects/{subject:str}", lambda s, r, b: s.remove_subject(_subject(r), _flag(r, "permanent"))),
        ("GET", "/subjects/{subject:str}/versions", _versions),
        ("POST", "/subjects/{subject:str}/versions", _register),
        ("GET", "/subjects/{subject:str}/versions/{version:str}", _one),
        ("GET", "/subjects/{subject:str}/versions/{version:str}/schema", lambda s, r, b: _Text(_version(s, r).schema.text)),
        ("DELETE", "/subjects/{subject:str}/versions/{version:str}", _remove_version),
        ("GET", "/schemas/types", lambda s, r, b: ["JSON", "PROTOBUF", "AVRO"]),
        ("GET", "/schemas/ids/{id:int}", _by_id),
        ("GET", "/schemas/ids/{id:int}/schema", lambda s, r, b: _Text(s.schema(r.path_params["id"]).text)),
        ("GET", "/schemas/ids/{id:int}/subjects", lambda s, r, b: [v.subject for v in _places(s, r)]),
        ("GET", "/schemas/ids/{id:int}/versions", lambda s, r, b: [{"subject": v.subject, "version": v.version} for v in _places(s, r)]),
        ("POST", "/compatibility/subjects/{subject:str}/versions", _compatible),
        ("POST", "/compatibility/subjects/{subject:str}/versions/{version:str}", _compatible),
        *_settings("config", "compatibilityLevel", "compatibility"),
        *_settings("mode", "mode", "mode"),
    ]
    return Starlette(routes=[Route(path, _endpoint(store, call), methods=[method]) for method, path, call in routes])


class _Text(str):
    """A body that is the schema's own text."""


def _endpoint(store: SchemaStore, call: Call) -> Any:
    async def endpoint(request: Request) -> Response:
        data = await request.body()
        try:
            body = _body(data) if request.method in ("POST", "PUT") else None
            answer = await asyncio.to_thread(call, store, request, body)  # a commit waits for the disk
        except RegistryError as error:
            # 409 has no finer codes.
            code = 409 if error.code == 40900 else error.code
            fault = {"error_code": code, "message": error.message}
            return Response(json.dumps(fault), status_code=error.status, media_type=_CONTENT)
        return Response(answer if isinstance(answer, _Text) else json.dumps(answer), media_type=_CONTENT)

    return endpoint


def _body(data: bytes) -> Any:
    try:
        body = json.loads(data)
    except ValueError:
        raise RegistryError(f"expected a JSON body, got {data[:40]!r}", code=42201) from None
    if not isinstance(body, dict):
        raise RegistryError("expected a JSON object as the body", code=42201)
    return body


def _flag(request: Request, name: str) -> bool:
    return request.query_params.get(name, "false").lower() == "true"


def _subject(request: Request) -> str:
    return str(request.path_params["subject"])


def _schema(body: Any) -> Schema:
    if not isinstance(body.get("schema"), str):
        raise RegistryError("expected the schema's text under the key 'schema'", code=42201)
    references = tuple(Reference(r["name"], r["subject"], int(r["version"])) for r in body.get("references") or ())
    return Schema(body.get("schemaType") or "AVRO", body["schema"], references)


def _shown(version: Version, as_text: Text = str) -> dict[str, Any]:
    return {"subject": version.subject, "version": version.version, "id": version.id, **_shown_schema(version.schema, as_text)}


def _wanted(store: SchemaStore, request: Request, schema: Schema) -> Text:
    """``format=serialized``: a Protobuf schema as a compiled descriptor, which some clients ask for."""
    if schema.kind != "PROTOBUF" or request.query_params.get("format") != "serialized":
        return str
    from millstream.formats.protobuf.binary import compiled

    return lambda text: compiled(RegisteredSchema(0, schema.kind, text, imports=tuple(store.imports(schema).items())))


def _shown_schema(schema: Schema, as_text: Text = str) -> dict[str, Any]:
    """As Confluent shows it: the type is left out for Avro."""
    shown: dict[str, Any] = {} if schema.kind == "AVRO" else {"schemaType": schema.kind}
    if schema.references:
        shown["references"] = [{"name": r.name, "subject": r.subject, "version": r.version} for r in schema.references]
    return {**shown, "schema": as_text(schema.text)}


def _lookup(store: SchemaStore, request: Request, body: Any) -> Any:
    return _shown(store.find(_subject(request), _schema(body), _flag(request, "deleted")))


def _versions(store: SchemaStore, request: Request, _: Any) -> Any:
    found = store.versions(_subject(request), _flag(request, "deleted"))
    if not found:
        raise model.subject_not_found(_subject(request))
    return [v.version for v in found]


def _version(store: SchemaStore, request: Request) -> Version:
    return store.version(_subject(request), request.path_params["version"], _flag(request, "deleted"))


def _one(store: SchemaStore, request: Request, _: Any) -> Any:
    version = _version(store, request)
    return _shown(version, _wanted(store, request, version.schema))


def _register(store: SchemaStore, request: Request, body: Any) -> Any:
    subject = _subject(request)
    importing = (store.mode(subject) or store.mode()) == "IMPORT"
    given = (body.get("id"), body.get("version")) if importing else (None, None)
    return {"id": store.add(subject, _schema(body), *given).id}


def _remove_version(store: SchemaStore, request: Request, _: Any) -> Any:
    return store.remove_version(_subject(request), request.path_params["version"], _flag(request, "permanent"))


def _by_id(store: SchemaStore, request: Request, _: Any) -> Any:
    schema = store.schema(request.path_params["id"])
    return _shown_schema(schema, _wanted(store, request, schema))


def _places(store: SchemaStore, request: Request) -> list[Version]:
    store.schema(request.path_params["id"])
    return store.places(request.path_params["id"])


def _compatible(store: SchemaStore, request: Request, body: Any) -> Any:
    wanted = request.path_params.get("version")
    against = None if wanted is None else [store.version(_subject(request), wanted)]
    reasons = store.check(_subject(request), _schema(body), against)
    return {"is_compatible": not reasons, **({"messages": reasons} if _flag(request, "verbose") else {})}


def _settings(path: str, read_key: str, write_key: str) -> list[tuple[str, str, Call]]:
    """GET, PUT and DELETE of /config and /mode, global and a subject's."""

    def get(store: SchemaStore, request: Request, _: Any) -> Any:
        subject = request.path_params.get("subject", "")
        value = _read(store, path, subject)
        if value is None and _flag(request, "defaultToGlobal"):
            value = _read(store, path, "")
        if value is None:
            raise (model.level_not_set if path == "config" else model.mode_not_set)(subject)
        return {read_key: value}

    def put(store: SchemaStore, request: Request, body: Any) -> Any:
        _write(store, path, request.path_params.get("subject", ""), str(body.get(write_key)).upper())
        return {write_key: _read(store, path, request.path_params.get("subject", ""))}

    def delete(store: SchemaStore, request: Request, _: Any) -> Any:
        subject = request.path_params.get("subject", "")
        before = _read(store, path, subject)
        if before is None:
            raise model.subject_not_found(subject)
        _write(store, path, subject, None)
        return {read_key: before}

    return [
        (method, f"/{path}{tail}", call)
        for method, call in (("GET", get), ("PUT", put), ("DELETE", delete))
        for tail in ("", "/{subject:str}")
    ]


def _read(store: SchemaStore, path: str, subject: str) -> str | None:
    return store.level(subject) if path == "config" else store.mode(subject)


def _write(store: SchemaStore, path: str, subject: str, value: str | None) -> None:
    if path == "config":
        store.set_level(value, subject)
    else:
        store.set_mode(value, subject)
