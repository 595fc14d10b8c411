# SPDX-License-Identifier: EUPL-1.2
"""Every index of passages behaves the same: the one in PostgreSQL, the one in Weaviate, the one in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import pytest

from kernel.identity import TenantId
from kernel.store import Transactions, Work
from services.retrieval.adapters.pg_passages import PgPassages
from services.retrieval.adapters.weaviate_connection import WeaviateConnection
from services.retrieval.adapters.weaviate_passages import WeaviateIndex
from services.retrieval.domain.drift import Held, digest_of_text
from services.retrieval.ports import Entry, Passages
from tests.conftest import Database
from tests.integration.retrieval.weaviate_server import connected, weaviate_running
from tests.unit.retrieval.memory import MemoryPassages, letters

LETTERS = "letters"


class Index(Protocol):
    """The index of a tenant, by its name, and of an embedder; in one transaction where there are any."""

    def __call__(self, tenant: str, embedder: str = LETTERS) -> AbstractContextManager[Passages]: ...


CLEANING = "Städning. Hjälp med städning beviljas var tredje vecka."
LAUNDRY = "Tvätt. Tvätt av kläder utförs varannan vecka."
ALARM = "Trygghetslarm. Larmet kopplas till en bemannad central."


@pytest.fixture(scope="session")
def weaviate() -> Iterator[WeaviateConnection]:
    with weaviate_running() as server, connected(server) as connection:
        yield connection


@pytest.fixture
def emptied(weaviate: WeaviateConnection) -> WeaviateConnection:
    weaviate.ask(lambda client: client.collections.delete_all())
    return weaviate


@pytest.fixture(params=["memory", "postgres", "weaviate"])
def index(request: pytest.FixtureRequest) -> Index:
    if request.param == "memory":
        return in_memory()
    database: Callable[[str], Database] = request.getfixturevalue("database")
    transactions = database("retrieval").transactions
    if request.param == "postgres":
        return in_transactions(transactions, PgPassages)
    connection: WeaviateConnection = request.getfixturevalue("emptied")
    return in_transactions(transactions, lambda work, embedder: WeaviateIndex(connection, embedder)(work))


def in_transactions(transactions: Transactions, passages: Callable[[Work, str], Passages]) -> Index:
    @contextmanager
    def opened(tenant: str, embedder: str = LETTERS) -> Iterator[Passages]:
        with transactions(TenantId(tenant)) as work:
            yield passages(work, embedder)

    return opened


def in_memory() -> Index:
    kept: dict[str, dict[tuple[str, str], list[Entry]]] = defaultdict(dict)

    @contextmanager
    def opened(tenant: str, embedder: str = LETTERS) -> Iterator[Passages]:
        yield MemoryPassages(embedder, kept[tenant])

    return opened


def an_entry(passage_id: str, text: str) -> Entry:
    return Entry(passage_id, text, letters(text))


def found(passages: Passages, text: str, *among: str, limit: int = 10) -> list[str]:
    return [each.passage_id for each in passages.nearest(text, letters(text), among=among, limit=limit)]


def test_the_nearest_comes_first(index: Index) -> None:
    with index("ekhamra") as passages:
        passages.put("v1", [an_entry("cleaning", CLEANING), an_entry("laundry", LAUNDRY), an_entry("alarm", ALARM)])

        assert found(passages, "tvätt av kläder", "v1")[0] == "laundry"
        assert found(passages, "bemannad central", "v1", limit=1) == ["alarm"]


def test_only_the_versions_asked_for_are_searched(index: Index) -> None:
    with index("ekhamra") as passages:
        passages.put("v1", [an_entry("old", CLEANING)])
        passages.put("v2", [an_entry("new", CLEANING)])

        assert found(passages, "städning", "v2") == ["new"]
        assert found(passages, "städning") == []
        assert found(passages, "städning", "unknown") == []


def test_putting_a_version_again_replaces_it_and_changes_nothing_else(index: Index) -> None:
    with index("ekhamra") as passages:
        passages.put("v1", [an_entry("cleaning", CLEANING), an_entry("gone", LAUNDRY)])
        passages.put("v2", [an_entry("alarm", ALARM)])
        passages.put("v1", [an_entry("cleaning", CLEANING)])
        first = passages.nearest("städning", letters("städning"), among=["v1", "v2"], limit=9)
        for _ in range(3):
            passages.put("v1", [an_entry("cleaning", CLEANING)])

        again = passages.nearest("städning", letters("städning"), among=["v1", "v2"], limit=9)

        assert {each.passage_id for each in first} == {"cleaning", "alarm"}
        assert [each.passage_id for each in again] == [each.passage_id for each in first]
        assert [each.score for each in again] == pytest.approx([each.score for each in first])


def test_a_version_without_entries_is_a_version_without_hits(index: Index) -> None:
    with index("ekhamra") as passages:
        passages.put("v1", [an_entry("cleaning", CLEANING)])
        passages.put("v1", [])

        assert found(passages, "städning", "v1") == []


def test_words_decide_between_texts_of_the_same_meaning(index: Index) -> None:
    same = letters("samma")
    with index("ekhamra") as passages:
        passages.put("v1", [Entry("a", ALARM, same), Entry("b", LAUNDRY, same), Entry("c", CLEANING, same)])

        hits = passages.nearest("städning", same, among=["v1"], limit=3)

        assert hits[0].passage_id == "c"
        assert all(each.closeness == pytest.approx(1.0, abs=0.001) for each in hits)


def test_hits_with_the_same_score_come_in_the_order_of_their_ids(index: Index) -> None:
    with index("ekhamra") as passages:
        passages.put("v1", [an_entry(each, CLEANING) for each in ("c", "a", "b")])

        assert found(passages, "städning", "v1") == ["a", "b", "c"]


@pytest.mark.parametrize("query", ["?", "§", "a", "   ", "' OR 1=1 --", "%_\\", "漢字", "🙂", "å" * 2000])
def test_any_text_can_be_searched_for(index: Index, query: str) -> None:
    with index("ekhamra") as passages:
        passages.put("v1", [an_entry("cleaning", CLEANING)])

        assert found(passages, query, "v1") == ["cleaning"]


def test_a_tenant_finds_only_its_own(index: Index) -> None:
    with index("ekhamra") as passages:
        passages.put("v1", [an_entry("ours", CLEANING)])

    with index("vestby") as passages:
        assert found(passages, "städning", "v1") == []
        passages.put("v1", [])

    with index("ekhamra") as passages:
        assert found(passages, "städning", "v1") == ["ours"]


def test_the_same_passage_id_in_two_tenants_is_two_passages(index: Index) -> None:
    for tenant, text in (("ekhamra", CLEANING), ("vestby", ALARM)):
        with index(tenant) as passages:
            passages.put("v1", [an_entry("same", text)])

    for tenant, text in (("ekhamra", CLEANING), ("vestby", ALARM)):
        with index(tenant) as passages:
            assert list(passages.held()) == [Held("v1", "same", LETTERS, digest_of_text(text))]
            assert passages.nearest(text, letters(text), among=["v1"], limit=9)[0].closeness == pytest.approx(
                1, abs=1e-3
            )


def test_three_hundred_entries_of_two_tenants_stay_apart(index: Index) -> None:
    texts = [f"{CLEANING} Nummer {number}." for number in range(300)]
    for tenant in ("ekhamra", "vestby"):
        with index(tenant) as passages:
            passages.put("v1", [an_entry(f"{tenant}-{number}", text) for number, text in enumerate(texts)])

    for tenant in ("ekhamra", "vestby"):
        with index(tenant) as passages:
            hits = found(passages, "städning nummer 17", "v1", limit=300)

        assert len(hits) == len(set(hits)) == 300
        assert all(each.startswith(tenant) for each in hits)
        assert hits[0] == f"{tenant}-17"


def test_what_is_held_can_be_told(index: Index) -> None:
    with index("ekhamra") as passages:
        assert list(passages.held()) == []
        passages.put("v1", [an_entry("cleaning", CLEANING), an_entry("alarm", ALARM)])
        passages.put("v2", [an_entry("laundry", LAUNDRY)])

        assert set(passages.held()) == {
            Held("v1", "cleaning", LETTERS, digest_of_text(CLEANING)),
            Held("v1", "alarm", LETTERS, digest_of_text(ALARM)),
            Held("v2", "laundry", LETTERS, digest_of_text(LAUNDRY)),
        }


def test_vectors_of_another_embedder_are_told_but_never_found(index: Index) -> None:
    with index("ekhamra", "earlier") as passages:
        passages.put("v1", [an_entry("old", CLEANING)])

    with index("ekhamra") as passages:
        assert found(passages, "städning", "v1") == []
        assert list(passages.held()) == [Held("v1", "old", "earlier", digest_of_text(CLEANING))]


def test_putting_a_version_replaces_what_another_embedder_made_of_it(index: Index) -> None:
    with index("ekhamra", "earlier") as passages:
        passages.put("v1", [an_entry("cleaning", CLEANING)])

    with index("ekhamra") as passages:
        passages.put("v1", [an_entry("cleaning", CLEANING)])

        assert found(passages, "städning", "v1") == ["cleaning"]
        assert list(passages.held()) == [Held("v1", "cleaning", LETTERS, digest_of_text(CLEANING))]
