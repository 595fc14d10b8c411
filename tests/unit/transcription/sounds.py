# SPDX-License-Identifier: EUPL-1.2
"""Sound files made in memory: tones and silence in every accepted container, and files that only look like sound."""

import io
import zipfile
from typing import cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from numpy.typing import NDArray

RATE = 16_000
CODECS = {
    "wav": ("wav", "pcm_s16le"),
    "mp3": ("mp3", "mp3"),
    "m4a": ("ipod", "aac"),
    "ogg": ("ogg", "libopus"),
    "webm": ("webm", "libopus"),
    "flac": ("flac", "flac"),
}


def tone(seconds: float, hertz: float = 220.0) -> NDArray[np.int16]:
    times = np.arange(int(seconds * RATE)) / RATE
    return (8_000 * np.sin(2 * np.pi * hertz * times)).astype(np.int16)


def silence(seconds: float) -> NDArray[np.int16]:
    return np.zeros(int(seconds * RATE), np.int16)


def sound_file(samples: NDArray[np.int16], container: str = "wav") -> bytes:
    """The samples (16 kHz, one channel) as a file of this kind."""
    form, codec = CODECS[container]
    kept = io.BytesIO()
    rate = 48_000 if codec == "libopus" else RATE
    with av.open(kept, "w", format=form) as file:
        stream = cast("AudioStream", file.add_stream(codec, rate=rate, layout="mono"))
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.rate = RATE
        resampler = av.AudioResampler(stream.format, "mono", rate, stream.frame_size or 1024)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            part.pts = None
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return kept.getvalue()


def zip_file() -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("meeting.wav", sound_file(tone(1)))
    return kept.getvalue()
