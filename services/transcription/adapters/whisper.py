# SPDX-License-Identifier: EUPL-1.2
"""Hears recordings with Whisper, through faster-whisper, from a folder of weights; nothing is fetched.

The model is loaded by the first recording that has speech in it, once for the process, and one recording is heard at
a time: two at once would take twice the memory and no less time.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from kernel.errors import Unavailable
from services.transcription.adapters.sound_files import SAMPLES_PER_SECOND, PyAvSounds
from services.transcription.adapters.speakers import Region, SpeakerFinder, speech_in
from services.transcription.domain import Heard, RecogniserUsed, RecordingWithoutSpeech, Wish, Word

# Memory grows with what is heard at once, so long sound is cut at a silence after this much.
STRETCH_SECONDS = 300.0
LISTENING_SHARE = 0.92
DEMONSTRATION_ONLY = frozenset({"d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"})
# Whisper has one code for Bokmål and calls it Norwegian.
WHISPER_LANGUAGES = {"nb": "no"}


class SpeechWeightsMissing(Unavailable):
    """The weights are not in the folder that the settings name."""


@dataclass(frozen=True)
class Weights:
    folder: Path
    name: str
    fit_for_use: bool

    @property
    def file(self) -> Path:
        path = self.folder / "model.bin"
        if not path.is_file():
            raise SpeechWeightsMissing(f"no weights in {self.folder}: run python -m deploy.servers.weights")
        return path


@dataclass(frozen=True)
class Hearing:
    """How the weights are used; these settings stand in every transcript."""

    processor: str = "cpu"
    number_type: str = "int8"
    cpu_threads: int = 1
    beam_size: int = 5


@dataclass(frozen=True)
class WhisperRecogniser:
    weights: Weights
    hearing: Hearing
    sounds: PyAvSounds
    speakers: SpeakerFinder
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)
    _loaded: list[WhisperModel] = field(default_factory=list)

    def recognise(self, content: BinaryIO, wish: Wish, progress: Callable[[float], None]) -> Heard:
        sound = self.sounds.samples(content)
        regions = speech_in(sound)
        if not regions:
            raise RecordingWithoutSpeech("nobody speaks in the recording")
        seconds = len(sound) / SAMPLES_PER_SECOND
        words: list[Word] = []
        with self._one_at_a_time:
            model = self._model()
            for stretch in stretches(regions, seconds):
                told = partial(_tell, progress, seconds)
                words += _words_in(stretch, sound, partial(self._listen, model, wish), told)
        turns = self.speakers.turns(sound, regions, wish.speakers or 1) if words else ()
        progress(1.0)
        return Heard(seconds, tuple(words), turns)

    def used(self) -> RecogniserUsed:
        digest = weights_digest(self.weights.file)
        settings: dict[str, str | int | float | bool] = {
            "engine": f"faster-whisper {version('faster-whisper')}",
            "beam_size": self.hearing.beam_size,
            "number_type": self.hearing.number_type,
            "processor": self.hearing.processor,
            "language_forced": True,
            "speech_detection": True,
        }
        is_fit = self.weights.fit_for_use and digest not in DEMONSTRATION_ONLY
        return RecogniserUsed(self.weights.name, digest, settings, is_fit)

    def _model(self) -> WhisperModel:
        if not self._loaded:
            folder, hearing = self.weights.file.parent, self.hearing
            self._loaded.append(
                WhisperModel(
                    str(folder),
                    device=hearing.processor,
                    compute_type=hearing.number_type,
                    cpu_threads=hearing.cpu_threads,
                    local_files_only=True,
                )
            )
        return self._loaded[0]

    def _listen(self, model: WhisperModel, wish: Wish, sound: NDArray[np.float32]) -> Iterator[Any]:
        segments, _ = model.transcribe(
            sound,
            language=WHISPER_LANGUAGES.get(wish.language, wish.language),
            beam_size=self.hearing.beam_size,
            vad_filter=True,
            word_timestamps=True,
            # One misheard sentence must not colour the next; no more words went wrong without (26.2 % both).
            condition_on_previous_text=False,
            hotwords=", ".join(wish.hotwords) or None,
        )
        yield from segments


def stretches(regions: Sequence[Region], seconds: float) -> list[Region]:
    """The whole sound in pieces of about five minutes, cut in the middle of a silence; none is left out."""
    cuts = [0.0]
    for region, following in pairwise(regions):
        if following.end - cuts[-1] > STRETCH_SECONDS:
            cuts.append((region.end + following.start) / 2)
    return [Region(start, end) for start, end in pairwise([*cuts, seconds])]


def weights_digest(file: Path) -> str:
    """SHA-256 of the weights, kept beside them together with the size and time it holds for."""
    stat = file.stat()
    state = [stat.st_size, stat.st_mtime_ns]
    note = file.with_suffix(".digest.json")
    try:
        noted = json.loads(note.read_text("utf-8"))
        if noted["state"] == state:
            return str(noted["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    try:
        note.write_text(json.dumps({"sha256": digest, "state": state}), "utf-8")
    except OSError:
        # A read-only folder costs the time of one digest a process, nothing else.
        return digest
    return digest


def _words_in(
    stretch: Region,
    sound: NDArray[np.float32],
    listen: Callable[[NDArray[np.float32]], Iterator[Any]],
    told: Callable[[float], None],
) -> Iterator[Word]:
    heard = sound[int(stretch.start * SAMPLES_PER_SECOND) : int(stretch.end * SAMPLES_PER_SECOND)]
    for segment in listen(heard):
        for word in segment.words or ():
            if text := word.word.strip():
                start, end = (round(stretch.start + float(at), 3) for at in (word.start, word.end))
                yield Word(text, start, end, float(word.probability))
        told(stretch.start + float(segment.end))


def _tell(progress: Callable[[float], None], seconds: float, reached: float) -> None:
    progress(LISTENING_SHARE * min(1.0, reached / seconds))
