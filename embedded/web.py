# SPDX-License-Identifier: EUPL-1.2
"""One HTTP application from five: each service under its path, one OpenAPI document, health and metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from embedded.running import Running
from kernel.errors import Refusal
from kernel.identity import Identity
from kernel.keyring import Keyring
from kernel.local_issuer import LocalIssuer, token_route
from kernel.web import NO_TELEMETRY, REFUSALS, http_error, invalid_request, refused, web_app


def combined_app(running: Sequence[Running], keyring: Keyring) -> FastAPI:
    app = FastAPI(
        title="Underlag", version="1", docs_url=None, redoc_url=None, responses=REFUSALS, telemetry=NO_TELEMETRY
    )
    app.include_router(token_route(LocalIssuer(keyring)))
    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(RequestValidationError, invalid_request)
    # Also for a path that no part takes, such as one with a line break in it.
    app.add_exception_handler(HTTPException, http_error)
    identity = Identity(keyring)
    parts = {each.service.name: web_app(each.service, each.tools, identity, each.settings) for each in running}
    for name, part in parts.items():
        app.mount(f"/{name}/v1", part)
    _add_health(app, running)
    own_document = app.openapi
    app.openapi = lambda: combined_document(own_document(), parts)  # type: ignore[method-assign] # FastAPI's documented way
    return app


def _add_health(app: FastAPI, running: Sequence[Running]) -> None:
    @app.get("/healthz", tags=["health"])
    def alive() -> dict[str, str]:
        """The process answers."""
        return {"state": "alive"}

    @app.get("/readyz", tags=["health"], responses={503: {"description": "Something is away"}})
    def ready() -> Response:
        """Every service reaches its database; says which one does not."""
        away = [each.service.name for each in running if not _reaches_database(each)]
        return JSONResponse({"ready": not away, "away": away}, 503 if away else 200)

    @app.get("/metrics", tags=["health"], response_class=Response)
    def metrics() -> Response:
        """Prometheus."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _reaches_database(running: Running) -> bool:
    try:
        with running.tools.transaction.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


def combined_document(document: dict[str, Any], parts: dict[str, FastAPI]) -> dict[str, Any]:
    """The services' OpenAPI documents as one. Schemas get their service's name in front, since names may repeat."""
    combined = {**document, "paths": dict(document["paths"]), "components": dict(document.get("components", {}))}
    schemas = combined["components"].setdefault("schemas", {})
    for name, part in parts.items():
        own = _with_prefix(part.openapi(), name)
        for path, item in own["paths"].items():
            for operation in item.values():
                operation["operationId"] = f"{name}_{operation['operationId']}"
            combined["paths"][f"/{name}/v1{path}"] = item
        schemas |= {f"{name}_{key}": schema for key, schema in own.get("components", {}).get("schemas", {}).items()}
        combined["components"].setdefault("securitySchemes", {}).update(
            own.get("components", {}).get("securitySchemes", {})
        )
    return combined


REFERENCE = "#/components/schemas/"


def _with_prefix(tree: Any, name: str) -> Any:
    if isinstance(tree, dict):
        return {
            key: f"{REFERENCE}{name}_{value.removeprefix(REFERENCE)}"
            if key == "$ref" and isinstance(value, str) and value.startswith(REFERENCE)
            else _with_prefix(value, name)
            for key, value in tree.items()
        }
    return [_with_prefix(each, name) for each in tree] if isinstance(tree, list) else tree
