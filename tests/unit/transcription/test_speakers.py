# SPDX-License-Identifier: EUPL-1.2
"""Cutting sound into stretches, windows and turns: nothing is left out, and a short stretch has one voice."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.transcription.adapters.speakers import WINDOW_FRAMES, Region, Window, _cut, _frames, _windows
from services.transcription.adapters.whisper import STRETCH_SECONDS, stretches


@st.composite
def conversations(draw: st.DrawFn) -> list[Region]:
    """Regions of speech of up to a minute, with silences of up to ten seconds between them."""
    regions, at = [], 0.0
    for speech, pause in draw(st.lists(st.tuples(st.floats(0.1, 60), st.floats(0.1, 10)), min_size=1, max_size=60)):
        regions.append(Region(at + pause, at + pause + speech))
        at += pause + speech
    return regions


@settings(max_examples=50)
@given(conversations())
def test_stretches_cover_all_and_cut_no_speech(regions: list[Region]) -> None:
    seconds = regions[-1].end + 1.0

    pieces = stretches(regions, seconds)

    assert (pieces[0].start, pieces[-1].end) == (0.0, seconds)
    assert all(first.end == second.start for first, second in pairwise(pieces))
    assert not [cut for cut in pieces[1:] for each in regions if each.start < cut.start < each.end]
    assert all(piece.seconds <= STRETCH_SECONDS + 11 for piece in pieces)


@pytest.mark.parametrize(("start", "end"), [(0.0, 0.3), (9.9, 10.0), (3.0, 4.1), (0.0, 10.0)])
def test_every_region_is_heard_in_full_windows_within_the_sound(start: float, end: float) -> None:
    frames = np.ones((1_001, 40), np.float32)

    windows = list(_windows(0, Region(start, end), 160_000))

    assert windows
    assert all(0 <= each.first <= 1_000 - WINDOW_FRAMES for each in windows)
    assert all(_frames(frames, each).shape == (WINDOW_FRAMES, 40) for each in windows)


def test_sound_shorter_than_a_window_is_filled_up_with_silence() -> None:
    (window,) = _windows(0, Region(0.0, 0.5), 8_000)

    assert _frames(np.ones((51, 40), np.float32), window).sum() == 51 * 40


def heard(labels: list[int]) -> list[tuple[Window, int]]:
    return [(Window(0, 30 * at), label) for at, label in enumerate(labels)]


def test_a_short_region_has_the_voice_that_most_of_it_has() -> None:
    region = Region(0.0, 3.9)

    assert list(_cut(region, heard([0, 1, 1, 1, 0, 1]))) == [(1, region)]


def test_a_long_region_is_cut_half_way_between_two_voices() -> None:
    cut = list(_cut(Region(0.0, 6.0), heard([0] * 8 + [1] * 8)))

    assert [label for label, _ in cut] == [0, 1]
    # The last window of the first voice has its centre at 2.7 s, the first of the second at 3.0 s.
    assert [(each.start, each.end) for _, each in cut] == [(0.0, pytest.approx(2.85)), (pytest.approx(2.85), 6.0)]
