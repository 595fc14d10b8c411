# SPDX-License-Identifier: EUPL-1.2
"""What answers at the cluster's address beside the services: the outer application, and whether all parts are ready."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse

from deploy.cluster.processes import RoleProcess
from deploy.outer_app import outer_app
from kernel.keyring import Keyring

ANSWER_SECONDS = 3


class OverThere:
    """A service's application in another process, as far as its OpenAPI document goes."""

    def __init__(self, process: RoleProcess) -> None:
        self._address = f"http://{process.address}/{process.service}/v1/openapi.json"

    def openapi(self) -> dict[str, Any]:
        document: dict[str, Any] = httpx2.get(self._address, timeout=ANSWER_SECONDS).raise_for_status().json()
        return document


def front_app(keyring: Keyring, processes: Sequence[RoleProcess]) -> FastAPI:
    app = outer_app(keyring, {each.service: OverThere(each) for each in processes if each.role == "api"})

    @app.get("/readyz", tags=["health"], responses={503: {"description": "Something is away"}})
    def ready() -> Response:
        """Every part reaches what it needs; says which one does not, and what it misses."""
        missing = what_is_away(processes)
        return JSONResponse({"ready": not missing, "away": missing}, 503 if missing else 200)

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
