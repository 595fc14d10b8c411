# SPDX-License-Identifier: EUPL-1.2
"""Every recogniser keeps the same promises, so a test may use the quick one. What it hears is for `evaluation/`."""

import io
import os
import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from kernel.errors import Unavailable
from kernel.files import cache_folder
from services.transcription.adapters.sound_files import PyAvSounds
from services.transcription.adapters.speakers import SpeakerFinder
from services.transcription.adapters.whisper import Hearing, Weights, WhisperRecogniser, weights_digest
from services.transcription.domain import NotSound, RecordingDamaged, RecordingTooLong, RecordingWithoutSpeech, Wish
from services.transcription.ports import Recogniser
from tests.unit.transcription.memory import ScriptedRecogniser
from tests.unit.transcription.sounds import RATE, silence, sound_file, zip_file

RECORDING = Path(__file__).parents[1] / "data" / "home_visit_sv.wav"
LONGEST_SECONDS = 60.0
TWO_VOICES = Wish("sv", speakers=2, hotwords=("Gunnar",))


def whisper(cache: Path) -> WhisperRecogniser:
    """The recogniser with the packaged weights; where they are away, skipped on a desk and an error in CI."""
    if not ((cache / "whisper-base" / "model.bin").is_file() and (cache / "voices.npz").is_file()):
        missing = "speech weights are missing: run python -m deploy.servers.weights"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return WhisperRecogniser(
        Weights(cache / "whisper-base", "whisper-base", fit_for_use=True),
        Hearing(),
        PyAvSounds(LONGEST_SECONDS),
        SpeakerFinder(cache / "voices.npz"),
    )


@pytest.fixture(scope="module", params=["scripted", "whisper"])
def recogniser(request: pytest.FixtureRequest) -> Recogniser:
    if request.param == "scripted":
        return ScriptedRecogniser(PyAvSounds(LONGEST_SECONDS))
    return whisper(cache_folder())


@pytest.fixture(scope="module")
def speech() -> bytes:
    """The first twelve seconds of the recording: one question, one answer, one question."""
    with wave.open(str(RECORDING)) as file:
        samples = np.frombuffer(file.readframes(12 * file.getframerate()), np.int16)
        assert file.getframerate() == RATE
    return sound_file(samples.copy())


def ignore(_share: float) -> None:
    """Progress that nobody asked about."""


def test_words_and_voices_come_in_the_order_of_time_and_within_the_sound(recogniser: Recogniser, speech: bytes) -> None:
    heard = recogniser.recognise(io.BytesIO(speech), TWO_VOICES, ignore)

    assert heard.seconds == pytest.approx(12.0, abs=0.1)
    assert len(heard.words) > 10
    assert all(word.text == word.text.strip() != "" for word in heard.words)
    assert all(0 <= word.start <= word.end <= heard.seconds + 0.1 for word in heard.words)
    assert all(first.start <= second.start for first, second in pairwise(heard.words))
    assert all(first.end <= second.start + 0.001 for first, second in pairwise(heard.turns))
    assert all(0 <= word.probability <= 1 for word in heard.words)


def test_as_many_voices_are_told_apart_as_were_asked_for(recogniser: Recogniser, speech: bytes) -> None:
    two = recogniser.recognise(io.BytesIO(speech), TWO_VOICES, ignore)
    one = recogniser.recognise(io.BytesIO(speech), Wish("sv"), ignore)

    assert list(dict.fromkeys(turn.speaker for turn in two.turns)) == ["S1", "S2"]
    assert {turn.speaker for turn in one.turns} == {"S1"}


def test_progress_rises_to_the_end(recogniser: Recogniser, speech: bytes) -> None:
    told: list[float] = []

    recogniser.recognise(io.BytesIO(speech), TWO_VOICES, told.append)

    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 1


def test_what_progress_raises_ends_the_work(recogniser: Recogniser, speech: bytes) -> None:
    class Enough(Exception):
        pass

    def stop(_share: float) -> None:
        raise Enough

    with pytest.raises(Enough):
        recogniser.recognise(io.BytesIO(speech), TWO_VOICES, stop)

    assert recogniser.recognise(io.BytesIO(speech), TWO_VOICES, ignore).words


@pytest.mark.parametrize("seconds", [0.01, 1.0, 30.0])
def test_silence_has_no_words(recogniser: Recogniser, seconds: float) -> None:
    with pytest.raises(RecordingWithoutSpeech):
        recogniser.recognise(io.BytesIO(sound_file(silence(seconds))), Wish("sv"), ignore)


def test_what_cannot_be_read_is_refused_and_never_guessed(recogniser: Recogniser, speech: bytes) -> None:
    with pytest.raises(NotSound):
        recogniser.recognise(io.BytesIO(zip_file()), Wish("sv"), ignore)
    with pytest.raises(RecordingDamaged):
        recogniser.recognise(io.BytesIO(speech[: len(speech) // 2]), Wish("sv"), ignore)


def test_sound_that_goes_on_too_long_is_given_up(recogniser: Recogniser) -> None:
    endless = sound_file(silence(LONGEST_SECONDS + 1), "ogg")

    with pytest.raises(RecordingTooLong):
        recogniser.recognise(io.BytesIO(endless), Wish("sv"), ignore)


def test_it_says_the_same_about_itself_each_time(recogniser: Recogniser) -> None:
    used = recogniser.used()

    assert used == recogniser.used()
    assert len(used.digest) == 64
    assert used.fit_for_use is False


def test_noise_without_a_voice_has_no_words() -> None:
    """Whisper writes sentences into noise when it is let near; the detector keeps it away."""
    noise = np.random.default_rng(7).normal(0, 1_500, 10 * RATE).astype(np.int16)

    with pytest.raises(RecordingWithoutSpeech):
        whisper(cache_folder()).recognise(io.BytesIO(sound_file(noise)), Wish("sv"), ignore)


def test_missing_weights_are_an_outage_and_not_the_recordings_fault(tmp_path: Path, speech: bytes) -> None:
    away = WhisperRecogniser(
        Weights(tmp_path, "away", fit_for_use=False), Hearing(), PyAvSounds(60), SpeakerFinder(tmp_path / "away.npz")
    )

    with pytest.raises(Unavailable):
        away.used()
    with pytest.raises(Unavailable):
        away.recognise(io.BytesIO(speech), Wish("sv"), ignore)


def test_other_weights_in_the_same_place_have_another_digest(tmp_path: Path) -> None:
    model = tmp_path / "model.bin"
    model.write_bytes(b"first")
    first = weights_digest(model)

    model.write_bytes(b"second weights")

    assert weights_digest(model) != first
