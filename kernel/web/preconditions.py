# SPDX-License-Identifier: EUPL-1.2
"""`ETag` and `If-Match` (RFC 9110, 13.1.1): nobody overwrites what they have not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header

from kernel.errors import PreconditionFailed, PreconditionRequired


def etag(revision: int | str) -> str:
    return f'"{revision}"'


@dataclass(frozen=True)
class IfMatch:
    value: str | None

    def check(self, revision: int | str) -> None:
        """Raise `PreconditionRequired` without the header and `PreconditionFailed` when it names another revision."""
        if self.value is None:
            raise PreconditionRequired("send If-Match with the ETag of what you have read")
        named = {each.strip() for each in self.value.split(",")}
        if "*" not in named and etag(revision) not in named:
            raise PreconditionFailed("it has changed since you read it: read it again", current=etag(revision))


async def if_match(if_match: Annotated[str | None, Header(max_length=300)] = None) -> IfMatch:
    return IfMatch(if_match)


Match = Annotated[IfMatch, Depends(if_match)]
