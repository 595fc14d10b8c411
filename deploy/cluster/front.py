# SPDX-License-Identifier: EUPL-1.2
"""What belongs to no service: signing demo users in, one OpenAPI document, and whether all parts are ready."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import httpx2
from fastapi import FastAPI, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from deploy.cluster.processes import RoleProcess
from embedded.web import combined_document
from kernel.errors import Refusal
from kernel.keyring import Keyring
from kernel.local_issuer import LocalIssuer, token_route
from kernel.web import NO_TELEMETRY, REFUSALS, http_error, invalid_request, refused

ANSWER_SECONDS = 3


class OverThere:
    """A service's application in another process, as far as its OpenAPI document goes."""

    def __init__(self, process: RoleProcess) -> None:
        self._address = f"http://{process.address}/{process.service}/v1/openapi.json"

    def openapi(self) -> dict[str, Any]:
        document: dict[str, Any] = httpx2.get(self._address, timeout=ANSWER_SECONDS).raise_for_status().json()
        return document


def front_app(keyring: Keyring, processes: Sequence[RoleProcess]) -> FastAPI:
    app = FastAPI(
        title="Underlag", version="1", docs_url=None, redoc_url=None, responses=REFUSALS, telemetry=NO_TELEMETRY
    )
    app.include_router(token_route(LocalIssuer(keyring)))
    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(RequestValidationError, invalid_request)
    # Also for a path that no part takes, such as one with a line break in it.
    app.add_exception_handler(HTTPException, http_error)
    parts = {each.service: cast("FastAPI", OverThere(each)) for each in processes if each.role == "api"}
    own_document = app.openapi

    @app.get("/healthz", tags=["health"])
    def alive() -> dict[str, str]:
        """The process answers."""
        return {"state": "alive"}

    @app.get("/readyz", tags=["health"], responses={503: {"description": "Something is away"}})
    def ready() -> Response:
        """Every part reaches what it needs; says which one does not, and what it misses."""
        missing = what_is_away(processes)
        return JSONResponse({"ready": not missing, "away": missing}, 503 if missing else 200)

    app.openapi = lambda: combined_document(own_document(), parts)  # type: ignore[method-assign] # FastAPI's documented way
    return app


def what_is_away(processes: Sequence[RoleProcess]) -> dict[str, list[str]]:
    """By the name of the process: what it says it misses, or that it does not answer."""
    with ThreadPoolExecutor(max_workers=8) as asking:
        answers = list(asking.map(_ask, processes))
    return {each.name: answer for each, answer in zip(processes, answers, strict=True) if answer}


def _ask(process: RoleProcess) -> list[str]:
    try:
        answer = httpx2.get(f"http://{process.address}/readyz", timeout=ANSWER_SECONDS).json()
        return [str(each) for each in answer["away"]]
    except (httpx2.HTTPError, ValueError, KeyError):
        return ["the process"]
