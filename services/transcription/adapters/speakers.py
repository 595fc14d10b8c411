# SPDX-License-Identifier: EUPL-1.2
"""Finds who speaks when, for a number of speakers that somebody gave; a guessed number was wrong two times in three.

Speech is found first; windows of 1.2 s in it become directions; directions are sorted into voices; a region of speech
under four seconds belongs to one voice, since people seldom change in the middle of so little.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path

import numpy as np
from faster_whisper.vad import VadOptions, get_speech_timestamps
from numpy.typing import NDArray

from kernel.errors import Unavailable
from services.transcription.adapters.clusters import sort_into
from services.transcription.adapters.voices import (
    FRAMES_PER_SECOND,
    SAMPLES_PER_SECOND,
    VoiceEncoder,
    loud_enough,
    mel_frames,
)
from services.transcription.domain import Turn

Floats = NDArray[np.float32]

FINE_CUT = VadOptions(min_silence_duration_ms=150, speech_pad_ms=60)
WINDOW_FRAMES = 120
HOP_FRAMES = 30
ONE_VOICE_SECONDS = 4.0
# The detector copies what it is given several times over, so long sound is given to it in blocks of ten minutes.
BLOCK_SAMPLES = 600 * SAMPLES_PER_SECOND


class VoiceWeightsMissing(Unavailable):
    """The weights that tell voices apart are not on this machine."""


@dataclass(frozen=True)
class Region:
    """A stretch of speech between two silences, in seconds."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


@dataclass(frozen=True)
class Window:
    """Frames `first` to `first + WINDOW_FRAMES` of the sound, heard for one region."""

    region: int
    first: int


def speech_in(sound: Floats) -> list[Region]:
    """Where anybody speaks, by Silero's detector; an empty list for silence and for most noise."""
    regions: list[Region] = []
    at = 0
    while at < len(sound):
        end = min(len(sound), at + BLOCK_SAMPLES)
        found = get_speech_timestamps(sound[at:end], FINE_CUT)
        spans = [(at + each["start"], at + each["end"]) for each in found]
        # The last stretch may go on in the next block, which then begins with it.
        at = spans.pop()[0] if end < len(sound) and len(spans) > 1 else end
        regions += [Region(start / SAMPLES_PER_SECOND, end / SAMPLES_PER_SECOND) for start, end in spans]
    return regions


@dataclass(frozen=True)
class SpeakerFinder:
    voices_file: Path

    def turns(self, sound: Floats, regions: Sequence[Region], speakers: int) -> tuple[Turn, ...]:
        """One turn or more for each region, in the order of time; S1 is who speaks first."""
        if speakers == 1:
            return tuple(Turn("S1", each.start, each.end) for each in regions)
        windows = [window for at, each in enumerate(regions) for window in _windows(at, each, len(sound))]
        frames = mel_frames(loud_enough(sound))
        labels = sort_into(speakers, self._encoder.directions([_frames(frames, window) for window in windows]))
        heard = [(window, int(label)) for window, label in zip(windows, labels, strict=True)]
        cut = [
            turn
            for at, group in groupby(heard, key=lambda each: each[0].region)
            for turn in _cut(regions[at], list(group))
        ]
        names = {label: f"S{at}" for at, label in enumerate(dict.fromkeys(label for label, _ in cut), start=1)}
        return tuple(Turn(names[label], each.start, each.end) for label, each in cut)

    @cached_property
    def _encoder(self) -> VoiceEncoder:
        if not self.voices_file.is_file():
            raise VoiceWeightsMissing("the voice weights are missing: run python -m deploy.servers.weights")
        return VoiceEncoder.load(self.voices_file)


def _windows(at: int, region: Region, samples: int) -> Iterator[Window]:
    """A window each 0.3 s; a region shorter than one window is heard with what lies around it."""
    first, last = int(region.start * FRAMES_PER_SECOND), int(region.end * FRAMES_PER_SECOND)
    if last - first <= WINDOW_FRAMES:
        centred = (first + last - WINDOW_FRAMES) // 2
        most = samples * FRAMES_PER_SECOND // SAMPLES_PER_SECOND - WINDOW_FRAMES
        yield Window(at, max(0, min(centred, most)))
        return
    for each in range(first, last - WINDOW_FRAMES + 1, HOP_FRAMES):
        yield Window(at, each)


def _frames(frames: Floats, window: Window) -> Floats:
    found = frames[window.first : window.first + WINDOW_FRAMES]
    short = WINDOW_FRAMES - len(found)
    return np.pad(found, ((0, short), (0, 0))) if short else found


def _cut(region: Region, heard: Sequence[tuple[Window, int]]) -> Iterator[tuple[int, Region]]:
    labels = [label for _, label in heard]
    if region.seconds < ONE_VOICE_SECONDS or len(set(labels)) == 1:
        yield Counter(labels).most_common(1)[0][0], region
        return
    start = region.start
    runs = [list(run) for _, run in groupby(heard, key=lambda each: each[1])]
    for run, following in zip(runs, [*runs[1:], None], strict=True):
        end = region.end if following is None else _middle(run[-1][0], following[0][0])
        yield run[0][1], Region(start, end)
        start = end


def _middle(last: Window, following: Window) -> float:
    """Half-way between the centres of two windows of different voices."""
    return (last.first + following.first + WINDOW_FRAMES) / 2 / FRAMES_PER_SECOND
