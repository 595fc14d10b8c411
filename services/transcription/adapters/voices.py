# SPDX-License-Identifier: EUPL-1.2
"""What a voice sounds like, as 256 numbers: a mel front end and a three-layer LSTM, both in numpy.

The network is the one of "Generalized End-to-End Loss for Speaker Verification" (Wan et al., ICASSP 2018); its
weights come from the recipe `deploy/servers/weights`. Two windows of one voice point in nearly the same direction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SAMPLES_PER_SECOND = 16_000
FRAMES_PER_SECOND = 100
FRAME_SAMPLES = 400
STEP_SAMPLES = SAMPLES_PER_SECOND // FRAMES_PER_SECOND
MEL_BANDS = 40
LAYERS = 3
QUIETEST_DBFS = -30.0
WINDOWS_AT_A_TIME = 128
FRAMES_AT_A_TIME = 4_096


@dataclass(frozen=True)
class Layer:
    """One LSTM layer; gates lie in the order input, forget, cell, output, each as wide as the state."""

    input_weights: Floats
    state_weights: Floats
    bias: Floats

    def run(self, steps: Floats) -> Floats:
        """Steps (time, windows, width in) to states (time, windows, width out), starting from a silent state."""
        projected = steps @ self.input_weights.T + self.bias
        width = self.state_weights.shape[1]
        state = np.zeros((steps.shape[1], width), np.float32)
        cell = np.zeros_like(state)
        states = np.empty((*steps.shape[:2], width), np.float32)
        for at, step in enumerate(projected):
            gates = step + state @ self.state_weights.T
            opened = _sigmoid(gates)
            candidate = np.tanh(gates[:, 2 * width : 3 * width])
            cell = opened[:, width : 2 * width] * cell + opened[:, :width] * candidate
            state = opened[:, 3 * width :] * np.tanh(cell)
            states[at] = state
        return states


@dataclass(frozen=True)
class VoiceEncoder:
    """Turns equally long windows of mel frames into directions of length one."""

    layers: tuple[Layer, ...]
    projection: Floats
    projection_bias: Floats

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read the `.npz` that the recipe wrote. Pickled content in it is refused."""
        with np.load(file, allow_pickle=False) as kept:
            layers = tuple(
                Layer(
                    kept[f"lstm.weight_ih_l{at}"],
                    kept[f"lstm.weight_hh_l{at}"],
                    kept[f"lstm.bias_ih_l{at}"] + kept[f"lstm.bias_hh_l{at}"],
                )
                for at in range(LAYERS)
            )
            return cls(layers, kept["linear.weight"], kept["linear.bias"])

    def directions(self, windows: Sequence[Floats]) -> Floats:
        """One row for each window; every window is (frames, bands) and all have the same number of frames."""
        if not windows:
            return np.empty((0, self.projection.shape[0]), np.float32)
        batches = range(0, len(windows), WINDOWS_AT_A_TIME)
        return np.concatenate([self._batch(windows[at : at + WINDOWS_AT_A_TIME]) for at in batches])

    def _batch(self, windows: Sequence[Floats]) -> Floats:
        steps: Floats = np.stack(windows, axis=1)
        for layer in self.layers:
            steps = layer.run(steps)
        raw = np.maximum(steps[-1] @ self.projection.T + self.projection_bias, 0.0)
        lengths = np.linalg.norm(raw, axis=1, keepdims=True)
        directions: Floats = (raw / np.maximum(lengths, 1e-9)).astype(np.float32)
        return directions


def mel_frames(sound: Floats) -> Floats:
    """Mel power of sound at 16 kHz, a row of 40 bands each 10 ms, frames centred on their time."""
    count = 1 + len(sound) // STEP_SAMPLES
    bands = np.empty((count, MEL_BANDS), np.float32)
    # In blocks: the spectrum of an hour at once would take more than a gigabyte.
    for at in range(0, count, FRAMES_AT_A_TIME):
        until = min(count, at + FRAMES_AT_A_TIME)
        frames = np.lib.stride_tricks.sliding_window_view(_around(sound, at, until), FRAME_SAMPLES)[::STEP_SAMPLES]
        power = np.abs(np.fft.rfft(frames * _hann(), axis=1)) ** 2
        bands[at:until] = power @ _filterbank().T
    return bands


def _around(sound: Floats, first: int, until: int) -> Floats:
    """The samples that these frames cover, with silence where they reach beyond the sound."""
    start = first * STEP_SAMPLES - FRAME_SAMPLES // 2
    end = (until - 1) * STEP_SAMPLES + FRAME_SAMPLES // 2
    return np.pad(sound[max(0, start) : end], (max(0, -start), max(0, end - len(sound))))


def loud_enough(sound: Floats) -> Floats:
    """Raise quiet sound to -30 dBFS, the level the network was trained at; louder sound stays as it is."""
    level = float(np.sqrt(np.dot(sound, sound) / max(1, len(sound))))
    target = 10 ** (QUIETEST_DBFS / 20)
    return sound if level == 0.0 or level >= target else sound * np.float32(target / level)


def _sigmoid(x: Floats) -> Floats:
    # Written with tanh, which cannot overflow.
    opened: Floats = 0.5 * (1.0 + np.tanh(0.5 * x))
    return opened


@cache
def _hann() -> Floats:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME_SAMPLES) / FRAME_SAMPLES)).astype(np.float32)


@cache
def _filterbank() -> Floats:
    """Triangles of equal area on Slaney's mel scale: linear to 1 kHz, logarithmic above (Auditory Toolbox, 1998)."""
    frequencies = np.fft.rfftfreq(FRAME_SAMPLES, 1 / SAMPLES_PER_SECOND)
    highest = _mel_of(np.array([SAMPLES_PER_SECOND / 2]))[0]
    corners = _hertz_of(np.linspace(0.0, highest, MEL_BANDS + 2))
    widths = np.diff(corners)
    distance = corners[:, None] - frequencies[None, :]
    rising = -distance[:-2] / widths[:-1, None]
    falling = distance[2:] / widths[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(triangles * (2.0 / (corners[2:] - corners[:-2]))[:, None], np.float32)


_HERTZ_PER_MEL = 200.0 / 3
_LOG_STEP = np.log(6.4) / 27.0
_KNEE_HERTZ = 1000.0
_KNEE_MEL = _KNEE_HERTZ / _HERTZ_PER_MEL


def _mel_of(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    above = _KNEE_MEL + np.log(np.maximum(hertz, _KNEE_HERTZ) / _KNEE_HERTZ) / _LOG_STEP
    return np.where(hertz < _KNEE_HERTZ, hertz / _HERTZ_PER_MEL, above)


def _hertz_of(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    above = _KNEE_HERTZ * np.exp(_LOG_STEP * (np.maximum(mel, _KNEE_MEL) - _KNEE_MEL))
    return np.where(mel < _KNEE_MEL, mel * _HERTZ_PER_MEL, above)
