# SPDX-License-Identifier: EUPL-1.2
"""What every request gets from outside: a span, an id, its time counted, and an answer whatever goes wrong inside."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kernel.identity import new_id
from kernel.telemetry import REQUEST_SECONDS, REQUESTS, span

Failed = Callable[[Request, Exception], Awaitable[Response]]


class Measured:
    """ASGI: the outermost part of a service's application. `failed` makes the answer to what nobody else caught.

    Written as ASGI, since a middleware of Starlette's own kind costs a task and two streams for each request.
    """

    def __init__(self, app: ASGIApp, service: str, failed: Failed) -> None:
        self.app, self.service, self.failed = app, service, failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, status, started = new_id(), 0, time.perf_counter()

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers.setdefault("Cache-Control", "no-store")
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        structlog.contextvars.bind_contextvars(service=self.service, request_id=request_id)
        method = scope["method"]
        with span(f"{method} {self.service}", parent=Headers(scope=scope).get("traceparent", "")) as current:
            try:
                await self.app(scope, receive, answered)
            except Exception as trouble:  # noqa: BLE001 — the last door: the server's own would log what was written
                answer = await self.failed(Request(scope), trouble)
                # Where half an answer is out, the connection ends, and the caller sees that it is no whole one.
                if not status:
                    await answer(scope, receive, answered)
            route = getattr(scope.get("route"), "path", "unknown")
            current.update_name(f"{method} /{self.service}/v1{route}")
        REQUESTS.labels(self.service, method, route, str(status)).inc()
        REQUEST_SECONDS.labels(self.service, method, route).observe(time.perf_counter() - started)
