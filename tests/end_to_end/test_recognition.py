# SPDX-License-Identifier: EUPL-1.2
"""A real recording is heard well enough, by whatever weights the municipality points at."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from embedded.process import PlatformProcess
from embedded.rest import Person, wait_for
from evaluation.transcription.measures import Turn, right_turns, word_error_rate, words
from kernel.files import cache_folder
from tests.end_to_end.conftest import Site
from tests.end_to_end.home_visit import TRANSCRIPTION
from tests.sound import RECORDING


@pytest.fixture(scope="module")
def caseworker(new_state: Callable[[], Path]) -> Iterator[Person]:
    """A platform whose recogniser reads another folder of weights, given by one setting (and called by its name)."""
    state = new_state()
    other = state.parent / "other-weights"
    shutil.copytree(cache_folder() / "whisper-base", other)
    settings = {"TRANSCRIPTION_WEIGHTS_FOLDER": str(other), "TRANSCRIPTION_WEIGHTS_NAME": "other-weights"}
    platform = PlatformProcess(state, environment=settings)
    platform.start()
    try:
        yield Site(platform.base).sign_in("caseworker")
    finally:
        platform.stop()


@pytest.fixture(scope="module")
def transcript(caseworker: Person) -> Any:
    path = f"{TRANSCRIPTION}/recordings"
    sent = caseworker.upload(path, {"language": "sv", "speakers": "2"}, RECORDING)
    shares = list[float]()

    def look() -> Any:
        seen = caseworker.get(f"{path}/{sent['id']}")
        shares.append(seen["progress"])
        return seen

    done = wait_for(look, lambda seen: seen["state"] in ("done", "failed"), 300)
    assert done["state"] == "done", done
    assert any(0 < share < 1 for share in shares), "progress can be seen while it runs"
    return caseworker.get(f"{TRANSCRIPTION}/transcripts/{done['transcript_id']}")


def test_the_words_and_the_speakers_are_right_enough(transcript: Any) -> None:
    said, heard = json.loads(RECORDING.with_suffix(".json").read_text("utf-8")), transcript["utterances"]
    texts = [words(" ".join(each["text"] for each in turns)) for turns in (said, heard)]
    turns = [[Turn(each["speaker"], each["start"], each["end"]) for each in turns] for turns in (said, heard)]

    assert word_error_rate(*texts) <= 0.32
    assert right_turns(*turns) >= 17


def test_the_transcript_names_the_weights_that_the_setting_points_at(transcript: Any) -> None:
    used = transcript["recogniser"]

    assert used["name"] == "other-weights"
    assert len(used["digest"].removeprefix("sha256:")) == 64
    assert used["fit_for_use"] is False, "nobody has said that they are good enough"
    assert any(each["doubtful"] for each in transcript["utterances"])
