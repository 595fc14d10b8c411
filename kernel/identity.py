# SPDX-License-Identifier: EUPL-1.2
"""Who is asking, for which municipality, in which role. Tokens are JWTs, verified by issuer and keys per tenant."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NewType, Protocol

import uuid_utils
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet
from joserfc.util import urlsafe_b64decode

from kernel.errors import Unauthenticated

TenantId = NewType("TenantId", str)
ALGORITHM = "ES256"
# Clocks of two machines may differ by this much (RFC 7519, 4.1.4 allows a small leeway).
LEEWAY_SECONDS = 30
MAX_TOKEN_LENGTH = 8192
# A token cannot be called back, so one that holds for longer than a day's work is none.
LONGEST_LIFE_SECONDS = 24 * 3600


def new_id() -> str:
    """A UUIDv7 (RFC 9562) as text: unique, and in the order of time, which keeps indexes small."""
    return str(uuid_utils.uuid7())


class Role(StrEnum):
    CASEWORKER = "caseworker"
    STAFF = "staff"
    MANAGER = "manager"
    AUDITOR = "auditor"
    INTEGRATOR = "integrator"
    OPERATOR = "operator"
    SERVICE = "service"


@dataclass(frozen=True)
class Actor:
    """Somebody, or a service, that has shown a valid token. `id` is the token's subject."""

    id: str
    tenant_id: TenantId
    roles: frozenset[Role]
    name: str = ""

    @property
    def role(self) -> str:
        return min(self.roles).value if self.roles else ""


class IssuerKeys(Protocol):
    """The public keys that may sign for a tenant, by issuer."""

    def of(self, tenant_id: TenantId, issuer: str) -> KeySet | None:
        """None when this issuer may not sign for this tenant."""

    def audience(self, tenant_id: TenantId) -> str: ...

    def roles(self, issuer: str) -> frozenset[Role]:
        """What this issuer may say that somebody is. A municipality's makes no service, the services' no person."""


@dataclass(frozen=True)
class Identity:
    """Turns a bearer token into an actor."""

    keys: IssuerKeys

    def actor(self, token: str) -> Actor:
        """Raise `Unauthenticated` unless the token is signed by an issuer of its own tenant and valid now."""
        if not token or len(token) > MAX_TOKEN_LENGTH:
            raise Unauthenticated("the request carries no usable bearer token")
        claimed = _unverified_claims(token)
        tenant_id, issuer = TenantId(str(claimed.get("tenant", ""))), str(claimed.get("iss", ""))
        keys = self.keys.of(tenant_id, issuer)
        if keys is None:
            raise Unauthenticated("the token's issuer is not known for its tenant")
        try:
            claims = jwt.decode(token, keys, algorithms=[ALGORITHM]).claims
            _requirements(issuer, self.keys.audience(tenant_id)).validate(claims)
        except (JoseError, ValueError, TypeError, RecursionError) as refused:
            raise Unauthenticated(f"the token is not valid: {type(refused).__name__}") from None
        if claims["exp"] > time.time() + LONGEST_LIFE_SECONDS + LEEWAY_SECONDS:
            raise Unauthenticated("the token holds for too long")
        return _actor_of(claims, self.keys.roles(issuer))


def _unverified_claims(token: str) -> Mapping[str, Any]:
    """The payload as claimed, to find the keys that must have signed it; nothing else may be read from it."""
    try:
        claims = json.loads(urlsafe_b64decode(token.split(".")[1].encode()))
    except (IndexError, ValueError, UnicodeError, RecursionError):
        raise Unauthenticated("the token cannot be read") from None
    if not isinstance(claims, dict):
        raise Unauthenticated("the token cannot be read")
    return claims


def _requirements(issuer: str, audience: str) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
        sub={"essential": True},
        tenant={"essential": True},
    )


def _actor_of(claims: Mapping[str, Any], possible: frozenset[Role]) -> Actor:
    """A role that there is not, or that its issuer may not give, is passed over."""
    given = claims.get("roles")
    roles = frozenset(role for role in possible if role.value in given) if isinstance(given, list) else frozenset()
    return Actor(str(claims["sub"]), TenantId(str(claims["tenant"])), roles, str(claims.get("name", "")))


@dataclass(frozen=True)
class TokenSigner:
    """Signs tokens for one issuer. Lifetimes are short, since a token cannot be called back."""

    issuer: str
    key: ECKey
    lifetime_seconds: int = 3600

    def token(self, actor: Actor, audience: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": audience,
            "sub": actor.id,
            "tenant": actor.tenant_id,
            "roles": sorted(role.value for role in actor.roles),
            "name": actor.name,
            "iat": now,
            "exp": now + self.lifetime_seconds,
        }
        return jwt.encode({"alg": ALGORITHM, "kid": self.key.kid or ""}, claims, self.key)


def service_actor(service: str, tenant_id: TenantId) -> Actor:
    """A service acting for a tenant: it may read what another service hands out to services, nothing more."""
    return Actor(f"service:{service}", tenant_id, frozenset({Role.SERVICE}))
