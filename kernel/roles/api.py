# SPDX-License-Identifier: EUPL-1.2
"""A service's REST interface as a process, under `/<service>/v1`, with its health beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import uvicorn
from anyio import to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from kernel.identity import Identity
from kernel.keyring import Keyring
from kernel.municipalities import Municipalities
from kernel.roles.health import health_answer
from kernel.roles.process import Check, Surroundings, beside, database_answers, wanted_by
from kernel.web import http_error, web_app

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
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(_serve(uvicorn.Server(config), self.given.settings.request_threads))

    def app(self) -> Starlette:
        given, checks, wanted = self.given, self.checks(), self.wanted()
        municipalities = Municipalities.load(given.settings.municipalities_folder)
        identity = Identity(Keyring(municipalities, given.settings.keys_folder))
        service = Mount(f"/{given.service.name}/v1", app=web_app(given.service, given.tools, identity, given.settings))
        health = [Route(path, _answering(path, checks, wanted)) for path in ("/healthz", "/readyz", "/metrics")]
        return Starlette(routes=[service, *health], exception_handlers={HTTPException: http_error})


async def _serve(server: uvicorn.Server, threads: int) -> None:
    to_thread.current_default_thread_limiter().total_tokens = threads
    await server.serve()


def _answering(path: str, checks: Mapping[str, Check], wanted: Mapping[str, Check]) -> Callable[[Request], Response]:
    def answer(_request: Request) -> Response:
        status, content_type, body = health_answer(path, checks, wanted)
        return Response(body, status, media_type=content_type)

    return answer
