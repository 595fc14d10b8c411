# SPDX-License-Identifier: EUPL-1.2
"""The drafting service, put together: approved transcripts in, case text with sources out, decided upon by a human."""

from datetime import UTC, datetime
from functools import partial

import httpx2

from contracts.audit.v1 import AccessDenied, CaseContentRead
from kernel.keyring import Keyring
from kernel.municipalities import Municipalities
from kernel.reach import somebody_listens
from kernel.service import AccessEvents, Service
from kernel.store import Transactions, engine_of
from kernel.texts import Texts
from services.drafting.adapters.documents import render
from services.drafting.adapters.extractive_writer import ExtractiveWriter
from services.drafting.adapters.law_files import LawFiles
from services.drafting.adapters.mlflow_prompts import MlflowPrompts
from services.drafting.adapters.model_writer import Endpoint, ModelWriter
from services.drafting.adapters.phrases import load_phrases
from services.drafting.adapters.rest import Rest
from services.drafting.adapters.rest_guidelines import RestGuidelines
from services.drafting.adapters.rest_transcripts import RestTranscripts
from services.drafting.adapters.templates import ShippedTemplates
from services.drafting.api import case_routes, closing_routes, section_routes, template_routes
from services.drafting.handlers import handlers
from services.drafting.ports import Writer
from services.drafting.settings import DraftingSettings
from services.drafting.store import tables
from services.drafting.tasks import tasks
from services.drafting.tools import Tools


def build_writer(settings: DraftingSettings, texts: Texts) -> Writer:
    """A model where there is one, else the writer that takes its sentences from the sources."""
    extractive = ExtractiveWriter(texts)
    if settings.llm_url is None:
        return extractive
    endpoint = Endpoint(
        str(settings.llm_url).rstrip("/"),
        settings.llm_model,
        settings.llm_api_key.get_secret_value(),
        settings.llm_timeout_seconds,
    )
    registry = settings.mlflow_url or f"sqlite:///{settings.state_folder.absolute() / 'mlflow.db'}"
    login = (settings.mlflow_user, settings.mlflow_password.get_secret_value())
    prompts = MlflowPrompts(registry, settings.state_folder / "prompts", login=login)
    return ModelWriter(endpoint, prompts, texts, extractive)


def build_tools(settings: DraftingSettings) -> Tools:
    municipalities = Municipalities.load(settings.municipalities_folder)
    token = Keyring(municipalities, settings.keys_folder).service_tokens("drafting")
    client = httpx2.Client(base_url=settings.services_url, timeout=settings.service_timeout_seconds)
    texts = load_phrases()
    return Tools(
        transaction=Transactions(engine_of(settings.database_url.get_secret_value()), source="drafting"),
        now=lambda: datetime.now(UTC),
        municipalities=municipalities,
        configuration=ShippedTemplates(municipalities),
        laws=LawFiles(municipalities),
        texts=texts,
        writer=build_writer(settings, texts),
        transcripts=RestTranscripts(Rest(client, token, "transcription")),
        guidelines=RestGuidelines(Rest(client, token, "retrieval")),
        render=render,
        guidelines_per_section=settings.guidelines_per_section,
        # Without a model no prompt is read.
        needs={"mlflow": partial(somebody_listens, settings.mlflow_url)} if settings.llm_url else {},
    )


def load_model_client(tools: Tools) -> None:
    """So that the first heading does not wait for a library to be read."""
    if isinstance(tools.writer, ModelWriter):
        tools.writer.prepare()


SERVICE = Service(
    name="drafting",
    settings=DraftingSettings,
    routes=(case_routes, section_routes, closing_routes, template_routes),
    handlers=handlers,
    tasks=tasks,
    tables=tables,
    build_tools=build_tools,
    access_events=AccessEvents(CaseContentRead, AccessDenied),
    warm_up=load_model_client,
)
