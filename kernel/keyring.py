# SPDX-License-Identifier: EUPL-1.2
"""The keys that may sign for each municipality: its own provider's, and those of the services."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from joserfc.jwk import ECKey, KeySet

from kernel.files import write_once
from kernel.identity import Role, TenantId, TokenSigner, service_actor
from kernel.municipalities import Municipalities, Municipality

AUDIENCE = "underlag"
SERVICES_ISSUER = "https://services.underlag.local"
SERVICE_TOKEN_SECONDS = 300
LOCAL_TOKEN_SECONDS = 8 * 3600


def kept_key(folder: Path, name: str) -> ECKey:
    """The key kept under this name, made when there is none."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{name}.json"
    if not path.exists():
        made = ECKey.generate_key("P-256", {"kid": name, "use": "sig"}, auto_kid=False)
        write_once(path, json.dumps(made.as_dict(private=True)).encode())
    return ECKey.import_key(json.loads(path.read_text("utf-8")))


@dataclass(frozen=True)
class Keyring:
    """Issuer and keys per tenant, so that one municipality's provider signs nothing for another."""

    municipalities: Municipalities
    folder: Path
    _signers: dict[str, TokenSigner] = field(default_factory=dict, repr=False, compare=False)

    def of(self, tenant_id: TenantId, issuer: str) -> KeySet | None:
        """The keys of this issuer for this tenant; None when it may not sign for it."""
        municipality = self.municipalities.by_id.get(tenant_id)
        if municipality is None:
            return None
        if issuer == SERVICES_ISSUER:
            return KeySet([self._services.key])
        identity = municipality.document("identity")
        if identity.get("issuer") == "local":
            signer = self.local_signer(municipality)
            return KeySet([signer.key]) if issuer == signer.issuer else None
        return KeySet.import_key_set(identity["jwks"]) if issuer == identity.get("issuer") else None

    def audience(self, tenant_id: TenantId) -> str:
        return str(self.municipalities.of(tenant_id).document("identity").get("audience", AUDIENCE))

    def roles(self, issuer: str) -> frozenset[Role]:
        """The services' issuer makes services, any other one people and the municipality's own machines."""
        service = frozenset({Role.SERVICE})
        return service if issuer == SERVICES_ISSUER else frozenset(Role) - service

    def service_tokens(self, service: str) -> Callable[[TenantId], str]:
        """What a service shows to another one when it asks for a tenant."""
        return lambda tenant_id: self._services.token(service_actor(service, tenant_id), self.audience(tenant_id))

    def local_signer(self, municipality: Municipality) -> TokenSigner:
        """The key of the local issuer for a municipality whose `identity.yaml` says `issuer: local`."""
        issuer = f"https://{municipality.issuer_host}/local-issuer/{municipality.id}"
        return self._signer(issuer, f"issuer-{municipality.id}", LOCAL_TOKEN_SECONDS)

    @property
    def _services(self) -> TokenSigner:
        return self._signer(SERVICES_ISSUER, "services", SERVICE_TOKEN_SECONDS)

    def _signer(self, issuer: str, name: str, seconds: int) -> TokenSigner:
        if name not in self._signers:
            self._signers.setdefault(name, TokenSigner(issuer, kept_key(self.folder, name), seconds))
        return self._signers[name]
