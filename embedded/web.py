# SPDX-License-Identifier: EUPL-1.2
"""One HTTP application from five: each service under its path, health and metrics."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from deploy.outer_app import outer_app
from embedded.running import Running
from kernel.identity import Identity
from kernel.keyring import Keyring
from kernel.roles.process import database_answers
from kernel.web import web_app


def combined_app(running: Sequence[Running], keyring: Keyring) -> FastAPI:
    identity = Identity(keyring)
    parts = {each.service.name: web_app(each.service, each.tools, identity, each.settings) for each in running}
    app = outer_app(keyring, parts)
    for name, part in parts.items():
        app.mount(f"/{name}/v1", part)
    _add_health(app, running)
    return app


def _add_health(app: FastAPI, running: Sequence[Running]) -> None:
    @app.get("/readyz", tags=["health"], responses={503: {"description": "Something is away"}})
    def ready() -> Response:
        """Every service reaches its database; says which one does not."""
        away = [each.service.name for each in running if not database_answers(each.tools.transaction.engine)()]
        return JSONResponse({"ready": not away, "away": away}, 503 if away else 200)

    @app.get("/metrics", tags=["health"], response_class=Response)
    def metrics() -> Response:
        """Prometheus."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
