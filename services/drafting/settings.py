# SPDX-License-Identifier: EUPL-1.2
"""Drafting's settings. `docs/settings.md` is made from the descriptions here."""

from pydantic import Field, HttpUrl, PositiveFloat, PositiveInt, SecretStr
from pydantic_settings import SettingsConfigDict

from kernel.settings import ServiceSettings


class DraftingSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="DRAFTING_", extra="ignore")

    llm_url: HttpUrl | None = Field(
        default=None,
        description="An OpenAI-compatible endpoint inside the municipality's network, such as `http://vllm:8000/v1`. "
        "Unset: sentences are taken from the sources by rules, and no model is asked.",
    )
    llm_model: str = Field(default="gemma-3-12b", description="The model's name, as the endpoint knows it.")
    llm_api_key: SecretStr = Field(default=SecretStr(""), description="Sent to the endpoint as a bearer token.")
    llm_timeout_seconds: PositiveInt = Field(default=60, description="Give up on an answer, and retry, after this.")
    mlflow_user: str = Field(default="", description="Who logs in to MLflow. Empty: nobody does.")
    mlflow_password: SecretStr = Field(
        default=SecretStr(""),
        description="The password of that user. Services that run in one process log in as the same user.",
    )
    guidelines_per_section: PositiveInt = Field(
        default=5, description="How many guideline passages a writer is given for one heading."
    )
    service_timeout_seconds: PositiveFloat = Field(
        default=10, description="Give up on another service's answer after this."
    )
