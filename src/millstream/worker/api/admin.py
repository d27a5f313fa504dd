"""``/``, ``/health`` and ``/admin/loggers``."""

from __future__ import annotations

import logging
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from millstream.worker.api.bodies import answer, body_of, empty
from millstream.worker.errors import RestError

#: The version of Kafka Connect's REST API that is spoken here.
API_VERSION = "4.3.1"

_LEVELS = {
    "TRACE": logging.DEBUG,
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "ERROR": logging.ERROR,
    "FATAL": logging.CRITICAL,
}
_NAMES = {logging.DEBUG: "DEBUG", logging.INFO: "INFO", logging.WARNING: "WARN", logging.ERROR: "ERROR", logging.CRITICAL: "FATAL"}


async def root(request: Request) -> Response:
    return answer({"version": API_VERSION, "commit": "millstream", "kafka_cluster_id": request.app.state.cluster_id})


async def health(request: Request) -> Response:
    return answer({"status": "healthy", "message": "Worker has completed startup and is ready to handle requests."})


def _shape(request: Request, logger: logging.Logger) -> dict[str, Any]:
    return {"level": _NAMES.get(logger.level, str(logger.level)), "last_modified": _changed(request).get(logger.name)}


def _changed(request: Request) -> dict[str, int]:
    """When a level was set through this API, by logger."""
    changed: dict[str, int] = request.app.state.levels_changed
    return changed


async def loggers(request: Request) -> Response:
    """Loggers with a level of their own."""
    known = [lg for lg in logging.root.manager.loggerDict.values() if isinstance(lg, logging.Logger) and lg.level]
    return answer({lg.name: _shape(request, lg) for lg in sorted(known, key=lambda lg: lg.name)})


async def get_logger(request: Request) -> Response:
    name = str(request.path_params["logger"])
    if name != "root" and name not in logging.root.manager.loggerDict:
        raise RestError(404, f"Logger {name} not found.")
    logger = logging.getLogger(None if name == "root" else name)
    level = _NAMES.get(logger.getEffectiveLevel(), str(logger.getEffectiveLevel()))
    return answer({"level": level, "last_modified": _changed(request).get(logger.name)})


async def set_level(request: Request) -> Response:
    """PUT: 200 and the loggers changed, or 204 with ``scope=cluster``."""
    body = await body_of(request)
    level = body.get("level") if isinstance(body, dict) else None
    if level is None:
        raise RestError(400, "Desired 'level' parameter was not specified in request.")
    if str(level).upper() not in _LEVELS:
        raise RestError(404, f"invalid log level '{level}'.")
    name = str(request.path_params["logger"])
    logging.getLogger(None if name == "root" else name).setLevel(_LEVELS[str(level).upper()])
    _changed(request)[name] = request.app.state.clock.now_ms()
    return empty(204) if request.query_params.get("scope") == "cluster" else answer([name])
