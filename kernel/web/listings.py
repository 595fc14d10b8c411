# SPDX-License-Identifier: EUPL-1.2
"""Listings: `{items, next}`, page by page with a cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import AfterValidator, BaseModel

from kernel.web.bodies import storable

T = TypeVar("T")
Cursor = Annotated[str | None, AfterValidator(lambda each: each and storable(each))]


class Listing(BaseModel, Generic[T]):
    """`next` goes into `after` of the next request; null at the end."""

    items: list[T]
    next: str | None


@dataclass(frozen=True)
class PageRequest:
    after: str | None
    limit: int


async def paging(
    after: Annotated[Cursor, Query(max_length=200, description="The `next` of the page before.")] = None,
    cursor: Annotated[Cursor, Query(max_length=200, description="Another name for `after`.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> PageRequest:
    return PageRequest(after or cursor or None, limit)


Paging = Annotated[PageRequest, Depends(paging)]


def page(items: Sequence[T], next: str | None) -> Listing[T]:
    return Listing[Any](items=list(items), next=next)
