# SPDX-License-Identifier: EUPL-1.2
"""`/healthz`, `/readyz` and `/metrics` of a process that serves nothing else over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from kernel.roles.process import Check, away, beside


def health_answer(path: str, checks: Mapping[str, Check], wanted: Mapping[str, Check]) -> tuple[int, str, bytes]:
    """Status, content type and body. `/healthz` answers while the process lives; `/readyz` says what is away.

    Without one of `checks` a process can do nothing, so it is not ready. Without one of `wanted` it does the rest.
    """
    match path:
        case "/healthz":
            return 200, "application/json", b'{"state": "alive"}'
        case "/readyz":
            missing = away(checks)
            body = json.dumps({"ready": not missing, "away": missing + away(wanted)}).encode()
            return 503 if missing else 200, "application/json", body
        case "/metrics":
            return 200, CONTENT_TYPE_LATEST, generate_latest()
        case _:
            return 404, "application/json", b"{}"


def serve_health(host: str, port: int, checks: Mapping[str, Check], wanted: Mapping[str, Check]) -> int:
    """Serve beside the work; returns the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content_type, body = health_answer(self.path, checks, wanted)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: a probe every few seconds is no news."""

    server = ThreadingHTTPServer((host, port), Handler)
    beside("health", server.serve_forever)
    return int(server.server_address[1])
