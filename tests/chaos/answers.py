# SPDX-License-Identifier: EUPL-1.2
"""A client as it should be, sending again with the same key until it is answered, and a judge of every answer it gets.

An answer is good when it comes in time and, if it says no, says so as a problem document that names the reason.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2

from kernel.identity import new_id

HANGS_SECONDS = 15
GIVES_UP_SECONDS = 150
PROBLEM = "application/problem+json"
# Answers of a platform that lacks a part for a while: told as such, and sent again.
AWAY = frozenset({502, 503, 504})
FULL = 507


class Lost(Exception):
    """Something that was accepted is not there, or a request was never answered; the text says which."""


@dataclass
class Judge:
    """Keeps what no user should ever see, and counts how often one was told that something is away."""

    rude: list[str] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    may_be_unreachable: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def heard(self, method: str, path: str, answer: httpx2.Response, seconds: float) -> None:
        if why := rudeness(answer, seconds):
            self.note(f"{method} {path}: {why}")
        elif answer.status_code in AWAY | {FULL}:
            with self._lock:
                self.told[str(answer.json()["type"])] += 1

    def broke(self, method: str, path: str, trouble: Exception, seconds: float) -> None:
        """Nothing was answered. Only the address in front itself being away excuses that."""
        if seconds > HANGS_SECONDS:
            self.note(f"{method} {path}: no answer within {seconds:.0f} s")
        elif not self.may_be_unreachable:
            self.note(f"{method} {path}: {type(trouble).__name__} with Caddy there")

    def note(self, what: str) -> None:
        with self._lock:
            self.rude.append(what)


def rudeness(answer: httpx2.Response, seconds: float) -> str:
    """What is wrong with the answer as an answer; empty when nothing is."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if seconds > HANGS_SECONDS:
        return f"{answer.status_code} after {seconds:.0f} s"
    if answer.status_code < 400:
        return ""
    if answer.status_code == 500:
        return f"500 {answer.text[:200]}"
    if kind != PROBLEM:
        return f"{answer.status_code} as {kind or 'nothing'}: {answer.text[:80]!r}"
    if not str(answer.json().get("type", "")).startswith("/problems/"):
        return f"{answer.status_code} without a type"
    return ""


@dataclass
class Caller:
    """One signed-in person's program."""

    base: str
    username: str
    judge: Judge
    token: str = ""
    _client: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=HANGS_SECONDS + 10), repr=False)

    def ask(self, method: str, path: str, *accepted: int, **given: Any) -> httpx2.Response:
        """The first answer that is one of those accepted. Sent with one key, however often. Raise `Lost`."""
        headers = {"Idempotency-Key": new_id(), **given.pop("headers", {})}
        deadline = time.monotonic() + GIVES_UP_SECONDS
        while time.monotonic() < deadline:
            answer = self.once(method, path, headers, **given)
            if answer is not None and answer.status_code in accepted:
                return answer
            if answer is not None and answer.status_code == 401:
                self.token = ""
            elif answer is not None and answer.status_code not in AWAY | {500, FULL}:
                raise Lost(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
            time.sleep(0.25)
        raise Lost(f"{method} {path}: not answered within {GIVES_UP_SECONDS} s")

    def once(self, method: str, path: str, headers: dict[str, str], **given: Any) -> httpx2.Response | None:
        """Whatever comes back, judged; None when nothing does."""
        begun = time.monotonic()
        try:
            own = {"Authorization": f"Bearer {self.token or self._signed_in()}", **headers}
            answer = self._client.request(method, f"{self.base}{path}", headers=own, **given)
        except httpx2.TransportError as trouble:
            self.judge.broke(method, path, trouble, time.monotonic() - begun)
            return None
        self.judge.heard(method, path, answer, time.monotonic() - begun)
        return answer

    def get(self, path: str) -> Any:
        return self.ask("GET", path, 200).json()

    def post(self, path: str, body: Any = None, *accepted: int) -> Any:
        sent = {"json": body} if body is not None else {}
        return self.ask("POST", path, *(accepted or (200, 201, 202)), **sent).json()

    def until(self, path: str, done: Callable[[Any], bool], what: str, seconds: float = GIVES_UP_SECONDS) -> Any:
        """Look until it is as wanted. Raise `Lost`."""
        deadline = time.monotonic() + seconds
        while not done(seen := self.get(path)):
            if time.monotonic() > deadline:
                raise Lost(f"{what} did not come about within {seconds:.0f} s: {str(seen)[:300]}")
            time.sleep(0.3)
        return seen

    def _signed_in(self) -> str:
        form = {"grant_type": "password", "username": self.username, "password": "demo"}
        answer = self._client.post(f"{self.base}/local-issuer/token", data=form)
        if answer.status_code != 200:
            raise httpx2.ConnectError(f"not signed in: {answer.status_code}")
        self.token = str(answer.json()["access_token"])
        return self.token
