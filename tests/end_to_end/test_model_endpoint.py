# SPDX-License-Identifier: EUPL-1.2
"""A municipality with a model of its own: what it writes is cited, checked and untrusted, and it may be away."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from embedded.process import PlatformProcess
from embedded.rest import Person
from tests.contract.model_endpoint import ModelEndpoint, citations_allowed, citing_every_source, serving
from tests.end_to_end.conftest import Site
from tests.end_to_end.home_visit import open_case, propose


@pytest.fixture(scope="module")
def endpoint() -> Iterator[ModelEndpoint]:
    with serving(ModelEndpoint(citing_every_source)) as model:
        yield model


@pytest.fixture(scope="module")
def caseworker(endpoint: ModelEndpoint, new_state: Callable[[], Path]) -> Iterator[Person]:
    settings = {"DRAFTING_LLM_URL": endpoint.url, "DRAFTING_LLM_MODEL": "m", "DRAFTING_LLM_TIMEOUT_SECONDS": "30"}
    platform = PlatformProcess(new_state(), environment=settings)
    platform.start()
    try:
        yield Site(platform.base).sign_in("caseworker")
    finally:
        platform.stop()


def test_a_models_sentences_are_cited_checked_and_named_with_their_prompt(
    endpoint: ModelEndpoint, caseworker: Person
) -> None:
    endpoint.says, endpoint.status = citing_every_source, 200

    proposed = propose(caseworker, open_case(caseworker), "d5")

    assert proposed["writer"]["kind"] == "model"
    assert proposed["writer"]["prompt_version"]
    assert proposed["sentences"]
    assert all(each["citations"] and each["checks"] for each in proposed["sentences"])


def test_a_word_that_a_model_exchanges_is_named(endpoint: ModelEndpoint, caseworker: Person) -> None:
    endpoint.says = lambda request: citing_every_source(request).replace("duschar", "röker")

    proposed = propose(caseworker, open_case(caseworker), "d5")

    invented = [each for each in proposed["sentences"] if "röker" in each["text"]]
    assert invented
    for each in invented:
        assert any(check["verdict"] != "ok" and "röker" in check["detail"] for check in each["checks"])


def test_what_a_model_invents_is_shown_as_unsupported(endpoint: ModelEndpoint, caseworker: Person) -> None:
    invention = "Berit Ahlgren planerar en lång resa till Grekland."
    endpoint.says = lambda request: json.dumps(
        {"sentences": [{"text": invention, "citations": citations_allowed(request)[:1]}]}
    )

    (told,) = propose(caseworker, open_case(caseworker), "d5")["sentences"]

    assert told["text"] == invention
    assert not told["supported"]


@pytest.mark.parametrize("said", ["Jag är en språkmodell.", '{"sentences": [', "null", "\x00"])
def test_an_endpoint_that_answers_nonsense_leaves_the_sources_own_words(
    endpoint: ModelEndpoint, caseworker: Person, said: str
) -> None:
    endpoint.says, endpoint.status = lambda _request: said, 200

    proposed = propose(caseworker, open_case(caseworker), "d5")

    assert proposed["state"] == "proposed"
    assert proposed["writer"]["kind"] == "extractive"
    assert proposed["problem"]
    assert proposed["sentences"]


def test_an_endpoint_that_fails_leaves_the_sources_own_words(endpoint: ModelEndpoint, caseworker: Person) -> None:
    endpoint.status = 500

    proposed = propose(caseworker, open_case(caseworker), "d5")

    assert (proposed["state"], proposed["writer"]["kind"]) == ("proposed", "extractive")
    assert proposed["problem"]


def test_no_identity_number_is_sent_to_a_model(endpoint: ModelEndpoint, caseworker: Person) -> None:
    endpoint.says, endpoint.status = citing_every_source, 200
    endpoint.asked.clear()
    case = open_case(caseworker)
    note = {
        "text": "Hon duschar sällan. Personnumret är 420317-0008.",
        "author": "Lena",
        "noted_at": "2026-10-14T09:00:00Z",
    }
    caseworker.post(f"/drafting/v1/cases/{case}/sources", {"note": note})

    propose(caseworker, case, "d5")

    assert "duschar sällan" in str(endpoint.asked)
    assert "0008" not in str(endpoint.asked)
