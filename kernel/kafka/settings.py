# SPDX-License-Identifier: EUPL-1.2
"""Where Kafka is and how it lets us in; how topics are laid out; when a consumer stops itself."""

from pathlib import Path

from pydantic import Field, PositiveInt, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class KafkaSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="KAFKA_", extra="ignore")

    servers: str = Field(
        default="127.0.0.1:9092", description="Some of the brokers, as `host:port`, with commas between."
    )
    protocol: str = Field(
        default="PLAINTEXT",
        pattern="^(PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL)$",
        description="How to speak to the brokers. Outside one machine: SASL_SSL, or SSL with a client's certificate.",
    )
    sasl_mechanism: str = Field(
        default="SCRAM-SHA-512", pattern="^SCRAM-SHA-(256|512)$", description="How the password is proven."
    )
    username: str = Field(default="", description="The service's own user. Its rights end at its own topics.")
    password: SecretStr = Field(default=SecretStr(""), description="That user's password.")
    ca_file: Path | None = Field(default=None, description="Certificates to trust, PEM. Unset: those of the system.")
    certificate_file: Path | None = Field(default=None, description="The client's own certificate, PEM (mTLS).")
    key_file: Path | None = Field(default=None, description="The key to that certificate, PEM.")
    partitions: PositiveInt = Field(
        default=12,
        description="Partitions of a new topic: so many consumers of one service can share the work. "
        "Cannot be changed later without losing the order of events.",
    )
    replication: PositiveInt = Field(default=1, description="Copies of each partition. In a cluster of brokers: 3.")
    retention_days: PositiveInt = Field(default=14, description="How long events can be replayed from Kafka.")
    dead_letter_days: PositiveInt = Field(
        default=90, description="How long an event that could not be handled waits to be looked at."
    )
    dead_letter_limit: PositiveInt = Field(
        default=50,
        description="A consumer that finds more dead letters than this within `dead_letter_seconds` stops: "
        "something is wrong with all events, not with one.",
    )
    dead_letter_seconds: PositiveInt = Field(default=600, description="The time that `dead_letter_limit` counts over.")
    session_seconds: PositiveInt = Field(
        default=6, description="A consumer not heard of for so long is taken for dead; others get its partitions."
    )
    acknowledged_seconds: PositiveInt = Field(
        default=10, description="The brokers must acknowledge a batch within this, or it is sent again."
    )
