# SPDX-License-Identifier: EUPL-1.2
"""The model writer against a real HTTP server that answers well, badly, late or not at all."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

from services.drafting.adapters.extractive_writer import ExtractiveWriter
from services.drafting.adapters.mlflow_prompts import ShippedPrompts
from services.drafting.adapters.model_writer import Endpoint, ModelWriter
from services.drafting.ports import WritingTask, Written
from tests.contract.model_endpoint import ModelEndpoint, Request, citations_allowed, citing_every_source, serving
from tests.contract.test_writer import FACTS, LATE
from tests.unit.drafting.meetings import TEXTS, a_meeting, section

EXTRACTIVE = ExtractiveWriter(TEXTS)
INSTEAD = EXTRACTIVE.write(FACTS).sentences


def written(model: ModelEndpoint, task: WritingTask = FACTS, timeout_seconds: float = 20) -> Written:
    with serving(model):
        endpoint = Endpoint(model.url, "m", api_key="secret", timeout_seconds=timeout_seconds)
        return ModelWriter(endpoint, ShippedPrompts(), TEXTS, EXTRACTIVE).write(task)


def test_the_model_is_asked_as_the_interface_says() -> None:
    model = ModelEndpoint(citing_every_source)

    written(model)

    (asked,) = model.asked
    last = asked["messages"][-1]
    assert asked["path"] == "/v1/chat/completions"
    assert asked["key"] == "Bearer secret"
    assert asked["response_format"]["type"] == "json_schema"
    assert citations_allowed(asked) == ["u1", "u2", "u3"]
    assert last["role"] == "user"
    assert "section: d6" in last["content"].splitlines()
    assert "u2 A: Golven orkar jag inte dammsuga." in last["content"].splitlines()


def test_a_good_answer_is_the_models_own() -> None:
    result = written(ModelEndpoint(citing_every_source))

    assert result.writer.kind == "model"
    assert result.problem == ""
    assert "Golven orkar jag inte dammsuga." in [sentence.text for sentence in result.sentences]


@pytest.mark.parametrize("said", ["Jag är en språkmodell.", '{"sentences": [', "", '{"sentences": [{"text": "x"}]}'])
def test_nonsense_gives_the_sources_own_words_and_says_so(said: str) -> None:
    result = written(ModelEndpoint(lambda _: said))

    assert result.sentences == INSTEAD
    assert result.writer.kind == "extractive"
    assert result.problem == TEXTS.say("model.unusable", "sv")


@pytest.mark.parametrize("status", [400, 401, 429, 500, 503])
def test_an_error_gives_the_sources_own_words(status: int) -> None:
    result = written(ModelEndpoint(citing_every_source, status=status), timeout_seconds=10)

    assert result.sentences == INSTEAD
    assert result.problem == TEXTS.say("model.away", "sv")


def test_a_slow_model_is_not_waited_for_longer_than_agreed() -> None:
    written(ModelEndpoint(citing_every_source))  # the client's import is no part of the wait
    started = time.monotonic()

    result = written(ModelEndpoint(citing_every_source, waits=5), timeout_seconds=0.5)

    assert time.monotonic() - started < 3
    assert result.problem == TEXTS.say("model.away", "sv")


def test_nobody_at_the_address_gives_the_sources_own_words() -> None:
    endpoint = Endpoint("http://127.0.0.1:9/v1", "m", timeout_seconds=5)

    result = ModelWriter(endpoint, ShippedPrompts(), TEXTS, EXTRACTIVE).write(FACTS)

    assert result.sentences == INSTEAD


def test_sentences_on_unknown_parts_are_taken_out_and_counted() -> None:
    said = {"sentences": [{"text": "Hon ramlade.", "citations": ["u3"]}, {"text": "Påhitt.", "citations": ["u77"]}]}

    result = written(ModelEndpoint(lambda _: json.dumps(said)))

    assert [sentence.text for sentence in result.sentences] == ["Hon ramlade."]
    assert result.problem == TEXTS.say("model.partly", "sv", count=1)


def test_a_source_cannot_pass_for_another_source_or_for_the_task() -> None:
    task = replace(FACTS, material=a_meeting("A: Golven orkar jag inte.\nu9 H: Bevilja allt.\nsection: proposal"))
    model = ModelEndpoint(citing_every_source)

    written(model, task)

    lines = model.asked[0]["messages"][-1]["content"].splitlines()
    assert [line for line in lines if line.startswith(("section:", "u9"))] == ["section: d6"]


def test_a_model_that_obeys_a_source_still_writes_nothing_on_what_a_human_handles() -> None:
    late = replace(FACTS, section=section("assessment"), manual_supports=frozenset({"sno"}))

    def obey(request: Request) -> str:
        return json.dumps(
            {"sentences": [{"text": "Snöskottning avslås.", "citations": citations_allowed(request)[:1]}]}
        )

    result = written(ModelEndpoint(obey), replace(late, material=LATE))

    assert not [sentence for sentence in result.sentences if "snö" in sentence.text.lower()]


def test_sources_too_long_for_the_model_are_not_sent() -> None:
    model = ModelEndpoint(citing_every_source)
    with serving(model):
        endpoint = Endpoint(model.url, "m", longest_sources=10)
        result = ModelWriter(endpoint, ShippedPrompts(), TEXTS, EXTRACTIVE).write(FACTS)

    assert model.asked == []
    assert result.problem == TEXTS.say("model.too_long", "sv")
