# SPDX-License-Identifier: EUPL-1.2
"""The published interface holds: whatever is sent, no answer is a server error and none is undocumented."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import one_of
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from tests.end_to_end.conftest import ROOT, Site

EXAMPLES = int(os.environ.get("EXAMPLES", "6"))
PLACEMENTS = ROOT / "tests" / "data" / "placements" / "kommun_stor_monthly.csv"
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
    """A token for each service, in the role that may do most there. The municipality has series, so that listings of
    them have something to be judged by.
    """
    manager = site.sign_in("manager", "vestby")
    sent = manager.ask(
        "POST", "/forecasting/v1/placements", content=PLACEMENTS.read_bytes(), headers={"Content-Type": "text/csv"}
    )
    assert sent.status_code in (201, 409), sent.text
    return {name: site.sign_in(role, "vestby").token for name, role in {**ROLES, "audit": "auditor"}.items()}


def test_no_answer_is_a_server_error_or_undocumented(interface: Any, tokens: dict[str, str]) -> None:
    seen = Counter[int]()
    found = {each.ok().label: trouble_with(each.ok(), tokens, seen) for each in interface.get_all_operations()}

    assert {label: trouble for label, trouble in found.items() if trouble} == {}
    assert len(found) > 60
    assert {200, 404, 422} <= seen.keys(), "good requests and bad ones got through to the routes"


def trouble_with(operation: Any, tokens: dict[str, str], seen: Counter[int]) -> str:
    """What the first answer that breaks a promise says; empty when none does. Counts the answers by status."""
    service = operation.path.split("/")[1]
    headers = {"Authorization": f"Bearer {tokens[service]}"} if service in tokens else {}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)))
    def send(case: Any) -> None:
        seen[case.call_and_validate(headers=headers, checks=PROMISES, timeout=30).status_code] += 1

    try:
        send()
    except Exception as broken:  # noqa: BLE001 — every operation is tried before any is reported
        return str(broken)[:600]
    return ""
