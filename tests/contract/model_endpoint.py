# SPDX-License-Identifier: EUPL-1.2
"""A real HTTP server that speaks as much of the OpenAI protocol as drafting asks for, and misbehaves on request."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Request = dict[str, Any]


@dataclass
class ModelEndpoint:
    """`says` makes the model's words out of a request; `status` other than 200 answers with an error; `waits`
    seconds.
    """

    says: Callable[[Request], str]
    status: int = 200
    waits: float = 0
    asked: list[Request] = field(default_factory=list)
    url: str = ""


def citing_every_source(request: Request) -> str:
    """A model that repeats each line it may cite."""
    lines = request["messages"][-1]["content"].splitlines()
    allowed = citations_allowed(request)
    said = {line.split(" ", 1)[0]: line.split(": ", 1)[1] for line in lines if line.split(" ", 1)[0] in allowed}
    return json.dumps({"sentences": [{"text": text, "citations": [key]} for key, text in said.items()]})


def citations_allowed(request: Request) -> list[str]:
    sentence = request["response_format"]["json_schema"]["schema"]["properties"]["sentences"]["items"]
    return list(sentence["properties"]["citations"]["items"]["enum"])


@contextmanager
def serving(endpoint: ModelEndpoint) -> Iterator[ModelEndpoint]:
    """On a free port, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(endpoint))
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()


def _handler_for(endpoint: ModelEndpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name is the standard library's
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            endpoint.asked.append({"path": self.path, "key": self.headers.get("Authorization", ""), **request})
            time.sleep(endpoint.waits)
            body = json.dumps(_completion(endpoint.says(request)) if endpoint.status == 200 else {"error": {}}).encode()
            try:
                self.send_response(endpoint.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except BrokenPipeError:
                return  # the writer gave up waiting, as it should

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler


def _completion(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
