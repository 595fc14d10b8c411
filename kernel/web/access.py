# SPDX-License-Identifier: EUPL-1.2
"""Who may call a route, and the audit log's knowledge of who read what.

SoLPuL 10 § (Lag 2023:821): access to personal data is documented and can be checked. So every hand-out of case content
and every refusal for want of a role is an event, written in a transaction of the service that was asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from kernel.errors import Forbidden, Unauthenticated
from kernel.identity import Actor, Identity, Role
from kernel.service import AccessEvents
from kernel.store import Work

_bearer = HTTPBearer(auto_error=False, description="A JWT of the municipality's identity provider.")


# What waits for nothing is a coroutine: a plain function would be handed to a thread, and its answer back.


async def current_actor(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> Actor:
    """Raise `Unauthenticated` without a valid token."""
    if credentials is None:
        raise Unauthenticated("send a bearer token")
    identity: Identity = request.app.state.identity
    actor = identity.actor(credentials.credentials)
    request.state.actor = actor
    return actor


class allow:  # noqa: N801 — reads as a word in a route's signature
    """A dependency that lets these roles pass. Every route has one; a test reads them."""

    def __init__(self, *roles: Role) -> None:
        self.roles = frozenset(roles)

    async def __call__(self, request: Request, actor: Annotated[Actor, Depends(current_actor)]) -> Actor:
        if actor.roles & self.roles:
            return actor
        denied = (await access_log(request)).denied
        await run_in_threadpool(denied, actor, route=request.scope["route"].path)
        raise Forbidden(f"this needs the role {' or '.join(sorted(self.roles))}")


@dataclass(frozen=True)
class Access:
    """Tells the audit log. `reason` is what the caller gave in the header `Access-Reason`."""

    events: AccessEvents
    tools: Any
    reason: str
    request: Request

    def read(self, work: Work, *, case_id: str = "", subject: str) -> None:
        """Case content is handed out in this transaction: who, which case and why."""
        actor: Actor = self.request.state.actor
        event = self.events.content_read(
            case_id=case_id, actor_id=actor.id, actor_role=actor.role, subject=subject, reason=self.reason
        )
        work.announce(event, key=case_id or subject, subject=subject)

    def denied(self, actor: Actor, *, route: str) -> None:
        method = self.request.method
        with self.tools.transaction(actor.tenant_id) as work:
            event = self.events.denied(
                case_id="", actor_id=actor.id, actor_role=actor.role, subject=f"{method} {route}", reason="role"
            )
            work.announce(event, key=actor.id)


# The header is free text by a person: only a code goes into the log, never prose that might name somebody.
ACCESS_REASONS = frozenset({"case-work", "supervision", "emergency", "support", "review"})


async def access_log(request: Request) -> Access:
    given = request.headers.get("access-reason", "case-work")
    state = request.app.state
    return Access(state.service.access_events, state.tools, given if given in ACCESS_REASONS else "other", request)


AccessLog = Annotated[Access, Depends(access_log)]


async def service_tools(request: Request) -> Any:
    """What the running service holds."""
    return request.app.state.tools
