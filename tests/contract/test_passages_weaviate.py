# SPDX-License-Identifier: EUPL-1.2
"""What is particular to the index in Weaviate: it ranks as PostgreSQL's does, and an outage is told at once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from unicodedata import normalize

import pytest
from weaviate.exceptions import WeaviateBaseError

from deploy.servers.weaviate import Weaviate
from kernel.identity import TenantId
from kernel.store import Transactions
from services.retrieval.adapters import weaviate_schema as schema
from services.retrieval.adapters.pg_passages import PgPassages
from services.retrieval.adapters.weaviate_connection import WeaviateAway, WeaviateConnection, WeaviateRefused
from services.retrieval.adapters.weaviate_passages import BATCH, WeaviateIndex
from services.retrieval.ports import Entry
from tests.conftest import Database
from tests.integration.retrieval.weaviate_server import address_of, connected, weaviate_running
from tests.unit.retrieval.memory import letters

EKHAMRA, VESTBY = TenantId("ekhamra"), TenantId("vestby")
TIMEOUT_SECONDS = 2.0
# pgvector keeps sixteen bits of each number, Weaviate thirty-two.
TOLERANCE = 0.001


@pytest.fixture(scope="module")
def server() -> Iterator[Weaviate]:
    with weaviate_running() as server:
        yield server


@pytest.fixture
def connection(server: Weaviate) -> Iterator[WeaviateConnection]:
    with connected(server, TIMEOUT_SECONDS) as connection:
        connection.ask(lambda client: client.collections.delete_all())
        yield connection


@pytest.fixture
def index(connection: WeaviateConnection) -> WeaviateIndex:
    return WeaviateIndex(connection, "letters")


@pytest.fixture
def transactions(database: Callable[[str], Database]) -> Transactions:
    return database("retrieval").transactions


def entries(many: int, words: str = "städning tvätt inköp larm ledsagning måltid dusch promenad") -> list[Entry]:
    chance = random.Random(1)
    texts = [" ".join(chance.choices(words.split(), k=5)) + f" {number}" for number in range(many)]
    return [Entry(f"p{number:04}", text, letters(text)) for number, text in enumerate(texts)]


def test_both_indexes_give_the_same_scores_and_the_same_order(index: WeaviateIndex, transactions: Transactions) -> None:
    with transactions(EKHAMRA) as work:
        stores = PgPassages(work, "letters"), index(work)
        for store in stores:
            store.put("v1", entries(400))
            store.put("v2", [replace(each, passage_id=f"q{each.passage_id}") for each in entries(50)])
        for question in ("hjälp med städningen", "larm", "varm måltid efter promenaden", "ledsagning tvätt 17"):
            ours, theirs = (
                store.nearest(question, letters(question), among=["v1", "v2"], limit=20) for store in stores
            )

            assert [each.score for each in theirs] == pytest.approx([each.score for each in ours], abs=TOLERANCE)
            assert [each.closeness for each in theirs] == pytest.approx(
                [each.closeness for each in ours], abs=TOLERANCE
            )
            apart = [one.score - other.score > 2 * TOLERANCE for one, other in pairwise(ours)]
            same = [one.passage_id == other.passage_id for one, other in zip(ours, theirs, strict=True)]
            assert all(same[at] for at in range(1, 19) if apart[at - 1] and apart[at])


def test_letters_written_in_two_pieces_are_the_same_letters(index: WeaviateIndex, transactions: Transactions) -> None:
    with transactions(EKHAMRA) as work:
        index(work).put("v1", entries(20))
        composed, apart = (normalize(form, "städning och tvätt") for form in ("NFC", "NFD"))

        one, other = (index(work).nearest(text, letters(composed), among=["v1"], limit=5) for text in (composed, apart))

        assert one == other


def test_a_request_without_a_tenant_fails(index: WeaviateIndex, transactions: Transactions) -> None:
    with transactions(EKHAMRA) as work:
        index(work).put("v1", entries(3))
    name = schema.collection_name("letters")

    with pytest.raises(WeaviateRefused):
        index.connection.ask(lambda client: client.collections.use(name).query.fetch_objects())
    with pytest.raises(WeaviateRefused):
        index.connection.ask(lambda client: client.collections.use(name).query.bm25("_lar", query_properties=["runs"]))
    with pytest.raises(WeaviateRefused):
        index.connection.ask(
            lambda client: client.collections.use(name).with_tenant("nobody").query.near_vector(letters("larm"))
        )


def test_two_workers_may_make_the_same_collection_at_once(index: WeaviateIndex, transactions: Transactions) -> None:
    def put(tenant: TenantId) -> None:
        with transactions(tenant) as work:
            index(work).put("v1", entries(3))

    with ThreadPoolExecutor(6) as at_once:
        list(at_once.map(put, [EKHAMRA, VESTBY] * 3))

    for tenant in (EKHAMRA, VESTBY):
        with transactions(tenant) as work:
            assert len(index(work).held()) == 3


def test_a_put_cut_off_half_way_leaves_the_version_whole(index: WeaviateIndex, transactions: Transactions) -> None:
    whole = entries(BATCH + 50)
    with transactions(EKHAMRA) as work:
        index(work).put("v1", whole)
    # The second batch is refused; so much has been written when a process dies in between.
    broken = [*whole[:BATCH], *(replace(each, vector=[1.0]) for each in whole[BATCH:])]

    with pytest.raises(WeaviateRefused), transactions(EKHAMRA) as work:
        index(work).put("v1", broken)

    with transactions(EKHAMRA) as work:
        assert len(index(work).nearest("larm", letters("larm"), among=["v1"], limit=300)) == len(whole)
        index(work).put("v1", whole[:10])
        assert len(index(work).held()) == 10


def test_an_index_that_was_taken_away_is_empty_and_can_be_filled_again(
    index: WeaviateIndex, transactions: Transactions
) -> None:
    with transactions(EKHAMRA) as work:
        index(work).put("v1", entries(3))
        assert index(work).nearest("larm", letters("larm"), among=["v1"], limit=3)
        index.connection.ask(lambda client: client.collections.delete_all())

        assert index(work).nearest("larm", letters("larm"), among=["v1"], limit=3) == []

        index(work).put("v1", entries(3))
        assert len(index(work).nearest("larm", letters("larm"), among=["v1"], limit=3)) == 3


def test_a_wrong_key_is_refused_and_not_taken_for_an_outage(server: Weaviate, transactions: Transactions) -> None:
    stranger = WeaviateConnection(replace(address_of(server), key="wrong"))
    with pytest.raises(WeaviateRefused), transactions(EKHAMRA) as work:
        WeaviateIndex(stranger, "letters")(work).put("v1", entries(1))
    stranger.close()


def test_an_outage_is_told_at_once_and_ends_by_itself(
    index: WeaviateIndex, server: Weaviate, transactions: Transactions
) -> None:
    with transactions(EKHAMRA) as work:
        index(work).put("v1", entries(3))
        server.kill()
        try:
            first = seconds_until_refused(lambda: index(work).nearest("larm", letters("larm"), among=["v1"], limit=3))
            later = [seconds_until_refused(lambda: index(work).put("v1", entries(3))) for _ in range(20)]
        finally:
            server.start()
        assert first < 2 * TIMEOUT_SECONDS + 2
        assert max(later) < 2

        time.sleep(1.1)

        assert len(index(work).nearest("larm", letters("larm"), among=["v1"], limit=3)) == 3


def test_a_process_may_start_before_weaviate(server: Weaviate, transactions: Transactions) -> None:
    server.stop()
    early = WeaviateConnection(address_of(server, TIMEOUT_SECONDS))
    index = WeaviateIndex(early, "letters")
    with transactions(EKHAMRA) as work:
        assert not early.answers()
        assert seconds_until_refused(lambda: index(work).put("v1", entries(3))) < 2
        server.start()
        time.sleep(1.1)

        index(work).put("v1", entries(3))

        assert early.answers()
    early.close()


def test_an_error_of_the_client_is_never_shown_to_users(connection: WeaviateConnection) -> None:
    def secret(_client: object) -> None:
        raise WeaviateBaseError("the words that somebody asked")

    with pytest.raises(WeaviateRefused) as refused:
        connection.ask(secret)

    assert "somebody" not in refused.value.detail


def seconds_until_refused(attempt: Callable[[], object]) -> float:
    began = time.monotonic()
    with pytest.raises(WeaviateAway):
        attempt()
    return time.monotonic() - began
