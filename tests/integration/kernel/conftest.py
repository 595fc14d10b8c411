# SPDX-License-Identifier: EUPL-1.2
"""The kernel's tables as any service has them; the audit log's database stands for all."""

from collections.abc import Callable

import pytest

from tests.conftest import Database


@pytest.fixture
def own(database: Callable[[str], Database]) -> Database:
    return database("audit")
