# SPDX-License-Identifier: EUPL-1.2
"""The retrieval service, put together: guidelines in, passages and the guidelines' own words out."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from contracts.audit.v1 import AccessDenied, CaseContentRead
from kernel.municipalities import Municipalities
from kernel.service import AccessEvents, Service
from kernel.store import Transactions, engine_of
from kernel.texts import Texts
from services.retrieval.adapters.e5_embedder import E5Embedder
from services.retrieval.adapters.endpoint_embedder import EndpointEmbedder
from services.retrieval.adapters.file_reader import FileReader
from services.retrieval.adapters.pg_passages import PgPassages
from services.retrieval.adapters.yaml_languages import YamlLanguages
from services.retrieval.api import ROUTES
from services.retrieval.ports import Embedder
from services.retrieval.settings import RetrievalSettings
from services.retrieval.store import tables
from services.retrieval.tasks import tasks
from services.retrieval.tools import Tools


def build_tools(settings: RetrievalSettings) -> Tools:
    engine = engine_of(settings.database_url.get_secret_value())
    embedder = _embedder(settings)
    tools = Tools(
        transaction=Transactions(engine, source="retrieval"),
        now=lambda: datetime.now(UTC),
        passages=partial(PgPassages, embedder=embedder.name),
        embedder=embedder,
        reader=FileReader(settings.largest_document_bytes),
        languages=YamlLanguages.load(),
        texts=Texts.load(Path(__file__).parent / "texts"),
        municipalities=Municipalities.load(settings.municipalities_folder),
    )
    return _with_weaviate(tools, settings) if settings.weaviate_url else tools


def _embedder(settings: RetrievalSettings) -> Embedder:
    if not settings.embedding_url:
        return E5Embedder()
    return EndpointEmbedder(
        settings.embedding_url,
        settings.embedding_model,
        settings.embedding_key.get_secret_value(),
        settings.embedding_timeout_seconds,
    )


def _with_weaviate(tools: Tools, settings: RetrievalSettings) -> Tools:
    """The client takes a second to import, which a process without Weaviate does not pay."""
    from services.retrieval.adapters.weaviate_connection import Address, WeaviateConnection  # noqa: PLC0415
    from services.retrieval.adapters.weaviate_passages import WeaviateIndex  # noqa: PLC0415

    key, seconds = settings.weaviate_key.get_secret_value(), settings.weaviate_timeout_seconds
    connection = WeaviateConnection(Address(settings.weaviate_url, settings.weaviate_grpc, key, seconds))
    return replace(
        tools,
        passages=WeaviateIndex(connection, tools.embedder.name),
        needs={"weaviate": connection.answers},
        close_index=connection.close,
    )


def load_model(tools: Tools) -> None:
    """So that the first question does not wait for 70 MB to be read."""
    tools.embedder.question("redo")


SERVICE = Service(
    name="retrieval",
    settings=RetrievalSettings,
    routes=ROUTES,
    tasks=tasks,
    tables=tables,
    build_tools=build_tools,
    access_events=AccessEvents(CaseContentRead, AccessDenied),
    warm_up=load_model,
)
