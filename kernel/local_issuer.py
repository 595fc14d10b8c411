# SPDX-License-Identifier: EUPL-1.2
"""An identity provider of our own, for the embedded mode and for tests: demo users, the same claims as a real one."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form
from pydantic import BaseModel

from kernel.errors import Refusal
from kernel.identity import Actor, Role, TenantId
from kernel.keyring import Keyring


class InvalidGrant(Refusal):
    """User name or password is wrong, or the grant is not one that this issuer gives (RFC 6749, 5.2)."""

    status = 400


class Token(BaseModel):
    access_token: str
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105 — a kind of token (RFC 6750), no secret


@dataclass(frozen=True)
class LocalIssuer:
    """Signs demo users in, for municipalities whose `identity.yaml` says `issuer: local`."""

    keyring: Keyring

    def token_for(self, username: str, password: str) -> Token:
        """Raise `InvalidGrant` for anyone who is not a demo user, in the same words whatever was wrong."""
        name, _, tenant = username.partition("@")
        municipality = self.keyring.municipalities.by_id.get(TenantId(tenant))
        identity: dict[str, Any] = municipality.document("identity") if municipality else {}
        user = identity.get("users", {}).get(name) if identity.get("issuer") == "local" else None
        expected = str(identity.get("demo_password", ""))
        known = hmac.compare_digest(password.encode("utf-8", "replace"), expected.encode())
        if municipality is None or user is None or not expected or not known:
            raise InvalidGrant("user name or password is wrong")
        actor = Actor(username, municipality.id, frozenset(Role(each) for each in user["roles"]), str(user["name"]))
        signer = self.keyring.local_signer(municipality)
        token = signer.token(actor, self.keyring.audience(municipality.id))
        return Token(access_token=token, expires_in=signer.lifetime_seconds)


def token_route(issuer: LocalIssuer) -> APIRouter:
    """`POST /local-issuer/token`: the password grant, for demo users only."""
    routes = APIRouter(prefix="/local-issuer", tags=["local issuer"])

    @routes.post("/token")
    def sign_in(
        grant_type: Annotated[str, Form(max_length=40)],
        username: Annotated[str, Form(max_length=120)],
        password: Annotated[str, Form(max_length=200)],
    ) -> Token:
        """Sign a demo user in. A municipality's own provider takes this place outside the embedded mode."""
        if grant_type != "password":
            raise InvalidGrant("this issuer gives the grant `password` only")
        return issuer.token_for(username, password)

    return routes
