# SPDX-License-Identifier: EUPL-1.2
"""Passages of one municipality in Weaviate, asked for as another one that knows every id."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from deploy.servers.weaviate import Weaviate
from kernel.identity import TenantId
from services.retrieval.adapters.weaviate_passages import WeaviateIndex
from services.retrieval.ports import Entry
from tests.conftest import Database
from tests.integration.isolation.attacks import attack
from tests.integration.isolation.conftest import BERGVIK, EKHAMRA
from tests.integration.retrieval.weaviate_server import connected, weaviate_running
from tests.unit.retrieval.memory import letters

TEXT = "Hjälp med dusch ges en gång i veckan."


@pytest.fixture(scope="module")
def server() -> Iterator[Weaviate]:
    with weaviate_running() as found:
        yield found


def entry(passage: str) -> Entry:
    return Entry(passage, TEXT, letters(TEXT))


@pytest.mark.parametrize("stranger", [BERGVIK, TenantId("vestby"), TenantId("EKHAMRA"), TenantId("ekhamra_")])
def test_no_passage_of_another_tenant_is_found_held_or_removed(
    server: Weaviate, database: Callable[[str], Database], stranger: TenantId
) -> None:
    """Versions and passages have the same ids in both, so that only the tenant tells them apart."""
    transactions = database("retrieval").transactions
    with attack("Passages of another tenant in Weaviate") as tries, connected(server) as connection:
        index = WeaviateIndex(connection, "letters")
        with transactions(EKHAMRA) as work:
            index(work).put("v1", [entry("p1"), entry("p2")])
        for begun in (False, True):
            with transactions(stranger) as work:
                if begun:
                    index(work).put("v2", [entry("mine")])
                assert index(work).nearest(TEXT, letters(TEXT), among=["v1"], limit=10) == []
                assert {each.passage_id for each in index(work).held()} <= {"mine"}
                index(work).put("v1", [])
                tries.tried(3)
        with transactions(stranger) as work:
            index(work).put("v1", [entry("p1")])
            assert {each.passage_id for each in index(work).held()} == {"mine", "p1"}
        with transactions(EKHAMRA) as work:
            found = index(work).nearest(TEXT, letters(TEXT), among=["v1", "v2"], limit=10)
            assert {each.passage_id for each in found} == {"p1", "p2"}
            assert {each.passage_id for each in index(work).held()} == {"p1", "p2"}
        tries.tried()
