# SPDX-License-Identifier: EUPL-1.2
"""Every index of passages behaves the same: the one in PostgreSQL, the one in memory, and any to come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from kernel.identity import TenantId
from services.retrieval.adapters.pg_passages import PgPassages
from services.retrieval.ports import Entry, Passages
from tests.conftest import Database
from tests.unit.retrieval.memory import MemoryPassages, letters

Index = Callable[[str], AbstractContextManager[Passages]]
CLEANING = "Städning. Hjälp med städning beviljas var tredje vecka."
LAUNDRY = "Tvätt. Tvätt av kläder utförs varannan vecka."
ALARM = "Trygghetslarm. Larmet kopplas till en bemannad central."


@pytest.fixture(params=["memory", "postgres"])
def index(request: pytest.FixtureRequest) -> Index:
    """The index of a tenant, by its name; in one transaction where there are any."""
    if request.param == "postgres":
        database: Callable[[str], Database] = request.getfixturevalue("database")
        transactions = database("retrieval").transactions

        @contextmanager
        def in_postgres(tenant: str) -> Iterator[Passages]:
            with transactions(TenantId(tenant)) as work:
                yield PgPassages(work)

        return in_postgres
    kept: dict[str, MemoryPassages] = {}

    @contextmanager
    def in_memory(tenant: str) -> Iterator[Passages]:
        yield kept.setdefault(tenant, MemoryPassages())

    return in_memory


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
