# SPDX-License-Identifier: EUPL-1.2
"""One signed-in person's view of the platform over REST, for the demo and for stories."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from kernel.identity import new_id

Seen = TypeVar("Seen")
ANSWER_SECONDS = 120


class Refused(Exception):
    """The platform answered with something else than was asked for; the text is the server's own."""

    def __init__(self, answer: httpx2.Response) -> None:
        super().__init__(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:400]}")
        self.answer = answer


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in. Paths are those of the published interface."""

    base: str
    token: str

    @classmethod
    def signed_in(cls, base: str, username: str, password: str = "demo") -> Person:  # noqa: S107 — the demo's
        form = {"grant_type": "password", "username": username, "password": password}
        answer = _client().post(f"{base}/local-issuer/token", data=form)
        if answer.status_code != 200:
            raise Refused(answer)
        return cls(base, answer.json()["access_token"])

    def ask(self, method: str, path: str, **given: Any) -> httpx2.Response:
        """Send one request and return whatever comes back. POSTs carry a fresh Idempotency-Key unless one is given."""
        headers = {"Authorization": f"Bearer {self.token}", **given.pop("headers", {})}
        if method == "POST":
            headers.setdefault("Idempotency-Key", new_id())
        return _client().request(method, f"{self.base}{path}", headers=headers, **given)

    def get(self, path: str, **given: Any) -> Any:
        return _content(self.ask("GET", path, **given))

    def post(self, path: str, body: Any = None, **given: Any) -> Any:
        sent = {"json": body} if body is not None else {}
        return _content(self.ask("POST", path, **sent, **given))

    def put(self, path: str, body: Any, etag: str) -> Any:
        return _content(self.ask("PUT", path, json=body, headers={"If-Match": etag}))

    def patch(self, path: str, body: Any) -> Any:
        return _content(self.ask("PATCH", path, json=body))

    def upload(self, path: str, fields: dict[str, str], file: Path) -> Any:
        with file.open("rb") as content:
            return _content(self.ask("POST", path, data=fields, files={"file": (file.name, content)}))

    def download(self, path: str, accept: str) -> bytes:
        answer = self.ask("GET", path, headers={"Accept": accept})
        if answer.status_code != 200:
            raise Refused(answer)
        return answer.content


@cache
def _client() -> httpx2.Client:
    """One for the process: each new one reads all certificates, which costs more than the request."""
    return httpx2.Client(timeout=ANSWER_SECONDS)


def _content(answer: httpx2.Response) -> Any:
    if answer.status_code >= 400:
        raise Refused(answer)
    return answer.json() if answer.content else None


def wait_for(look: Callable[[], Seen], done: Callable[[Seen], bool], seconds: float = 120, every: float = 0.1) -> Seen:
    """Look until it is done, and return what was seen. Raise `TimeoutError` when the time is up."""
    deadline = time.monotonic() + seconds
    while not done(seen := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not done after {seconds:.0f} s")
        time.sleep(every)
    return seen
