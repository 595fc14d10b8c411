# SPDX-License-Identifier: EUPL-1.2
"""A service's HTTP application: its routes, with errors as problem+json, request ids, limits and measurements."""

from __future__ import annotations

import errno
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.telemetry import TelemetryConfig
from psycopg.errors import DiskFull
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from kernel.errors import FieldError, NotFound, Refusal, Unacceptable, Unavailable
from kernel.identity import Identity
from kernel.service import Service
from kernel.telemetry import logger
from kernel.web.limits import BodyLimit, BodyTooLarge
from kernel.web.measuring import Measured

log = logger(__name__)
PROBLEM = "application/problem+json"
PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
# Any route may answer with these; they are in its OpenAPI so that a client expects them.
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {PROBLEM: {"schema": PROBLEM_SCHEMA}}}
    for status, text in {
        400: "The request cannot be read",
        401: "No valid token",
        403: "The role may not do this",
        404: "Does not exist here",
        405: "No such method here",
        406: "Not to be had in this form",
        409: "Not in this state",
        412: "It has changed since you read it",
        413: "Too large",
        415: "A kind of content that is not taken",
        422: "The content is not acceptable",
        428: "If-Match is missing",
        503: "Something this depends on is away; try again",
        507: "The disk is full",
    }.items()
}


class InvalidRequest(Unacceptable):
    """The body or a parameter has another shape than the interface promises."""


class StorageFull(Refusal):
    """The disk is full. Make room, then send it again."""

    status = 507


class DatabaseAway(Unavailable):
    """The database cannot be reached."""


# FastAPI's own would write whole paths and queries into spans, and messages of exceptions into logs.
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False}


def web_app(service: Service, tools: Any, identity: Identity, settings: Any) -> FastAPI:
    """The service's application, to be mounted under `/<service>/v1`."""
    app = FastAPI(
        title=f"Underlag {service.name}",
        version="1",
        responses=REFUSALS,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        telemetry=NO_TELEMETRY,
    )
    app.state.service, app.state.tools, app.state.identity = service, tools, identity
    for each in service.routes:
        app.include_router(each)
    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(RequestValidationError, invalid_request)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(OperationalError, _database_away)
    app.add_exception_handler(PoolTimeout, _database_away)
    app.add_exception_handler(DBAPIError, _bug)
    app.add_middleware(BodyLimit, max_body_bytes=settings.max_body_bytes, max_upload_bytes=settings.max_upload_bytes)
    app.add_middleware(Measured, service=service.name, failed=_bug)
    return app


def problem(refusal: Refusal) -> JSONResponse:
    headers = {"WWW-Authenticate": "Bearer"} if refusal.status == 401 else {}
    if refusal.status == 503:
        headers["Retry-After"] = "5"
    return JSONResponse(refusal.document(), refusal.status, headers, media_type=PROBLEM)


async def refused(_request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)  # noqa: S101 — registered for nothing else
    log.info("refused", type=refusal.type, status=refusal.status)
    return problem(refusal)


async def invalid_request(_request: Request, invalid: Exception) -> Response:
    assert isinstance(invalid, RequestValidationError)  # noqa: S101 — registered for nothing else
    errors = [
        FieldError(_pointer(each["loc"]) + each.get("ctx", {}).get("pointer", ""), str(each["msg"]))
        for each in invalid.errors()
    ]
    return problem(InvalidRequest("the request has another shape than the interface promises", errors=errors))


def _pointer(location: tuple[int | str, ...]) -> str:
    where, *rest = location or ("body",)
    path = "".join("/" + str(each).replace("~", "~0").replace("/", "~1") for each in rest)
    return path if where == "body" else f"#{where}{path}"


async def http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 — registered for nothing else
    if error.status_code == 404:
        return problem(NotFound("there is nothing at this address"))
    refusal: Refusal = BodyTooLarge(str(error.detail)) if error.status_code == 413 else Refusal(str(error.detail))
    refusal.status = error.status_code
    return problem(refusal)


async def _database_away(_request: Request, trouble: Exception) -> Response:
    if isinstance(getattr(trouble, "orig", None), DiskFull):
        return _storage_full()
    log.error("database away", cause=type(trouble).__name__)
    return problem(DatabaseAway("the database cannot be reached; nothing was done"))


def _storage_full() -> Response:
    log.error("disk full")
    return problem(StorageFull("the disk is full; nothing was done"))


async def _bug(request: Request, trouble: Exception) -> Response:
    """A bug of ours, or a full disk. An exception's text may quote what somebody wrote: only its kind is logged."""
    if isinstance(trouble, OSError) and trouble.errno == errno.ENOSPC:
        return _storage_full()
    log.error("request failed", method=request.method, exc_info=trouble)
    failed = Refusal("something went wrong here; nothing was done")
    failed.status = 500
    return problem(failed)
