# SPDX-License-Identifier: EUPL-1.2
"""What is said about jobs in settings and in a municipality's directory, and what is refused there."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from kernel.dispatch.settings import RedisSettings
from kernel.identity import TenantId
from kernel.municipalities import Municipalities, MunicipalityMisconfigured

PROFILE = """\
id: sjolunda
name: Sjölunda kommun
language: sv
country: SE
time_zone: Europe/Stockholm
issuer_host: sjolunda.example
"""


def loaded(folder: Path, more: str) -> Municipalities:
    (folder / "sjolunda").mkdir()
    (folder / "sjolunda" / "municipality.yaml").write_text(PROFILE + more, "utf-8")
    return Municipalities.load(folder)


def test_a_municipality_has_the_shares_that_its_directory_says_and_one_of_every_other_queue(tmp_path: Path) -> None:
    found = loaded(tmp_path, "shares: {recognition: 2, writing: 0.5}\n")

    sjolunda = TenantId("sjolunda")
    assert [found.weight(sjolunda, each) for each in ("recognition", "writing", "indexing")] == [2.0, 0.5, 1.0]
    assert found.weight(TenantId("no-longer-served"), "recognition") == 1.0


@pytest.mark.parametrize("share", ["0", "-1", "1000", "much", ".nan"])
def test_a_share_that_would_starve_somebody_is_refused(tmp_path: Path, share: str) -> None:
    with pytest.raises(MunicipalityMisconfigured, match=r"shares\.recognition"):
        loaded(tmp_path, f"shares: {{recognition: {share}}}\n")


def test_user_and_password_reach_redis_whatever_signs_they_hold() -> None:
    settings = RedisSettings(url="redis://redis:6379/0", username="under lag", password=SecretStr("a/b@c%:d"))

    assert settings.address() == "redis://under%20lag:a%2Fb%40c%25%3Ad@redis:6379/0"
    assert "a/b" not in repr(settings)


def test_without_password_the_address_is_as_given() -> None:
    assert RedisSettings(url="rediss://redis:6379/1").address() == "rediss://redis:6379/1"


@pytest.mark.parametrize("url", ["redis:6379", "http://redis", "redis://:secret@redis:6379/0", "redis:///0"])
def test_an_address_that_is_none_or_holds_a_password_is_refused(url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        RedisSettings(url=url)

    # What `python -m kernel.run` tells of it: the name of the setting and the reason, not the value.
    assert "secret" not in refused.value.errors()[0]["msg"]
