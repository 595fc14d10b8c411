# SPDX-License-Identifier: EUPL-1.2
"""Refusals: answers that say no. Each becomes problem+json (RFC 9457) with a stable `type` made from its class name.

Anything else that is raised is a bug or an outage.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field. `pointer` is a JSON pointer (RFC 6901) into the body, or `#query/name`."""

    pointer: str
    detail: str


class Refusal(Exception):
    """`detail` is for the developer at the other end: plain English, ids only, never personal data.

    Keyword arguments become members of the problem document beside `type`, `title`, `status` and `detail`.
    """

    status = 400

    def __init__(self, detail: str, *, errors: Sequence[FieldError] = (), **members: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        self.members = members

    @classmethod
    def words(cls) -> list[str]:
        return re.findall(r"[A-Z][a-z0-9]*", cls.__name__)

    @property
    def type(self) -> str:
        return "/problems/" + "-".join(word.lower() for word in self.words())

    @property
    def title(self) -> str:
        first, *rest = self.words()
        return " ".join([first, *(word.lower() for word in rest)])

    def document(self) -> dict[str, object]:
        """The problem document, ready for JSON."""
        shown: dict[str, object] = {
            "type": self.type,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            shown["errors"] = [{"pointer": each.pointer, "detail": each.detail} for each in self.errors]
        return shown | self.members


class Unauthenticated(Refusal):
    status = 401


class Forbidden(Refusal):
    """The role may not do this. What another tenant owns is `NotFound` instead: it does not exist here."""

    status = 403


class NotFound(Refusal):
    status = 404


class NotAcceptable(Refusal):
    status = 406


class Conflict(Refusal):
    status = 409


class PreconditionFailed(Refusal):
    status = 412


class TooLarge(Refusal):
    status = 413


class UnsupportedContent(Refusal):
    status = 415


class Unacceptable(Refusal):
    status = 422


class PreconditionRequired(Refusal):
    status = 428


class TooManyRequests(Refusal):
    status = 429


class Unavailable(Refusal):
    """Something this depends on is away. The same request may go through later; work that waits is retried."""

    status = 503


class Away(Unavailable):
    """A server or a service does not answer and will be back without anybody's doing. A job waits for it."""


class Undeliverable(Exception):
    """An event that will never be handled however often it comes: goes to the dead letters at once."""
