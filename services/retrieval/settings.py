# SPDX-License-Identifier: EUPL-1.2
"""Retrieval's settings. `docs/settings.md` is made from the descriptions here."""

from pydantic import Field, PositiveInt
from pydantic_settings import SettingsConfigDict

from kernel.settings import ServiceSettings


class RetrievalSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="RETRIEVAL_", extra="ignore")

    max_upload_bytes: PositiveInt = Field(
        default=26_000_000, description="The largest request body, in bytes, of a route that takes a file."
    )
    largest_document_bytes: PositiveInt = Field(
        default=25_000_000, description="The largest guideline file, in bytes. A larger one is refused with 413."
    )
