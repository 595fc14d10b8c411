# SPDX-License-Identifier: EUPL-1.2
"""Sound files for tests."""

from __future__ import annotations

import io
import wave
from pathlib import Path

RECORDING = Path(__file__).parent / "data" / "home_visit_sv.wav"


def first_seconds(seconds: float) -> bytes:
    """The beginning of the invented recording, as a WAV file."""
    with wave.open(str(RECORDING)) as whole:
        frames, shape = whole.readframes(int(seconds * whole.getframerate())), whole.getparams()
    return _written(frames, shape.nchannels, shape.sampwidth, shape.framerate)


def silence(seconds: float = 1) -> bytes:
    """A WAV file in which nobody speaks."""
    return _written(bytes(2 * int(16_000 * seconds)), 1, 2, 16_000)


def _written(frames: bytes, channels: int, bytes_a_sample: int, rate: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(bytes_a_sample)
        sound.setframerate(rate)
        sound.writeframes(frames)
    return file.getvalue()
