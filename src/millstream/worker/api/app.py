"""The routes."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from millstream.worker.api import admin, bodies, connectors, plugins
from millstream.worker.clock import Clock
from millstream.worker.errors import RestError
from millstream.worker.herder.herder import Herder

_C = "/connectors/{name}"
_P = "/connector-plugins"


def build(herder: Herder, clock: Clock, cluster_id: str) -> Starlette:
    """The app of one herder."""
    routes = [
        Route("/", admin.root, methods=["GET"]),
        Route("/health", admin.health, methods=["GET"]),
        Route("/connectors", connectors.listing, methods=["GET"]),
        Route("/connectors", connectors.create, methods=["POST"]),
        Route(_C, connectors.info, methods=["GET"]),
        Route(_C, connectors.delete, methods=["DELETE"]),
        Route(_C + "/config", connectors.get_config, methods=["GET"]),
        Route(_C + "/config", connectors.put_config, methods=["PUT"]),
        Route(_C + "/config", connectors.patch_config, methods=["PATCH"]),
        Route(_C + "/status", connectors.status, methods=["GET"]),
        Route(_C + "/tasks", connectors.tasks, methods=["GET"]),
        Route(_C + "/tasks/{task:int}/status", connectors.task_status, methods=["GET"]),
        Route(_C + "/tasks/{task:int}/restart", connectors.restart_task, methods=["POST"]),
        Route(_C + "/restart", connectors.restart, methods=["POST"]),
        Route(_C + "/pause", connectors.pause, methods=["PUT"]),
        Route(_C + "/resume", connectors.resume, methods=["PUT"]),
        Route(_C + "/stop", connectors.stop, methods=["PUT"]),
        Route(_C + "/topics", connectors.topics, methods=["GET"]),
        Route(_C + "/topics/reset", connectors.reset_topics, methods=["PUT"]),
        Route(_C + "/offsets", connectors.get_offsets, methods=["GET"]),
        Route(_C + "/offsets", connectors.alter_offsets, methods=["PATCH"]),
        Route(_C + "/offsets", connectors.reset_offsets, methods=["DELETE"]),
        Route(_P, plugins.listing, methods=["GET"]),
        Route(_P + "/{plugin}/config", plugins.config, methods=["GET"]),
        Route(_P + "/{plugin}/config/validate", plugins.validate, methods=["PUT"]),
        Route("/admin/loggers", admin.loggers, methods=["GET"]),
        Route("/admin/loggers/{logger}", admin.get_logger, methods=["GET"]),
        Route("/admin/loggers/{logger}", admin.set_level, methods=["PUT"]),
    ]
    handlers = {RestError: bodies.on_rest_error, HTTPException: bodies.on_http_error, Exception: bodies.on_error}
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.state.herder, app.state.clock, app.state.cluster_id = herder, clock, cluster_id
    app.state.levels_changed = {}
    return app
