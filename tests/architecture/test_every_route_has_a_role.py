# SPDX-License-Identifier: EUPL-1.2
"""No route answers without asking who calls: each has a role in its signature, or stands here with a reason."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute, Mount

from embedded.web import combined_app
from kernel.identity import Actor, Role
from kernel.keyring import Keyring
from kernel.municipalities import Municipalities
from kernel.service import Service
from kernel.web import allow, current_actor

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, Service] = {
    path.parent.name: importlib.import_module(f"services.{path.parent.name}.service").SERVICE
    for path in sorted(ROOT.glob("services/*/service.py"))
}
# Of the platform in one process, beside the services' own. Nothing in their answers is about a person.
OPEN = {
    ("GET", "/healthz"): "asked by what restarts a dead process, which has no identity",
    ("GET", "/readyz"): "as /healthz; names services, no addresses",
    ("GET", "/metrics"): "scraped by Prometheus; numbers, by service, route and outcome",
    ("POST", "/local-issuer/token"): "where an identity comes from",
    ("GET", "/openapi.json"): "the interface is public",
}


def guards(dependant: Dependant) -> Iterator[allow]:
    """Every `allow` that a request passes before it comes to the route, at whatever depth."""
    for each in dependant.dependencies:
        if isinstance(each.call, allow):
            yield each.call
        yield from guards(each)


def unguarded(routes: list[BaseRoute]) -> list[str]:
    """Routes without a role, and whatever is no route of FastAPI's and so cannot be read."""
    return [
        f"{getattr(each, 'methods', '')} {getattr(each, 'path', each)}"
        for each in routes
        if not (isinstance(each, APIRoute) and any(guard.roles for guard in guards(each.dependant)))
    ]


def routes_of(service: Service) -> list[BaseRoute]:
    return [route for router in service.routes for route in router.routes]


@pytest.mark.parametrize("name", SERVICES)
def test_every_route_of_a_service_asks_for_a_role(name: str) -> None:
    routes = routes_of(SERVICES[name])

    assert len(routes) >= 5
    assert unguarded(routes) == []


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The application of the platform in one process, without the services that are mounted in it."""
    municipalities = Municipalities.load(ROOT / "embedded" / "municipalities")
    return combined_app([], Keyring(municipalities, tmp_path_factory.mktemp("keys")))


def test_the_open_routes_of_the_platform_are_those_named_here(composed: FastAPI) -> None:
    found = {(method, each.path) for each in iter_route_contexts(composed.routes) for method in each.methods or {""}}

    assert {(method, path) for method, path in found if method != "HEAD"} == OPEN.keys()
    assert [each for each in composed.routes if isinstance(each, Mount)] == [], "this cannot be read for roles"


planted = APIRouter()


@planted.get("/open")
def _open() -> str:
    return ""


@planted.get("/signed-in")
def _signed_in(actor: Annotated[Actor, Depends(current_actor)]) -> str:
    """Anybody with a token: that is no role."""
    return ""


@planted.get("/nobody")
def _nobody(actor: Annotated[Actor, Depends(allow())]) -> str:
    return ""


@planted.get("/fine")
def _fine(actor: Annotated[Actor, Depends(allow(Role.AUDITOR))]) -> str:
    return ""


def test_a_route_without_a_role_is_found() -> None:
    mounted = Mount("/elsewhere", routes=[])

    assert unguarded([*planted.routes, mounted]) == [
        "{'GET'} /open",
        "{'GET'} /signed-in",
        "{'GET'} /nobody",
        " /elsewhere",
    ]
