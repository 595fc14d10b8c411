# SPDX-License-Identifier: EUPL-1.2
"""The audit service, put together."""

from datetime import UTC, datetime
from pathlib import Path

from contracts.audit.v1 import AccessDenied, CaseContentRead
from kernel.municipalities import Municipalities
from kernel.service import AccessEvents, Service
from kernel.store import Transactions, engine_of
from kernel.texts import Texts
from services.audit.adapters.folder_signers import FolderSigners
from services.audit.api import routes
from services.audit.handlers import handlers
from services.audit.settings import AuditSettings
from services.audit.store import tables
from services.audit.tools import Tools


def build_tools(settings: AuditSettings) -> Tools:
    return Tools(
        transaction=Transactions(engine_of(settings.database_url.get_secret_value()), source="audit"),
        now=lambda: datetime.now(UTC),
        signers=FolderSigners(settings.keys_folder / "audit"),
        municipalities=Municipalities.load(settings.municipalities_folder),
        texts=Texts.load(Path(__file__).parent / "texts"),
    )


SERVICE = Service(
    name="audit",
    settings=AuditSettings,
    routes=routes,
    tables=tables,
    build_tools=build_tools,
    access_events=AccessEvents(content_read=CaseContentRead, denied=AccessDenied),
    handlers=handlers,
)
