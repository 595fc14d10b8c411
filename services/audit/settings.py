# SPDX-License-Identifier: EUPL-1.2
"""Audit's settings. `docs/settings.md` is made from the descriptions here."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from kernel.settings import ServiceSettings


class AuditSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="AUDIT_", extra="ignore")

    keys_folder: Path = Field(
        default=Path("state/keys"),
        description="Where each log's signing key and last signature are kept. All api processes share it, nobody else "
        "reads it, and it is backed up apart from the database.",
    )
