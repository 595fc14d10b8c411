# SPDX-License-Identifier: EUPL-1.2
"""The published interface holds: whatever is sent, no answer is a server error and none is undocumented."""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS, load_all_checks

from tests.end_to_end.conftest import Site

EXAMPLES = int(os.environ.get("EXAMPLES", "4"))
ROLES = {"transcription": "caseworker", "retrieval": "manager", "drafting": "caseworker", "forecasting": "manager"}
load_all_checks()
PROMISES = CHECKS.get_by_names(
    ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"]
)


@pytest.fixture(scope="module")
def interface(site: Site) -> Any:
    """The combined OpenAPI document of the running platform."""
    return schemathesis.openapi.from_url(f"{site.base}/openapi.json")


@pytest.fixture(scope="module")
def tokens(site: Site) -> dict[str, str]:
    """A token for each service, in the role that may do most there. A municipality that no other story counts in."""
    return {name: site.sign_in(role, "vestby").token for name, role in {**ROLES, "audit": "auditor"}.items()}


schema = schemathesis.pytest.from_fixture("interface")


@schema.parametrize()  # type: ignore[untyped-decorator] # schemathesis has no types here
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
def test_no_answer_is_a_server_error_or_undocumented(case: Any, tokens: dict[str, str]) -> None:
    service = case.path.split("/")[1]
    headers = {"Authorization": f"Bearer {tokens[service]}"} if service in tokens else {}
    case.call_and_validate(headers=headers, checks=PROMISES, timeout=30)
