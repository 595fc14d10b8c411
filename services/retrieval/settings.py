# SPDX-License-Identifier: EUPL-1.2
"""Retrieval's settings. `docs/settings.md` is made from the descriptions here."""

from pydantic import Field, PositiveInt, SecretStr
from pydantic_settings import SettingsConfigDict

from kernel.settings import ServiceSettings


class RetrievalSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="RETRIEVAL_", extra="ignore")

    max_upload_bytes: PositiveInt = Field(
        default=26_000_000, description="The largest request body, in bytes, of a route that takes a file."
    )
    embedding_url: str = Field(
        default="",
        description="An OpenAI-compatible endpoint that serves multilingual-e5-small in the municipality's network, "
        "up to and without `/embeddings`. Empty: the model that comes with the package, in this process.",
    )
    embedding_model: str = Field(
        default="intfloat/multilingual-e5-small", description="The model's name, as the endpoint knows it."
    )
    embedding_key: SecretStr = Field(default=SecretStr(""), description="Sent to the endpoint as a bearer token.")
    embedding_timeout_seconds: PositiveInt = Field(default=20, description="Give up, and retry later, after this.")
    weaviate_url: str = Field(
        default="",
        description="Where Weaviate answers over HTTP, `http://host:port`. Empty: the index lies in the service's own "
        "database (pgvector). After a change run `python -m services.retrieval.reindex`.",
    )
    weaviate_grpc: str = Field(
        default="",
        description="Where the same Weaviate answers over gRPC, `host:port`. Encrypted when the URL is https.",
    )
    weaviate_key: SecretStr = Field(default=SecretStr(""), description="Sent to Weaviate as a bearer token.")
    weaviate_timeout_seconds: PositiveInt = Field(
        default=3,
        description="How long a search waits for Weaviate before it answers 503; an insertion four times that.",
    )
    largest_document_bytes: PositiveInt = Field(
        default=25_000_000, description="The largest guideline file, in bytes. A larger one is refused with 413."
    )
