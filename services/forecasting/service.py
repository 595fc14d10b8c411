# SPDX-License-Identifier: EUPL-1.2
"""The forecasting service, put together."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from contracts.audit.v1 import AccessDenied, CaseContentRead
from kernel.municipalities import Municipalities
from kernel.reach import somebody_listens
from kernel.service import AccessEvents, Service
from kernel.store import Transactions, engine_of
from kernel.texts import Texts
from services.forecasting.adapters.keyed_digests import KeyedDigests
from services.forecasting.adapters.mlflow_versions import MlflowVersions
from services.forecasting.api import routes
from services.forecasting.settings import ForecastingSettings
from services.forecasting.store import tables
from services.forecasting.tasks import tasks
from services.forecasting.tools import Tools


def build_tools(settings: ForecastingSettings) -> Tools:
    return Tools(
        transaction=Transactions(engine_of(settings.database_url.get_secret_value()), source="forecasting"),
        now=lambda: datetime.now(UTC),
        digests=KeyedDigests.from_settings(settings.digest_key.get_secret_value(), settings.state_folder),
        versions=MlflowVersions(
            settings.mlflow_url,
            settings.state_folder / "forecasting-models",
            settings.mlflow_timeout_seconds,
            (settings.mlflow_user, settings.mlflow_password.get_secret_value()),
        ),
        municipalities=Municipalities.load(settings.municipalities_folder),
        texts=Texts.load(Path(__file__).parent / "texts"),
        reporting_days=settings.reporting_days,
        needs={"mlflow": partial(somebody_listens, settings.mlflow_url)},
    )


SERVICE = Service(
    name="forecasting",
    settings=ForecastingSettings,
    routes=(routes,),
    tables=tables,
    build_tools=build_tools,
    access_events=AccessEvents(content_read=CaseContentRead, denied=AccessDenied),
    tasks=tasks,
)
