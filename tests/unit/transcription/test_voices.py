# SPDX-License-Identifier: EUPL-1.2
"""The mel front end and the network against values worked out elsewhere."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from services.transcription.adapters import voices
from services.transcription.adapters.voices import Layer, VoiceEncoder, loud_enough, mel_frames

RATE = 16_000
# Slaney's scale at even steps up to 11 025 Hz, as his Auditory Toolbox and the libraries after it print it.
SLANEY_HERTZ = [0.0, 85.317, 170.635, 853.173, 938.49, 1024.856, 1119.114, 2071.84, 5453.621, 10096.408, 11025.0]
SLANEY_STEPS = [0, 1, 2, 10, 11, 12, 13, 20, 31, 38, 39]


def test_the_mel_scale_is_slaneys() -> None:
    highest = voices._mel_of(np.array([11_025.0]))[0]

    hertz = voices._hertz_of(np.linspace(0, highest, 40))[SLANEY_STEPS]

    assert hertz == pytest.approx(SLANEY_HERTZ, abs=0.001)


def test_every_band_weighs_the_same_area() -> None:
    areas = voices._filterbank().sum(axis=1) * RATE / voices.FRAME_SAMPLES

    assert areas[8:] == pytest.approx(np.ones(32), abs=0.12)


def test_there_is_a_frame_each_hundredth_of_a_second() -> None:
    assert mel_frames(np.zeros(RATE, np.float32)).shape == (101, 40)


@pytest.mark.parametrize("hertz", [300.0, 1_000.0, 4_000.0])
def test_a_tone_is_loudest_in_its_own_band(hertz: float) -> None:
    tone = np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE).astype(np.float32)
    corners = voices._hertz_of(np.linspace(0, voices._mel_of(np.array([8_000.0]))[0], 42))

    band = int(mel_frames(tone)[50].argmax())

    assert corners[band] <= hertz <= corners[band + 2]


def test_quiet_sound_is_raised_and_loud_sound_is_left() -> None:
    quiet, loud = np.full(100, 0.001, np.float32), np.full(100, 0.5, np.float32)

    assert np.sqrt(np.mean(loud_enough(quiet) ** 2)) == pytest.approx(10 ** (-30 / 20), rel=1e-4)
    assert np.array_equal(loud_enough(loud), loud)
    assert np.array_equal(loud_enough(np.zeros(3, np.float32)), np.zeros(3))


def by_hand(layer: Layer, steps: np.ndarray) -> np.ndarray:
    """The textbook LSTM, one window and one number at a time (Hochreiter & Schmidhuber, 1997, with forget gate)."""
    width = layer.state_weights.shape[1]
    state, cell = np.zeros(width), np.zeros(width)
    states = []
    for step in steps:
        z = layer.input_weights @ step + layer.state_weights @ state + layer.bias
        i, f, g, o = (z[at * width : (at + 1) * width] for at in range(4))
        cell = cell / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        state = np.tanh(cell) / (1 + np.exp(-o))
        states.append(state)
    return np.array(states)


def a_layer(chance: np.random.Generator, width_in: int, width: int) -> Layer:
    shapes = ((4 * width, width_in), (4 * width, width), (4 * width,))
    return Layer(*(chance.normal(0, 0.5, shape).astype(np.float32) for shape in shapes))


def test_many_windows_at_once_give_what_each_gives_by_hand() -> None:
    chance = np.random.default_rng(1)
    layer = a_layer(chance, 5, 4)
    steps = chance.normal(0, 1, (7, 3, 5)).astype(np.float32)

    states = layer.run(steps)

    for window in range(3):
        assert states[:, window] == pytest.approx(by_hand(layer, steps[:, window]), abs=1e-5)


def test_directions_have_length_one_however_the_windows_are_batched() -> None:
    chance = np.random.default_rng(2)
    layers = (a_layer(chance, 40, 6), a_layer(chance, 6, 6), a_layer(chance, 6, 6))
    encoder = VoiceEncoder(layers, chance.normal(0, 1, (8, 6)).astype(np.float32), np.ones(8, np.float32))
    windows = list(chance.normal(0, 1, (voices.WINDOWS_AT_A_TIME + 3, 10, 40)).astype(np.float32))

    directions = encoder.directions(windows)

    assert np.linalg.norm(directions, axis=1) == pytest.approx(np.ones(len(windows)), abs=1e-5)
    assert encoder.directions(windows[-1:]) == pytest.approx(directions[-1:], abs=1e-5)
    assert encoder.directions([]).shape == (0, 8)


def test_weights_that_could_run_something_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "voices.npz"
    with zipfile.ZipFile(file, "w") as archive, archive.open("lstm.weight_ih_l0.npy", "w") as content:
        np.lib.format.write_array(content, np.array([None], dtype=object))

    with pytest.raises(ValueError, match="allow_pickle"):
        VoiceEncoder.load(file)
