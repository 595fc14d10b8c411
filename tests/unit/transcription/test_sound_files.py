# SPDX-License-Identifier: EUPL-1.2
"""What counts as a recording: the content decides, and half a file is not taken for a whole one."""

import io
from collections.abc import Callable
from typing import BinaryIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import Refusal
from services.transcription.adapters.sound_files import DEMUXERS, PyAvSounds, container_of
from services.transcription.domain import NotSound, RecordingDamaged, RecordingEmpty, RecordingTooLong
from tests.unit.transcription.sounds import CODECS, RATE, sound_file, tone, zip_file

SOUNDS = PyAvSounds(longest_seconds=10.0)
# A file whose header claims this kind, followed by what is not it.
HEADS = {
    "wav": b"RIFF\xff\xff\xff\x00WAVE",
    "mp3": b"ID3\x03\x00\x00\x00\x00\x00\x00",
    "m4a": b"\x00\x00\x00\x18ftypM4A ",
    "ogg": b"OggS",
    "webm": b"\x1aE\xdf\xa3",
    "flac": b"fLaC",
}


@pytest.mark.parametrize("container", CODECS)
def test_every_accepted_kind_is_known_by_its_content_and_read_whole(container: str) -> None:
    content = io.BytesIO(sound_file(tone(2), container))

    assert SOUNDS.look_at(content).container == container
    assert len(SOUNDS.samples(content)) / RATE == pytest.approx(2.0, abs=0.15)


@pytest.mark.parametrize("container", CODECS)
def test_the_tone_survives_the_way_through_the_file(container: str) -> None:
    samples = SOUNDS.samples(io.BytesIO(sound_file(tone(2, hertz=440), container)))

    loudest = np.argmax(np.abs(np.fft.rfft(samples))) * RATE / len(samples)
    assert loudest == pytest.approx(440, abs=2)


@pytest.mark.parametrize("content", [zip_file(), b"#!/bin/sh\n", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"hej" * 100])
def test_another_kind_of_file_is_not_sound(content: bytes) -> None:
    with pytest.raises(NotSound):
        SOUNDS.look_at(io.BytesIO(content))


def test_a_playlist_is_not_followed() -> None:
    """FFmpeg would open what the list names."""
    for listing in (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", b"ffconcat version 1.0\nfile /etc/passwd\n"):
        with pytest.raises(NotSound):
            SOUNDS.look_at(io.BytesIO(listing))


def test_an_empty_file_says_so() -> None:
    with pytest.raises(RecordingEmpty):
        SOUNDS.look_at(io.BytesIO(b""))


@pytest.mark.parametrize("container", HEADS)
def test_a_true_beginning_with_something_else_behind_is_refused(container: str) -> None:
    chance = np.random.default_rng(3).bytes(5_000)

    for rest in (b"", chance, zip_file()):
        with pytest.raises(NotSound):
            SOUNDS.look_at(io.BytesIO(HEADS[container] + rest))


@pytest.mark.parametrize("container", ["wav", "flac", "webm", "m4a"])
def test_half_a_file_is_not_taken_for_a_whole_one(container: str) -> None:
    whole = sound_file(tone(4), container)

    with pytest.raises((RecordingDamaged, NotSound)):
        SOUNDS.samples(io.BytesIO(whole[: len(whole) // 2]))


def test_a_cut_off_wav_is_refused_at_the_door() -> None:
    whole = sound_file(tone(2))

    with pytest.raises(RecordingDamaged):
        SOUNDS.look_at(io.BytesIO(whole[:-2]))


@pytest.mark.parametrize("length", [b"\xff\xff\xff\xff", b"\x00\xf0\xff\x7f"])
def test_a_wav_from_a_pipe_does_not_know_its_length_and_is_read(length: bytes) -> None:
    whole = sound_file(tone(2))
    at = whole.index(b"data") + 4

    samples = SOUNDS.samples(io.BytesIO(whole[:at] + length + whole[at + 4 :]))

    assert len(samples) / RATE == pytest.approx(2.0, abs=0.1)


def test_a_file_that_says_it_is_too_long_is_refused_at_the_door() -> None:
    with pytest.raises(RecordingTooLong) as refusal:
        SOUNDS.look_at(io.BytesIO(sound_file(tone(11), "flac")))

    assert refusal.value.members == {"longest_seconds": 10.0}


def test_a_file_that_does_not_say_is_given_up_while_it_is_read() -> None:
    endless = sound_file(tone(11), "ogg")

    with pytest.raises(RecordingTooLong):
        SOUNDS.samples(io.BytesIO(endless))


def outcome(read: Callable[[BinaryIO], object], content: bytes) -> object:
    """The word read, or the status of the refusal. Anything else that is raised is an accident."""
    try:
        read(io.BytesIO(content))
    except Refusal as refusal:
        return refusal.status
    return "read"


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(DEMUXERS)), st.data())
def test_a_damaged_file_is_read_or_refused_and_never_an_accident(container: str, data: st.DataObject) -> None:
    whole = bytearray(FILES[container])
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=20)):
        whole[at] = data.draw(st.integers(0, 255))

    for read in (SOUNDS.look_at, SOUNDS.samples):
        assert outcome(read, bytes(whole)) in ("read", 415, 422)


@given(st.binary(max_size=64))
def test_any_first_bytes_name_a_kind_or_are_refused(head: bytes) -> None:
    assert outcome(container_of, head) in ("read", 415, 422)


FILES = {container: sound_file(tone(0.4), container) for container in CODECS}
