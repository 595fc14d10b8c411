# SPDX-License-Identifier: EUPL-1.2
"""Routes with nothing but FastAPI and psycopg: the same statements to the same server, and answers of the same length.

What they leave out: tokens and roles, the check of the body, problem+json, measurements, traces, and making the answer
from the rows.
"""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI, Request, Response
from psycopg_pool import ConnectionPool

from deploy.servers.postgres import free_port
from evaluation.load.raw_events import Pattern
from evaluation.load.statements import Statement

# SQLAlchemy's pool of 10 and its overflow of 10.
CONNECTIONS = 20
START_SECONDS = 180


@dataclass(frozen=True)
class Recorded:
    """Statements in order, the ids in them that are new for each request, and what was answered."""

    pattern: Pattern
    answer: Any


def bare_app(url: str, read: Recorded, opened: Recorded, connections: int) -> FastAPI:
    """`connections` are as many as the platform's own pool may have."""
    app, pool = FastAPI(), ConnectionPool(url, min_size=connections, max_size=connections, open=True)

    def done(statements: Sequence[Statement]) -> None:
        with pool.connection() as connection, connection.cursor() as cursor:
            for each in statements:
                each.run(cursor)

    @app.get("/cases/{case_id}")
    def read_case(case_id: str) -> Any:
        done(read.pattern.again()[1])
        return read.answer | {"id": case_id}

    @app.post("/cases", status_code=201)
    def open_case(body: dict[str, Any]) -> Any:
        case_id, statements = opened.pattern.again()
        done(statements)
        return opened.answer | {"id": case_id, "external_reference": body["external_reference"]}

    @app.get("/nothing")
    async def nothing(_request: Request) -> Response:
        """What the callers themselves can do at most."""
        return Response(json.dumps(opened.answer), media_type="application/json")

    return app


def serve(port: int, url: str, read: Recorded, opened: Recorded, connections: int) -> None:
    """A process."""
    app = bare_app(url, read, opened, connections)
    uvicorn.run(app, port=port, log_config=None, access_log=False, lifespan="off")


@contextmanager
def bare_process(url: str, read: Recorded, opened: Recorded) -> Iterator[int]:
    port = free_port()
    process = multiprocessing.get_context("spawn").Process(
        target=serve, args=(port, url, read, opened, CONNECTIONS), daemon=True
    )
    process.start()
    deadline = time.monotonic() + START_SECONDS
    try:
        while not _answers(port):
            if time.monotonic() > deadline:
                raise TimeoutError("the bare routes do not answer")
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.join(10)


def _answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/nothing", timeout=2).status_code == 200
    except httpx2.HTTPError:
        return False
