# SPDX-License-Identifier: EUPL-1.2
"""Forecasting's settings. `docs/settings.md` is made from the descriptions here."""

from pydantic import Field, NonNegativeInt, PositiveFloat, SecretStr
from pydantic_settings import SettingsConfigDict

from kernel.settings import ServiceSettings


class ForecastingSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="FORECASTING_", extra="ignore")

    reporting_days: NonNegativeInt = Field(
        default=10,
        description="A month's counts are due so many days after its end. A forecast made from an earlier month uses "
        "only what had been reported by then.",
    )
    digest_key: SecretStr = Field(
        default=SecretStr(""),
        description="The secret that digests of uploads and data are keyed with, so that nobody finds counts by trying "
        "them. Empty: one is made and kept under the state folder. All processes of a deployment share it.",
    )
    mlflow_user: str = Field(default="", description="Who logs in to MLflow. Empty: nobody does.")
    mlflow_password: SecretStr = Field(
        default=SecretStr(""),
        description="The password of that user. Services that run in one process log in as the same user.",
    )
    mlflow_timeout_seconds: PositiveFloat = Field(
        default=15.0,
        description="A forecast is published without a new model version when MLflow takes longer than this.",
    )
