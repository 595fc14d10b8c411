# SPDX-License-Identifier: EUPL-1.2
"""The application at a deployment's address: signing demo users in, and one OpenAPI document for all services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from kernel.errors import Refusal
from kernel.keyring import Keyring
from kernel.local_issuer import LocalIssuer, token_route
from kernel.web import NO_TELEMETRY, REFUSALS, http_error, invalid_request, refused

REFERENCE = "#/components/schemas/"


class Documented(Protocol):
    """A service's application, here or in another process."""

    def openapi(self) -> dict[str, Any]: ...


def outer_app(keyring: Keyring, parts: Mapping[str, Documented]) -> FastAPI:
    """What belongs to no service. `parts` by the name of the service, which is the path that it answers under."""
    app = FastAPI(
        title="Underlag", version="1", docs_url=None, redoc_url=None, responses=REFUSALS, telemetry=NO_TELEMETRY
    )
    app.include_router(token_route(LocalIssuer(keyring)))
    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(RequestValidationError, invalid_request)
    # Also for a path that no part takes, such as one with a line break in it.
    app.add_exception_handler(HTTPException, http_error)
    own_document = app.openapi

    @app.get("/healthz", tags=["health"])
    def alive() -> dict[str, str]:
        """The process answers."""
        return {"state": "alive"}

    app.openapi = lambda: combined_document(own_document(), parts)  # type: ignore[method-assign] # FastAPI's documented way
    return app


def combined_document(document: dict[str, Any], parts: Mapping[str, Documented]) -> dict[str, Any]:
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


def _with_prefix(tree: Any, name: str) -> Any:
    if isinstance(tree, dict):
        return {
            key: f"{REFERENCE}{name}_{value.removeprefix(REFERENCE)}"
            if key == "$ref" and isinstance(value, str) and value.startswith(REFERENCE)
            else _with_prefix(value, name)
            for key, value in tree.items()
        }
    return [_with_prefix(each, name) for each in tree] if isinstance(tree, list) else tree
