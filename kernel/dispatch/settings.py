# SPDX-License-Identifier: EUPL-1.2
"""Where Redis is and how it lets us in."""

from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field, PositiveInt, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class RedisSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="REDIS_", extra="ignore")

    url: str = Field(
        default="",
        description="Where tickets wait: `redis://host:port/0`, or `rediss://…` for TLS. Without password. "
        "Empty: workers look at the job table themselves, once a second.",
    )
    username: str = Field(default="", description="The user, where Redis has users.")
    password: SecretStr = Field(default=SecretStr(""), description="Its password, or that of Redis itself.")
    ca_file: Path | None = Field(default=None, description="Certificates to trust, PEM. Unset: those of the system.")
    key_prefix: str = Field(
        default="underlag:", description="Stands before every key, so that a Redis can be shared with others."
    )
    tickets: PositiveInt = Field(
        default=32, description="How many tickets of one queue may wait at once. More than one worker has slots."
    )

    @field_validator("url")
    @classmethod
    def _names_no_password(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in {"redis", "rediss"} or not parts.hostname):
            raise ValueError("redis://host:port/0 or rediss://host:port/0")
        if parts.password or parts.username:
            raise ValueError("set the user and the password in REDIS_USERNAME and REDIS_PASSWORD")
        return url

    def address(self) -> str:
        """With user and password: a secret, never to be logged."""
        parts, password = urlsplit(self.url), self.password.get_secret_value()
        who = f"{quote(self.username, safe='')}:{quote(password, safe='')}@" if password or self.username else ""
        return urlunsplit(parts._replace(netloc=f"{who}{parts.netloc}"))
