# SPDX-License-Identifier: EUPL-1.2
"""Who gets in: only a token signed by an issuer of its own tenant, for us, and valid now."""

import base64
import hmac
import json
import time
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from kernel.errors import Unauthenticated
from kernel.identity import ALGORITHM, Actor, Identity, Role, TenantId
from kernel.keyring import SERVICES_ISSUER, Keyring
from kernel.local_issuer import InvalidGrant, LocalIssuer
from kernel.municipalities import Municipalities

TENANTS = ("nordby", "soderby")


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    folder = tmp_path_factory.mktemp("municipalities")
    for name in TENANTS:
        own = folder / name
        own.mkdir()
        place = "language: sv, country: SE, time_zone: Europe/Stockholm"
        profile = f"{{id: {name}, name: N, {place}, issuer_host: {name}.example}}"
        (own / "municipality.yaml").write_text(profile, "utf-8")
        users = "{caseworker: {name: Anna Ask, roles: [caseworker]}}"
        (own / "identity.yaml").write_text(
            f"{{issuer: local, audience: underlag, demo_password: demo, users: {users}}}", "utf-8"
        )
    return Keyring(Municipalities.load(folder), tmp_path_factory.mktemp("keys"))


def claims_of(keyring: Keyring, **changed: Any) -> dict[str, Any]:
    token = LocalIssuer(keyring).token_for("caseworker@nordby", "demo").access_token
    payload = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return {**found, **changed}


def signed(keyring: Keyring, claims: dict[str, Any], tenant: str = "nordby") -> str:
    key = keyring.local_signer(keyring.municipalities.of(TenantId(tenant))).key
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid or ""}, claims, key)


def test_a_demo_user_is_known_with_tenant_and_roles(keyring: Keyring) -> None:
    token = LocalIssuer(keyring).token_for("caseworker@nordby", "demo").access_token

    actor = Identity(keyring).actor(token)

    assert actor == Actor("caseworker@nordby", TenantId("nordby"), frozenset({Role.CASEWORKER}), "Anna Ask")


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("caseworker@nordby", "wrong"),
        ("nobody@nordby", "demo"),
        ("caseworker@elsewhere", "demo"),
        ("", ""),
        ("a@b@c", "å"),
    ],
)
def test_nobody_else_gets_a_token(keyring: Keyring, username: str, password: str) -> None:
    with pytest.raises(InvalidGrant):
        LocalIssuer(keyring).token_for(username, password)


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"aud": "another-platform"},
        {"iss": "https://elsewhere.example"},
        {"tenant": "soderby"},
        {"tenant": "unknown"},
        {"sub": None},
    ],
    # Not by their values: the time would be another in each process of a run in parallel.
    ids=["past", "endless", "audience", "issuer", "tenant", "unknown-tenant", "nobody"],
)
def test_a_token_with_a_wrong_claim_is_refused(keyring: Keyring, changed: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        Identity(keyring).actor(signed(keyring, claims_of(keyring, **changed)))


def test_another_municipalitys_key_signs_nothing_here(keyring: Keyring) -> None:
    with pytest.raises(Unauthenticated):
        Identity(keyring).actor(signed(keyring, claims_of(keyring), tenant="soderby"))


def test_a_token_without_a_signature_is_refused(keyring: Keyring) -> None:
    parts = [{"alg": "none"}, claims_of(keyring)]
    encoded = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in parts]

    with pytest.raises(Unauthenticated):
        Identity(keyring).actor(".".join([*encoded, ""]))


def test_a_public_key_used_as_a_secret_is_refused(keyring: Keyring) -> None:
    """The algorithm is ours to choose, not the token's (RFC 8725, 2.1)."""
    own = keyring.local_signer(keyring.municipalities.of(TenantId("nordby"))).key
    parts = [{"alg": "HS256", "kid": own.kid}, claims_of(keyring)]
    signed_part = b".".join(base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in parts)
    tag = hmac.digest(own.as_pem(private=False), signed_part, "sha256")
    token = b".".join([signed_part, base64.urlsafe_b64encode(tag).rstrip(b"=")]).decode()

    with pytest.raises(Unauthenticated):
        Identity(keyring).actor(token)


def test_a_strangers_key_with_our_key_id_is_refused(keyring: Keyring) -> None:
    own = keyring.local_signer(keyring.municipalities.of(TenantId("nordby"))).key
    strange = ECKey.generate_key("P-256")

    with pytest.raises(Unauthenticated):
        Identity(keyring).actor(jwt.encode({"alg": ALGORITHM, "kid": own.kid or ""}, claims_of(keyring), strange))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "." * 3, "e30.e30.e30", "å.ä.ö", "x" * 100_000])
def test_what_is_no_token_is_refused(keyring: Keyring, token: str) -> None:
    with pytest.raises(Unauthenticated):
        Identity(keyring).actor(token)


def test_an_unknown_role_gives_no_rights(keyring: Keyring) -> None:
    actor = Identity(keyring).actor(signed(keyring, claims_of(keyring, roles=["mayor", "auditor"])))

    assert actor.roles == {Role.AUDITOR}


def test_a_service_acts_for_one_tenant_in_the_role_of_a_service(keyring: Keyring) -> None:
    token = keyring.service_tokens("drafting")(TenantId("soderby"))

    actor = Identity(keyring).actor(token)

    assert actor == Actor("service:drafting", TenantId("soderby"), frozenset({Role.SERVICE}))
    assert keyring.of(TenantId("soderby"), SERVICES_ISSUER) is not None


def test_a_key_is_kept_for_its_owner_only(keyring: Keyring) -> None:
    kept = [path for path in Path(keyring.folder).iterdir() if path.suffix == ".json"]

    assert kept
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept)
