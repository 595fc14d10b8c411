# SPDX-License-Identifier: EUPL-1.2
"""Asking another service over REST, with a service token for the tenant. What goes wrong becomes a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from kernel.errors import Away, Conflict, NotFound, Unavailable
from kernel.identity import TenantId

GATEWAY_SAYS_AWAY = (502, 503, 504)


@dataclass(frozen=True)
class Rest:
    """`name` is said when the service is away; `token` gives a fresh bearer token for a tenant."""

    client: httpx2.Client
    token: Callable[[TenantId], str]
    name: str

    def get(self, tenant_id: TenantId, path: str) -> dict[str, Any]:
        return self._asked(tenant_id, "GET", path, None)

    def post(self, tenant_id: TenantId, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._asked(tenant_id, "POST", path, body)

    def _asked(self, tenant_id: TenantId, method: str, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        """Raise `NotFound`, `Conflict` or, for anything that may go over, `Unavailable`."""
        headers = {"Authorization": f"Bearer {self.token(tenant_id)}"}
        try:
            answer = self.client.request(method, path, json=body, headers=headers)
        except httpx2.HTTPError as trouble:
            raise Away(f"{self.name} cannot be reached: {type(trouble).__name__}") from trouble
        if answer.status_code == 404:
            raise NotFound(f"{self.name} has no such thing")
        if answer.status_code == 409:
            raise Conflict(f"{self.name} refuses it in its present state")
        if answer.status_code in GATEWAY_SAYS_AWAY:
            raise Away(f"{self.name} answered {answer.status_code}")
        if not answer.is_success:
            raise Unavailable(f"{self.name} answered {answer.status_code}")
        return _object(answer, self.name)


def _object(answer: httpx2.Response, name: str) -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError as trouble:
        raise Unavailable(f"{name} answered something that is no JSON") from trouble
    if not isinstance(content, dict):
        raise Unavailable(f"{name} answered another shape than promised")
    return content
