# SPDX-License-Identifier: EUPL-1.2
"""A service's REST interface as a process, under `/<service>/v1`, with its health beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import uvicorn
from anyio import to_thread
from fastapi import FastAPI, Response
from starlette.exceptions import HTTPException

from kernel.identity import Identity
from kernel.keyring import Keyring
from kernel.municipalities import Municipalities
from kernel.roles.health import health_answer
from kernel.roles.process import Check, Surroundings, beside, database_answers, wanted_by
from kernel.web import NO_TELEMETRY, http_error, web_app

GRACE_SECONDS = 30


@dataclass(frozen=True)
class Api:
    given: Surroundings

    def checks(self) -> Mapping[str, Check]:
        """Not Kafka: while it is away, events wait in the outbox and requests are answered."""
        return {"database": database_answers(self.given.tools.transaction.engine)}

    def wanted(self) -> Mapping[str, Check]:
        return wanted_by(self.given.tools)

    def run(self) -> None:
        """Serve until uvicorn gets SIGTERM or SIGINT: requests under way are finished first."""
        config = uvicorn.Config(
            self.app(),
            host=self.given.host,
            port=self.given.port,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        if self.given.service.warm_up is not None:
            beside("warm-up", self.given.service.warm_up, self.given.tools)
        asyncio.run(_serve(uvicorn.Server(config), self.given.settings.request_threads))

    def app(self) -> FastAPI:
        given, checks, wanted = self.given, self.checks(), self.wanted()
        municipalities = Municipalities.load(given.settings.municipalities_folder)
        identity = Identity(Keyring(municipalities, given.settings.keys_folder))
        app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, telemetry=NO_TELEMETRY)
        app.add_exception_handler(HTTPException, http_error)
        app.mount(f"/{given.service.name}/v1", web_app(given.service, given.tools, identity, given.settings))
        for path in ("/healthz", "/readyz", "/metrics"):
            app.add_api_route(path, _answering(path, checks, wanted))
        return app


async def _serve(server: uvicorn.Server, threads: int) -> None:
    to_thread.current_default_thread_limiter().total_tokens = threads
    await server.serve()


def _answering(path: str, checks: Mapping[str, Check], wanted: Mapping[str, Check]) -> Callable[[], Response]:
    def answer() -> Response:
        status, content_type, body = health_answer(path, checks, wanted)
        return Response(body, status, media_type=content_type)

    return answer
