# SPDX-License-Identifier: EUPL-1.2
"""`Idempotency-Key`: the same request twice has one effect and one answer.

The key is written first, in the transaction of the effect, and the answer with it. A double click waits on the first
one's row and then gets its answer. A request that was refused leaves no key behind and may be sent again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.encoders import jsonable_encoder
from pydantic import BaseModel
from sqlalchemy import bindparam, delete, func, select, text, update

from kernel.errors import Unacceptable
from kernel.identity import Actor
from kernel.store import Work, idempotency_keys
from kernel.web.access import current_actor

KEPT = timedelta(days=2)
# As text: SQLAlchemy writes a statement with ON CONFLICT anew each time, which takes longer than to run it.
_NOTE = text(
    "INSERT INTO idempotency_keys (tenant_id, actor_id, route, key, fingerprint) "
    "VALUES (:tenant_id, :actor_id, :route, :key, :fingerprint) ON CONFLICT DO NOTHING RETURNING key"
)
# Made once, as each of these stands in the way of every request that changes something.
_ANSWER = update(idempotency_keys).where(
    *(each == bindparam(f"own_{each.name}") for each in idempotency_keys.primary_key.columns)
)


class IdempotencyKeyReused(Unacceptable):
    """The key came before with another body: one of the two requests is not the one that was meant."""


@dataclass
class Repeatable:
    """One request that may come again. `fingerprint` tells whether it is the same one."""

    key: str | None
    actor_id: str
    route: str
    body_fingerprint: str

    def fingerprint(self, digest: str) -> None:
        """Use this digest instead of the body's: for uploads, whose multipart boundaries differ each time."""
        self.body_fingerprint = digest

    def answered(self, work: Work) -> Response | None:
        """The earlier answer to the same request, or None when this is the first. Raise `IdempotencyKeyReused`."""
        if self.key is None:
            return None
        noted = {"tenant_id": work.tenant_id, **self._identity(), "fingerprint": self.body_fingerprint}
        if work.connection.execute(_NOTE, noted).one_or_none() is not None:
            return None
        row = work.connection.execute(select(idempotency_keys).where(*self._own_row(work))).one()
        if row.fingerprint != self.body_fingerprint:
            raise IdempotencyKeyReused("this Idempotency-Key came before with another request")
        headers = {**(row.headers or {}), "Idempotency-Replayed": "true"}
        return Response(bytes(row.body), row.status, headers, media_type="application/json")

    def answer(self, work: Work, view: Any, status: int, headers: Mapping[str, str] | None = None) -> Response:
        """Answer, and keep the answer with the key until it is forgotten."""
        body = _written(view)
        if self.key is not None:
            row = {f"own_{name}": value for name, value in self._identity().items()} | {"own_tenant_id": work.tenant_id}
            answered = {"status": status, "body": body, "headers": dict(headers or {})}
            work.connection.execute(_ANSWER, row | answered)
        return Response(body, status, dict(headers or {}), media_type="application/json")

    def _identity(self) -> dict[str, str]:
        return {"actor_id": self.actor_id, "route": self.route, "key": self.key or ""}

    def _own_row(self, work: Work) -> tuple[Any, ...]:
        own = (idempotency_keys.c[name] == value for name, value in self._identity().items())
        return (idempotency_keys.c.tenant_id == work.tenant_id, *own)


def _written(view: Any) -> bytes:
    """A model writes itself several times faster than by way of a dictionary."""
    if isinstance(view, BaseModel):
        return view.model_dump_json(by_alias=True).encode()
    return json.dumps(jsonable_encoder(view), ensure_ascii=False).encode()


async def repeatable(
    request: Request,
    actor: Annotated[Actor, Depends(current_actor)],
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")] = None,
) -> Repeatable:
    """What a route needs to answer the same request the same way.

    An upload is not read into memory here; its route gives a fingerprint of what it stored.
    """
    content_type = request.headers.get("content-type", "")
    body = b"" if content_type.startswith("multipart/") else await request.body()
    fingerprint = hashlib.sha256(body).hexdigest()
    return Repeatable(idempotency_key, actor.id, request.url.path, fingerprint)


def forget_answers(work: Work) -> int:
    """Remove this tenant's kept answers that nobody will ask for again; they may hold case content."""
    old = idempotency_keys.c.created_at < func.now() - KEPT
    own = idempotency_keys.c.tenant_id == work.tenant_id
    return work.connection.execute(delete(idempotency_keys).where(own, old)).rowcount


Once = Annotated[Repeatable, Depends(repeatable)]
