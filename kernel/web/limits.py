# SPDX-License-Identifier: EUPL-1.2
"""Limits on what comes in, counted while it comes: a length that was promised is not believed."""

from __future__ import annotations

import json

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kernel.errors import TooLarge


class BodyTooLarge(TooLarge):
    """The body is longer than this route takes."""


class _Exceeded(HTTPException):
    """Raised while the body is read, where the framework lets only its own kind of exception pass."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, f"the body is larger than {limit} bytes")


class BodyLimit:
    """ASGI: stop reading at the limit and answer 413. Uploads, which are multipart, have a limit of their own."""

    def __init__(self, app: ASGIApp, max_body_bytes: int, max_upload_bytes: int) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes
        self.max_upload_bytes = max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        is_upload = headers.get(b"content-type", b"").startswith(b"multipart/form-data")
        limit = self.max_upload_bytes if is_upload else self.max_body_bytes
        promised = headers.get(b"content-length", b"")
        if promised.isdigit() and int(promised) > limit:
            await _refuse(send, limit)
            return
        left = limit

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise _Exceeded(limit)
            return message

        await self.app(scope, counted, send)


async def _refuse(send: Send, limit: int) -> None:
    document = BodyTooLarge(f"the body is larger than {limit} bytes").document()
    headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(document).encode()})
