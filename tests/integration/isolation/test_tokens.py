# SPDX-License-Identifier: EUPL-1.2
"""Tokens that somebody made up or bent, where a bearer becomes an actor. Keys are the platform's own kind."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwk
from joserfc.jws import JWSRegistry

from kernel.errors import Refusal, Unauthenticated
from kernel.identity import Identity, Role, TenantId
from kernel.keyring import SERVICES_ISSUER, Keyring
from kernel.municipalities import Municipalities
from tests.conftest import MUNICIPALITIES
from tests.integration.isolation.attacks import attack

CENTURY = 100 * 365 * 24 * 3600
DAY = 24 * 3600


def encoded(content: Any) -> str:
    written = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(written).rstrip(b"=").decode()


@dataclass(frozen=True)
class Forger:
    """Has the keys of a deployment, so that a token may be right in all but one thing."""

    keyring: Keyring

    @property
    def identity(self) -> Identity:
        return Identity(self.keyring)

    def key(self, tenant: str = "ekhamra") -> Any:
        return self.keyring.local_signer(self.keyring.municipalities.of(TenantId(tenant))).key

    def services_key(self) -> Any:
        return self.keyring._services.key

    def claims(self, of: str = "ekhamra", /, **changed: Any) -> dict[str, Any]:
        signer = self.keyring.local_signer(self.keyring.municipalities.of(TenantId(of)))
        now = int(time.time())
        whole = {"iss": signer.issuer, "aud": "underlag", "sub": "x", "tenant": of, "roles": ["caseworker"]}
        claims = {**whole, "name": "", "iat": now, "exp": now + 600, **changed}
        return {name: value for name, value in claims.items() if value is not ...}

    def signed(self, claims: Any, key: Any = None, **headers: Any) -> str:
        """A token with a true ES256 signature by the key, whatever its header and its claims say."""
        header = {"alg": "ES256", "kid": "issuer-ekhamra", **headers}
        header = {name: value for name, value in header.items() if value is not ...}
        start = f"{encoded(header)}.{encoded(claims)}"
        made = JWSRegistry.algorithms["ES256"].sign(start.encode(), key or self.key())
        return f"{start}.{encoded(made)}"


@pytest.fixture(scope="module")
def forger(tmp_path_factory: pytest.TempPathFactory) -> Forger:
    return Forger(Keyring(Municipalities.load(MUNICIPALITIES), tmp_path_factory.mktemp("keys")))


def refused(forger: Forger, token: str) -> None:
    with pytest.raises(Unauthenticated) as said:
        forger.identity.actor(token)
    assert token[-20:] not in said.value.detail


def may_nothing(forger: Forger, token: str) -> None:
    """Refused outright, or an actor without any role: 401 or 403 at every route."""
    try:
        actor = forger.identity.actor(token)
    except Refusal:
        return
    assert actor.roles == frozenset(), f"is {actor.role}"


def test_an_honest_token_is_taken(forger: Forger) -> None:
    """Otherwise every refusal below would prove nothing."""
    actor = forger.identity.actor(forger.signed(forger.claims()))

    assert actor.tenant_id == "ekhamra"
    assert actor.roles == {Role.CASEWORKER}


def test_a_forged_signature_or_algorithm_is_refused(forger: Forger) -> None:
    good = forger.signed(forger.claims())
    head, body, signature = good.split(".")
    strange = jwk.ECKey.generate_key("P-256")
    public = forger.key().as_pem(private=False)
    public_json = json.dumps(forger.key().as_dict(private=False), separators=(",", ":")).encode()
    forged = [
        forger.signed(forger.claims(), strange),
        forger.signed(forger.claims(), strange, kid=...),
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}.{body}.{encoded(bytes(64))}",
        f"{head}.{body}.{signature[:-8]}AAAAAAAA",
        f"{head}.{body}.{signature}.{signature}",
        f"{head}.{encoded(forger.claims(roles=['manager']))}.{signature}",
        f"{encoded({'alg': 'ES256'})}.{body}.{signature}",
    ]
    forged += [f"{encoded({'alg': each})}.{body}." for each in ("none", "None", "NONE", "nOnE", "", None, "null")]
    forged += [f"{encoded({'alg': each})}.{body}.{signature}" for each in ("none", "ES384", "ES512", "RS256", "PS256")]
    forged += [f"{encoded({'typ': 'JWT'})}.{body}.{signature}", f"{encoded({'alg': ['ES256']})}.{body}.{signature}"]
    for secret in (public, public.strip(), public_json, forger.key().as_dict(private=False)["x"].encode(), b""):
        for algorithm, digest in (("HS256", hashlib.sha256), ("HS512", hashlib.sha512)):
            start = f"{encoded({'alg': algorithm, 'kid': 'issuer-ekhamra'})}.{body}"
            forged.append(f"{start}.{encoded(hmac.new(secret, start.encode(), digest).digest())}")
    with attack("Forged signatures and algorithms") as tries:
        for each in forged:
            refused(forger, each)
            tries.tried()


def test_an_untimely_token_is_refused(forger: Forger) -> None:
    now = int(time.time())
    untimely: list[dict[str, Any]] = [
        {"exp": now - 60},
        {"exp": now - DAY},
        {"exp": 0},
        {"exp": -1},
        {"exp": ...},
        {"exp": None},
        {"exp": str(now + 600)},
        {"exp": "never"},
        {"exp": [now + 600]},
        {"exp": True},
        {"nbf": now + 600},
        {"nbf": now + DAY},
        {"nbf": "now"},
        {"iat": now + 120},
        {"iat": now + DAY},
        {"iat": "now"},
    ]
    with attack("Untimely tokens") as tries:
        for each in untimely:
            refused(forger, forger.signed(forger.claims(**each)))
            tries.tried()


@pytest.mark.parametrize("exp", [CENTURY, 1e15, float("inf"), float("nan")])
def test_a_token_for_ever_is_refused(forger: Forger, exp: float) -> None:
    """A token cannot be called back, so one that holds for a century is no session."""
    with attack("Untimely tokens") as tries:
        tries.tried()
        refused(forger, forger.signed(forger.claims(exp=time.time() + exp)))


def test_clocks_may_differ_by_the_leeway_and_no_more(forger: Forger) -> None:
    now = int(time.time())
    with attack("Untimely tokens") as tries:
        for near in ({"iat": now + 20}, {"nbf": now + 20}, {"exp": now - 20}):
            assert forger.identity.actor(forger.signed(forger.claims(**near))).roles == {Role.CASEWORKER}
        for far in ({"iat": now + 40}, {"nbf": now + 40}, {"exp": now - 40}):
            refused(forger, forger.signed(forger.claims(**far)))
            tries.tried(2)


def test_a_token_of_another_issuer_audience_or_municipality_is_refused(forger: Forger) -> None:
    other = forger.key("bergvik")
    theirs = forger.claims("bergvik")["iss"]
    bent: list[tuple[dict[str, Any], Any]] = [
        (forger.claims(), other),
        (forger.claims(tenant="bergvik"), None),
        (forger.claims(tenant="bergvik"), other),
        (forger.claims(iss=theirs), None),
        (forger.claims(iss=theirs), other),
        (forger.claims(iss=SERVICES_ISSUER), None),
        (forger.claims(), forger.services_key()),
        (forger.claims(iss="https://login.example.com"), None),
        (forger.claims(iss=forger.claims()["iss"] + "/"), None),
        (forger.claims(iss=forger.claims()["iss"].upper()), None),
        (forger.claims(iss=[forger.claims()["iss"], theirs]), None),
        (forger.claims(iss=...), None),
        (forger.claims(aud="another"), None),
        (forger.claims(aud="underlag "), None),
        (forger.claims(aud=["another"]), None),
        (forger.claims(aud=...), None),
        (forger.claims(aud={"underlag": 1}), None),
        (forger.claims(tenant=...), None),
        (forger.claims(tenant=""), None),
        (forger.claims(tenant="nowhere"), None),
        (forger.claims(tenant=["ekhamra", "bergvik"]), None),
        (forger.claims(tenant={"ekhamra": 1}), None),
        (forger.claims(tenant="../bergvik"), None),
        (forger.claims(tenant="ekhamra\x00bergvik"), None),
    ]
    with attack("Tokens of another issuer, audience or municipality") as tries:
        for claims, key in bent:
            refused(forger, forger.signed(claims, key))
            tries.tried()


def test_a_claim_given_twice_cannot_change_the_municipality(forger: Forger) -> None:
    """Whichever of the two is read, it is the same one for finding the key and for the actor."""
    whole = json.dumps(forger.claims())[:-1]
    doubled = [f'{whole}, "tenant": "bergvik"}}', f'{{"tenant": "bergvik", {whole[1:]}}}']
    with attack("Tokens of another issuer, audience or municipality") as tries:
        for each in doubled:
            with suppress(Unauthenticated):
                assert forger.identity.actor(forger.signed(each.encode())).tenant_id == "ekhamra"
            tries.tried()


def test_a_header_that_brings_its_own_key_is_not_heeded(forger: Forger, tmp_path: Path) -> None:
    strange = jwk.ECKey.generate_key("P-256", {"kid": "mine"})
    (tmp_path / "mine.json").write_text(json.dumps(strange.as_dict(private=False)), "utf-8")
    brought: list[dict[str, Any]] = [
        {"jwk": strange.as_dict(private=False)},
        {"jwk": strange.as_dict(private=False), "kid": "mine"},
        {"jku": "http://127.0.0.1:1/keys.json"},
        {"x5u": "http://127.0.0.1:1/chain.pem"},
        {"x5c": ["MIIB"]},
        {"kid": "mine"},
        {"kid": "issuer-bergvik"},
        {"kid": "services"},
        {"kid": ""},
        {"kid": f"../../..{tmp_path}/mine"},
        {"kid": "/dev/null"},
        {"kid": "issuer-ekhamra\x00"},
        {"kid": "' UNION SELECT 'mine"},
        {"kid": ["issuer-ekhamra"]},
        {"kid": {"$ne": ""}},
        {"crit": ["b64"], "b64": False},
        {"crit": ["mine"], "mine": 1},
        {"zip": "DEF"},
    ]
    with attack("Headers that bring their own key") as tries:
        for header in brought:
            refused(forger, forger.signed(forger.claims(), strange, **header))
            tries.tried()
        for kid in ("issuer-bergvik", "services", "mine", "../issuer-ekhamra"):
            refused(forger, forger.signed(forger.claims(), forger.key("bergvik"), kid=kid))
            tries.tried()


ROLES: list[Any] = [
    ["admin"],
    ["Caseworker"],
    ["CASEWORKER"],
    ["caseworker "],
    ["*"],
    [""],
    [],
    None,
    ...,
    "caseworker",
    "caseworker,manager",
    {"caseworker": True},
    [["caseworker"]],
    [None, 1, True],
    [{"name": "caseworker"}],
]


def test_a_role_that_there_is_not_gives_nothing(forger: Forger) -> None:
    with attack("Roles that nobody gave") as tries:
        for roles in ROLES:
            may_nothing(forger, forger.signed(forger.claims(roles=roles)))
            tries.tried()


def test_claims_beside_the_known_ones_give_nothing(forger: Forger) -> None:
    extra = {
        "role": "manager",
        "admin": True,
        "scope": "manager",
        "groups": ["manager"],
        "realm_access": {"roles": ["x"]},
    }
    with attack("Roles that nobody gave") as tries:
        actor = forger.identity.actor(forger.signed(forger.claims(**extra)))
        assert actor.roles == {Role.CASEWORKER}
        tries.tried(len(extra))


@pytest.mark.parametrize("roles", [["service"], ["service", "caseworker"]])
def test_a_municipalitys_issuer_makes_no_service(forger: Forger, roles: list[str]) -> None:
    """What services hand to each other is theirs alone; a municipality's own provider signs for people."""
    with attack("Roles that nobody gave") as tries:
        tries.tried()
        try:
            actor = forger.identity.actor(forger.signed(forger.claims(roles=roles, sub="service:drafting")))
        except Unauthenticated:
            return
        assert Role.SERVICE not in actor.roles


@pytest.mark.parametrize("role", [each.value for each in Role if each is not Role.SERVICE])
def test_the_services_issuer_makes_no_person(forger: Forger, role: str) -> None:
    with attack("Roles that nobody gave") as tries:
        tries.tried()
        claims = forger.claims(iss=SERVICES_ISSUER, roles=[role, "service"])
        try:
            actor = forger.identity.actor(forger.signed(claims, forger.services_key(), kid="services"))
        except Unauthenticated:
            return
        assert actor.roles <= {Role.SERVICE}


GARBAGE = (
    "",
    " ",
    ".",
    "..",
    "...",
    "a.b.c",
    "a" * 8193,
    "\x00",
    "å.ä.ö",
    f"{encoded({})}.{encoded([])}.a",
    f"{encoded({})}.{encoded('text')}.a",
    f"{encoded([])}.{encoded({})}.a",
    f"{encoded(b'[' * 5000)}.{encoded({})}.a",
    f"{encoded({'alg': 'ES256'})}.{encoded(b'[' * 2000)}.a",
    f"{encoded({'alg': 'ES256'})}.{encoded(b'{')}.a",
    f"{encoded({'alg': 'ES256'})}.{encoded(bytes([255, 254]))}.a",
    "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAA.AAAA.AAAA",
)


@pytest.mark.parametrize("token", GARBAGE, ids=lambda each: repr(each[:20]))
def test_garbage_is_refused_in_words(forger: Forger, token: str) -> None:
    with attack("Claims of the wrong shape") as tries:
        tries.tried()
        with pytest.raises(Unauthenticated):
            forger.identity.actor(token)


@pytest.mark.parametrize("sub", [..., "", None, 5, ["caseworker@bergvik"], {"a": 1}], ids=repr)
def test_a_subject_is_a_text_that_says_something(forger: Forger, sub: Any) -> None:
    """The subject is who answers for it in the audit log."""
    with attack("Claims of the wrong shape") as tries:
        tries.tried()
        refused(forger, forger.signed(forger.claims(sub=sub)))


def test_claims_that_are_no_object_are_refused(forger: Forger) -> None:
    with attack("Claims of the wrong shape") as tries:
        for claims in (b"", b"null", b"[]", b"5", b'"text"', b"{", b"\xff", b"{}", b'{"tenant": NaN}'):
            refused(forger, forger.signed(claims))
            tries.tried()
