"""``/connectors`` and what is below it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from millstream.worker.api.bodies import answer, body_of, empty, flat_map, in_thread
from millstream.worker.errors import RestError
from millstream.worker.herder.herder import Herder

_STATES = ("RUNNING", "PAUSED", "STOPPED")
_REQUEST = "org.apache.kafka.connect.runtime.rest.entities.CreateConnectorRequest"


def _herder(request: Request) -> Herder:
    herder: Herder = request.app.state.herder
    return herder


def _name(request: Request) -> str:
    return str(request.path_params["name"])


def _task(request: Request) -> int:
    return int(request.path_params["task"])


async def listing(request: Request) -> Response:
    """GET /connectors, with ``expand=status`` and ``expand=info``."""
    herder = _herder(request)
    expand = request.query_params.getlist("expand")
    if not expand:
        return answer(herder.names())

    def expanded() -> dict[str, Any]:
        out: dict[str, Any] = {}
        for name in herder.names():
            try:
                out[name] = {w: herder.status(name) if w == "status" else herder.info(name) for w in expand if w in ("status", "info")}
            except RestError:
                continue  # deleted meanwhile
        return out

    return answer(await in_thread(expanded))


async def create(request: Request) -> Response:
    """POST /connectors."""
    body = await body_of(request)
    if body is None:
        raise RestError(500, f'Cannot invoke "{_REQUEST}.name()" because "createRequest" is null')
    if not isinstance(body, dict):
        raise RestError(500, "Expected a JSON object with name and config")
    for key in body:
        if key not in ("name", "config", "initial_state"):
            raise RestError(
                500,
                f'Unrecognized field "{key}" (class {_REQUEST}), not marked as ignorable '
                '(3 known properties: "config", "name", "initial_state")',
            )
    state = body.get("initial_state") or "RUNNING"
    if str(state).upper() not in _STATES:
        raise RestError(
            500, f"Cannot construct instance of `{_REQUEST}$InitialState`, problem: No enum constant {_REQUEST}.InitialState.{state}"
        )
    name = str(body.get("name") or "").strip()
    config = flat_map({} if body.get("config") is None else body["config"])
    info = await in_thread(_herder(request).create, name, config, str(state).upper())
    return answer(info, 201, _location(request, name))


def _location(request: Request, name: str) -> dict[str, str]:
    return {"Location": f"{request.url.scheme}://{request.url.netloc}/connectors/{quote(name, safe='')}"}


async def info(request: Request) -> Response:
    return answer(await in_thread(_herder(request).info, _name(request)))


async def delete(request: Request) -> Response:
    await in_thread(_herder(request).delete, _name(request))
    return empty(204)


async def get_config(request: Request) -> Response:
    return answer(await in_thread(_herder(request).config, _name(request)))


async def put_config(request: Request) -> Response:
    config = flat_map(await body_of(request))
    created, shape = await in_thread(_herder(request).put_config, _name(request), config)
    return answer(shape, 201, _location(request, _name(request))) if created else answer(shape)


async def patch_config(request: Request) -> Response:
    body = await body_of(request)
    await in_thread(_herder(request).config, _name(request))  # no connector is said before no sense
    patch = flat_map(body, nulls=True)
    return answer(await in_thread(_herder(request).patch_config, _name(request), patch))


async def status(request: Request) -> Response:
    return answer(await in_thread(_herder(request).status, _name(request)))


async def tasks(request: Request) -> Response:
    return answer(await in_thread(_herder(request).tasks, _name(request)))


async def task_status(request: Request) -> Response:
    return answer(await in_thread(_herder(request).task_status, _name(request), _task(request)))


async def restart(request: Request) -> Response:
    """POST /connectors/{name}/restart: 204, or 202 with the plan where tasks or failed ones were asked for."""
    include, failed = (request.query_params.get(k, "false").lower() == "true" for k in ("includeTasks", "onlyFailed"))
    plan = await in_thread(_herder(request).restart, _name(request), include_tasks=include, only_failed=failed)
    return empty(204) if plan is None else answer(plan, 202)


async def restart_task(request: Request) -> Response:
    await in_thread(_herder(request).restart_task, _name(request), _task(request))
    return empty(204)


async def pause(request: Request) -> Response:
    await in_thread(_herder(request).pause, _name(request), True)
    return empty(202)


async def resume(request: Request) -> Response:
    await in_thread(_herder(request).pause, _name(request), False)
    return empty(202)


async def stop(request: Request) -> Response:
    await in_thread(_herder(request).stop_connector, _name(request))
    return empty(204)


async def topics(request: Request) -> Response:
    """An unknown connector has no topics; Kafka answers so, too."""
    name = _name(request)
    return answer({name: {"topics": await in_thread(_herder(request).topics, name)}})


async def reset_topics(request: Request) -> Response:
    await in_thread(_herder(request).reset_topics, _name(request))
    return empty(202)


async def get_offsets(request: Request) -> Response:
    return answer(await in_thread(_herder(request).offsets, _name(request)))


async def alter_offsets(request: Request) -> Response:
    return answer(await in_thread(_herder(request).alter_offsets, _name(request), await body_of(request)))


async def reset_offsets(request: Request) -> Response:
    return answer(await in_thread(_herder(request).reset_offsets, _name(request)))
