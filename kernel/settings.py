# SPDX-License-Identifier: EUPL-1.2
"""Settings that every service has. `docs/settings.md` is made from the descriptions here."""

from pathlib import Path

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore")

    database_url: SecretStr = Field(
        description="The service's own database, as the service's role, which owns nothing: "
        "`postgresql+psycopg://role:password@host/name`."
    )
    relay_database_url: SecretStr = Field(
        default=SecretStr(""),
        description="The same database as the relay's role, which may read every tenant's outbox and nothing else.",
    )
    dispatch_database_url: SecretStr = Field(
        default=SecretStr(""),
        description="The same database as the dispatcher's role, which may claim every tenant's jobs and nothing else.",
    )
    owner_database_url: SecretStr = Field(
        default=SecretStr(""),
        description="The same database as the role that owns the tables. Only migrations use it.",
    )
    state_folder: Path = Field(
        default=Path("state"),
        description="Where files are kept that are not in the database (recordings, keys, models).",
    )
    keys_folder: Path = Field(
        default=Path("state/keys"), description="Where signing keys are kept, readable by the service's user only."
    )
    municipalities_folder: Path = Field(
        default=Path("embedded/municipalities"), description="One directory of YAML for each municipality served."
    )
    services_url: str = Field(
        default="http://127.0.0.1:8080", description="Where the services reach each other over REST."
    )
    mlflow_url: str = Field(
        default="", description="MLflow's tracking address. Empty: an embedded store under the state folder."
    )
    otlp_url: str = Field(default="", description="Where traces are sent (OTLP over HTTP). Empty: nowhere.")
    lease_seconds: PositiveFloat = Field(
        default=30,
        description="How long a worker that has gone silent keeps its job; then another worker takes it. "
        "A living worker renews its lease three times in that time.",
    )
    grace_seconds: NonNegativeFloat = Field(
        default=60, description="How long a worker that is told to stop may go on with the jobs in hand."
    )
    request_threads: PositiveInt = Field(
        default=6,
        description="How many requests one API process works on at once; further ones wait their turn. Where requests "
        "wait for other services more than they compute, more help; otherwise more make every request slower. All "
        "services in one process, which ask each other, have 40 together.",
    )
    max_body_bytes: PositiveInt = Field(
        default=4_000_000, description="The largest request body, in bytes, of a route that takes no file."
    )
    max_upload_bytes: PositiveInt = Field(
        default=1_500_000_000, description="The largest request body, in bytes, of a route that takes a file."
    )
