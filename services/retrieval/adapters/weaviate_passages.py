# SPDX-License-Identifier: EUPL-1.2
"""The index in Weaviate, which ranks as the one in PostgreSQL does: Weaviate proposes, the shared formula decides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from weaviate import WeaviateClient
from weaviate.classes.data import DataObject
from weaviate.classes.query import Filter
from weaviate.exceptions import WeaviateBaseError

from kernel.store import Work
from services.retrieval.adapters import weaviate_schema as schema
from services.retrieval.adapters.run_counts import RunCounts
from services.retrieval.adapters.weaviate_connection import WeaviateConnection, WeaviateRefused
from services.retrieval.adapters.weaviate_proposals import Proposals
from services.retrieval.domain import grams
from services.retrieval.domain.drift import Held, digest_of_text
from services.retrieval.ports import Entry, Hit, Vector

# Half a megabyte: written well within the time-out, also on a busy disk.
BATCH = 200


@dataclass(frozen=True)
class WeaviateIndex:
    """Shared by a process; called with a transaction, it gives the index of that transaction's tenant.

    `seen` are the tenants known to be there, so that a search need not ask first.
    """

    connection: WeaviateConnection
    embedder: str
    seen: set[str] = field(default_factory=set)

    def __call__(self, work: Work) -> WeaviatePassages:
        return WeaviatePassages(self, work)


@dataclass(frozen=True)
class WeaviatePassages:
    index: WeaviateIndex
    work: Work

    def put(self, version_id: str, entries: Sequence[Entry]) -> None:
        """New entries first, each in place of its older self, then away with the rest.

        So a version that is searched meanwhile is never less than whole, wherever this is cut off.
        """
        RunCounts(self.work).put(version_id, [each.text for each in entries])
        self.index.connection.ask(lambda client: self._put(client, version_id, entries))

    def _put(self, client: WeaviateClient, version_id: str, entries: Sequence[Entry]) -> None:
        own = schema.made(client, self.index.embedder, self.work.tenant_id)
        objects = [self._object(version_id, each) for each in entries]
        for begin in range(0, len(objects), BATCH):
            written = own.data.insert_many(objects[begin : begin + BATCH])
            if written.has_errors:
                raise WeaviateRefused(f"the index refused {len(written.errors)} of {len(objects)} passages")
        of_version = Filter.by_property("version_id").equal(version_id)
        kept = [schema.object_id(self.work.tenant_id, each.passage_id) for each in entries]
        for embedder, collection in schema.everywhere(client, self.work.tenant_id):
            is_own = embedder == self.index.embedder and kept
            collection.data.delete_many(of_version & Filter.by_id().contains_none(kept) if is_own else of_version)

    def _object(self, version_id: str, entry: Entry) -> DataObject[dict[str, Any], None]:
        return DataObject(
            uuid=schema.object_id(self.work.tenant_id, entry.passage_id),
            vector=list(entry.vector),
            properties={
                "version_id": version_id,
                "passage_id": entry.passage_id,
                "text": entry.text,
                "runs": schema.runs_in(entry.text),
            },
        )

    def nearest(self, text: str, vector: Vector, *, among: Collection[str], limit: int) -> list[Hit]:
        if not among:
            return []
        weights = RunCounts(self.work).weights(grams.grams_of(text))

        def best(client: WeaviateClient) -> list[Hit]:
            own = self._own(client)
            return [] if own is None else Proposals(own, sorted(among), vector, weights).best(limit)

        return self.index.connection.ask(lambda client: self._twice(best, client))

    def _twice(self, search: Callable[[WeaviateClient], list[Hit]], client: WeaviateClient) -> list[Hit]:
        """A search in a tenant that was there and is gone fails; looked for anew, it is merely empty."""
        try:
            return search(client)
        except WeaviateBaseError:
            if self.work.tenant_id not in self.index.seen:
                raise
            self.index.seen.discard(self.work.tenant_id)
            if schema.known(client, self.index.embedder, self.work.tenant_id) is None:
                return []
            raise

    def _own(self, client: WeaviateClient) -> schema.Passages | None:
        tenant = self.work.tenant_id
        if tenant in self.index.seen:
            return schema.of_tenant(client, self.index.embedder, tenant)
        own = schema.known(client, self.index.embedder, tenant)
        if own is not None:
            self.index.seen.add(tenant)
        return own

    def held(self) -> list[Held]:
        return self.index.connection.ask(lambda client: list(self._held(client)))

    def _held(self, client: WeaviateClient) -> Iterator[Held]:
        """The digest is taken of the text that is there; an entry without a vector is never found, so it counts as
        another's.
        """
        for embedder, collection in schema.everywhere(client, self.work.tenant_id):
            for each in collection.iterator(
                include_vector=True, return_properties=["version_id", "passage_id", "text"]
            ):
                kept = each.properties
                yield Held(
                    str(kept["version_id"]),
                    str(kept["passage_id"]),
                    embedder if each.vector.get("default") else "",
                    digest_of_text(str(kept["text"])),
                )
