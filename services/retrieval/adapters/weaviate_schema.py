# SPDX-License-Identifier: EUPL-1.2
"""How passages lie in Weaviate: one collection for each embedder, in it one tenant for each municipality.

Collections and tenants are made when they are first written to, by whoever comes first.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from weaviate import WeaviateClient
from weaviate.classes.config import (
    Configure,
    DataType,
    Property,
    StopwordsPreset,
    Tokenization,
    VectorDistances,
)
from weaviate.collections import Collection
from weaviate.exceptions import UnexpectedStatusCodeError

from kernel.identity import TenantId
from services.retrieval.domain import grams

# Goes up when the properties below change: a new collection is then filled by a reindex beside the old one.
SHAPE = 1
PREFIX = "Passages_"
# Up to this many passages in force, a search compares all of them, as pgvector does; beyond it walks a graph.
COMPARED_ONE_BY_ONE = 40_000
_IDS = UUID("6f1a8f0e-52c5-5e0b-9d3c-0d5d8a3f6c11")

Passages = Collection[dict[str, Any], None]


def collection_name(embedder: str) -> str:
    """Vectors of different embedders never meet in one collection."""
    return PREFIX + sha256(f"{SHAPE} {embedder}".encode()).hexdigest()[:16]


def object_id(tenant: TenantId, passage_id: str) -> UUID:
    """The same for the same passage, so that writing it again replaces it."""
    return uuid5(_IDS, f"{tenant}/{passage_id}")


def runs_in(text: str) -> str:
    """The text as its runs of four letters, for Weaviate to count as words: "_städ tädn ädni dnin ning ing_"."""
    return " ".join(written(run) for run, often in grams.grams_of(text).items() for _ in range(often))


def written(run: str) -> str:
    """A run holds a space only at a word's edge, and never an underscore."""
    return run.replace(" ", "_")


def of_tenant(client: WeaviateClient, embedder: str, tenant: TenantId) -> Passages:
    """Without asking whether it is there. Every request names the tenant; one that did not would fail."""
    return client.collections.use(collection_name(embedder)).with_tenant(tenant)


def known(client: WeaviateClient, embedder: str, tenant: TenantId) -> Passages | None:
    """The tenant's passages; None when nothing was ever written there."""
    name = collection_name(embedder)
    if not client.collections.exists(name):
        return None
    is_there = client.collections.use(name).tenants.exists(tenant)
    return of_tenant(client, embedder, tenant) if is_there else None


def made(client: WeaviateClient, embedder: str, tenant: TenantId) -> Passages:
    """The tenant's passages, made if need be. Two workers may do so at once."""
    name = collection_name(embedder)
    if not client.collections.exists(name):
        try:
            _create(client, name, embedder)
        except UnexpectedStatusCodeError:
            if not client.collections.exists(name):
                raise
    collection = client.collections.use(name)
    if not collection.tenants.exists(tenant):
        try:
            collection.tenants.create(tenant)
        except UnexpectedStatusCodeError:
            if not collection.tenants.exists(tenant):
                raise
    return collection.with_tenant(tenant)


def everywhere(client: WeaviateClient, tenant: TenantId) -> Iterator[tuple[str, Passages]]:
    """Every collection that holds something of the tenant, with the embedder its vectors are from."""
    for name, about in client.collections.list_all(simple=True).items():
        if name.startswith(PREFIX):
            collection = client.collections.use(name)
            if collection.tenants.exists(tenant):
                yield about.description or "", collection.with_tenant(tenant)


def _create(client: WeaviateClient, name: str, embedder: str) -> None:
    client.collections.create(
        name,
        description=embedder,
        multi_tenancy_config=Configure.multi_tenancy(enabled=True, auto_tenant_activation=True),
        properties=[
            Property(
                name="version_id",
                data_type=DataType.TEXT,
                tokenization=Tokenization.FIELD,
                index_filterable=True,
                index_searchable=False,
            ),
            _only_kept("passage_id"),
            _only_kept("text"),
            Property(
                name="runs",
                data_type=DataType.TEXT,
                tokenization=Tokenization.WHITESPACE,
                index_filterable=True,
                index_searchable=True,
            ),
        ],
        # The default leaves out English words, "i" among them.
        inverted_index_config=Configure.inverted_index(
            bm25_b=grams.B, bm25_k1=grams.K1, stopwords_preset=StopwordsPreset.NONE
        ),
        vector_config=Configure.Vectors.self_provided(
            vector_index_config=Configure.VectorIndex.hnsw(
                distance_metric=VectorDistances.COSINE,
                flat_search_cutoff=COMPARED_ONE_BY_ONE,
                # Weaviate would keep eight bits of each number.
                quantizer=Configure.VectorIndex.Quantizer.none(),
            )
        ),
    )


def _only_kept(name: str) -> Property:
    """Handed back, never searched by."""
    return Property(name=name, data_type=DataType.TEXT, index_filterable=False, index_searchable=False)
