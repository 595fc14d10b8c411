# SPDX-License-Identifier: EUPL-1.2
"""Reads sound files through PyAV, by what is in them.

The first bytes choose one demuxer and no other is ever tried: some of FFmpeg's demuxers follow file names and
addresses written in the file, and a file from outside must not make the server open anything.
"""

import struct
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import SEEK_CUR, SEEK_END
from typing import BinaryIO

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from numpy.typing import NDArray

from services.transcription.domain import NotSound, RecordingDamaged, RecordingEmpty, RecordingTooLong, Sound

SAMPLES_PER_SECOND = 16_000
HEAD_BYTES = 64
LOUDEST = 32_768.0
ACCEPTED = "wav, mp3, m4a, ogg, webm, flac"
DEMUXERS = {"wav": "wav", "mp3": "mp3", "m4a": "mp4", "ogg": "ogg", "webm": "matroska", "flac": "flac"}
# These say exactly how long they are; the others estimate, or a browser left it out.
EXACT = frozenset({"flac", "m4a", "webm"})
# Programs that write to a pipe cannot go back and fill the length in; they leave the largest number there is, or so.
UNKNOWN_WAV_SIZE = 0x7FFF_0000
PACKETS_TO_TRY = 200
# MP3 pads its ends and AAC has a start-up delay, so the last moment may be missing from a file that is whole.
MISSING_SECONDS = 1.0


@dataclass(frozen=True)
class PyAvSounds:
    longest_seconds: float

    def look_at(self, content: BinaryIO) -> Sound:
        container = container_of(content)
        with _opened(content, container) as file:
            seconds = _claimed_seconds(file)
            if seconds is not None:
                self._refuse_too_long(seconds)
            _decode_a_little(file)
        return Sound(container, seconds)

    def samples(self, content: BinaryIO) -> NDArray[np.float32]:
        """All of the sound, one channel at 16 kHz, from -1 to 1. Raise `RecordingDamaged` when it breaks off."""
        container = container_of(content)
        blocks: deque[NDArray[np.int16]] = deque()
        count = 0
        with _opened(content, container) as file:
            claimed = _claimed_seconds(file) if container in EXACT else None
            for block in _blocks(file):
                count += len(block)
                self._refuse_too_long(count / SAMPLES_PER_SECOND)
                blocks.append(block)
        seconds = count / SAMPLES_PER_SECOND
        if not count:
            raise RecordingDamaged("the file has the form of a sound file and holds no sound")
        if claimed is not None and seconds < claimed - max(MISSING_SECONDS, 0.01 * claimed):
            raise RecordingDamaged(f"the file says {claimed:.1f} s of sound and {seconds:.1f} s could be read")
        return _joined(blocks, count)

    def _refuse_too_long(self, seconds: float) -> None:
        if seconds > self.longest_seconds:
            raise RecordingTooLong(
                f"a recording may last {self.longest_seconds:.0f} seconds", longest_seconds=self.longest_seconds
            )


def _joined(blocks: deque[NDArray[np.int16]], count: int) -> NDArray[np.float32]:
    """One array from many, each block let go as soon as it is copied: an hour is 230 MB as it is."""
    sound, at = np.empty(count, np.float32), 0
    while blocks:
        block = blocks.popleft()
        sound[at : at + len(block)] = block
        at += len(block)
    sound /= LOUDEST
    return sound


def container_of(content: BinaryIO) -> str:
    """Which of the accepted kinds the first bytes belong to. The file is wound back. Raise `NotSound` otherwise."""
    content.seek(0)
    head = content.read(HEAD_BYTES)
    content.seek(0)
    if not head:
        raise RecordingEmpty("the file is empty")
    match head:
        case _ if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
            return "wav"
        case _ if head[:4] == b"fLaC":
            return "flac"
        case _ if head[:4] == b"OggS":
            return "ogg"
        case _ if head[:4] == b"\x1aE\xdf\xa3":
            return "webm"
        case _ if head[4:8] == b"ftyp":
            return "m4a"
        case _ if head[:3] == b"ID3" or _is_mp3_frame(head):
            return "mp3"
    raise NotSound(f"the content is none of {ACCEPTED}", accepted=ACCEPTED.split(", "))


def _is_mp3_frame(head: bytes) -> bool:
    """A frame header of MPEG audio, layer III, whose fields hold no reserved value (ISO/IEC 11172-3, 2.4.1.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer, bit_rate, sampling = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and bit_rate not in (0, 15) and sampling != 3


def _refuse_cut_off_wav(content: BinaryIO) -> None:
    """FFmpeg reads a wav file that breaks off without a word, so the length in its header is compared with the file."""
    length = content.seek(0, SEEK_END)
    content.seek(12)
    while len(header := content.read(8)) == 8:
        name, size = struct.unpack("<4sI", header)
        if name == b"data":
            held = length - content.tell()
            if held < size < UNKNOWN_WAV_SIZE:
                raise RecordingDamaged(f"the file should hold {size} bytes of sound and holds {held}")
            break
        content.seek(size + size % 2, SEEK_CUR)


@contextmanager
def _opened(content: BinaryIO, container: str) -> Iterator[InputContainer]:
    if container == "wav":
        _refuse_cut_off_wav(content)
    content.seek(0)
    try:
        file = av.open(content, mode="r", format=DEMUXERS[container], metadata_errors="ignore")
    except (av.FFmpegError, ValueError, EOFError) as broken:
        raise NotSound(f"the content begins like {container} and cannot be opened", container=container) from broken
    with file:
        if not file.streams.audio:
            raise NotSound("the file holds no sound", container=container)
        yield file


def _claimed_seconds(file: InputContainer) -> float | None:
    stream = file.streams.audio[0]
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return file.duration / av.time_base if file.duration and file.duration > 0 else None


def _decode_a_little(file: InputContainer) -> None:
    """Raise `NotSound` unless sound comes out of the first packets."""
    try:
        for at, packet in enumerate(file.demux(audio=0)):
            if any(True for _ in packet.decode()):
                return
            if at > PACKETS_TO_TRY:
                break
    except (av.FFmpegError, ValueError, EOFError) as broken:
        raise NotSound("the sound cannot be decoded") from broken
    raise NotSound("no sound comes out of the file")


def _blocks(file: InputContainer) -> Iterator[NDArray[np.int16]]:
    resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLES_PER_SECOND)
    try:
        for frame in file.decode(audio=0):
            for resampled in resampler.resample(frame):
                yield _samples(resampled)
        for resampled in resampler.resample(None):
            yield _samples(resampled)
    except (av.FFmpegError, ValueError, EOFError) as broken:
        raise RecordingDamaged("the sound cannot be read to its end") from broken


def _samples(frame: AudioFrame) -> NDArray[np.int16]:
    return frame.to_ndarray().reshape(-1).astype(np.int16, copy=False)
