"""``/connector-plugins``: what can run, its keys, and validation."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from millstream.worker.api.bodies import answer, body_of, flat_map, in_thread
from millstream.worker.definition import ConfigDef
from millstream.worker.errors import RestError
from millstream.worker.herder.herder import Herder
from millstream.worker.herder.validation import key_shape
from millstream.worker.plugins import CONVERTERS
from millstream.worker.transforms import PREDICATES, TRANSFORMS


def _herder(request: Request) -> Herder:
    herder: Herder = request.app.state.herder
    return herder


async def listing(request: Request) -> Response:
    """GET /connector-plugins; ``connectorsOnly=false`` adds transforms, predicates and converters."""
    connectors = await in_thread(lambda: _herder(request).plugins.connectors)
    out: list[dict[str, Any]] = [{"class": n, "type": c.kind, "version": c.version} for n, c in connectors.items()]
    if request.query_params.get("connectorsOnly", "true").lower() == "false":
        for kind, names in (("transformation", TRANSFORMS), ("predicate", PREDICATES), ("converter", CONVERTERS)):
            out += [{"class": n, "type": kind} for n in sorted(names)]
    return answer(out)


async def config(request: Request) -> Response:
    """GET /connector-plugins/{plugin}/config: the plugin's own keys."""
    name = str(request.path_params["plugin"])
    definition = await in_thread(_definition, _herder(request), name)
    return answer([key_shape(definition, key) for key in definition.keys])


def _definition(herder: Herder, name: str) -> ConfigDef:
    found = herder.plugins.connector(name)
    if found is not None:
        return found[1].definition
    for known in (herder.plugins.transform_class, herder.plugins.predicate_class):
        try:
            definition: ConfigDef = known(name).definition
            return definition
        except ValueError:
            continue
    raise RestError(404, f"Unknown plugin {name}.")


async def validate(request: Request) -> Response:
    """PUT /connector-plugins/{plugin}/config/validate: 200 also where there are errors."""
    given = flat_map(await body_of(request))
    return answer(await in_thread(_herder(request).validate, str(request.path_params["plugin"]), given))
