# SPDX-License-Identifier: EUPL-1.2
"""Two municipalities with content of every kind, made over REST on the platform of this run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.conftest import Site
from tests.end_to_end.isolation.town import Town, settle
from tests.integration.isolation.attacks import Where
from tests.integration.isolation.conftest import tell


@pytest.fixture(scope="session")
def victim(site: Site) -> Town:
    return settle(site, "ekhamra", forecast=True)


@pytest.fixture(scope="session")
def stranger(site: Site, victim: Town) -> Town:
    """Has its own content, so that a foreign part can be tried below an own id. `victim` was there first."""
    return settle(site, "bergvik", forecast=False)


@pytest.fixture(scope="session", autouse=True)
def _told_at_the_end(request: pytest.FixtureRequest) -> Iterator[None]:
    """Print what was tried on the platform, and what became of it."""
    yield
    tell(request.config, Where.PLATFORM)
