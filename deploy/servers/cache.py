# SPDX-License-Identifier: EUPL-1.2
"""What is fetched once for a machine: outside every checkout, whole or not there, and judged by its hashes."""

import fcntl
import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


class DiffersFromRecipe(Exception):
    """What was fetched is not what the recipe was written for. Nothing was put in place."""


@contextmanager
def only_one(cache: Path, name: str) -> Iterator[None]:
    """Of several processes that want the same thing, one fetches and the others wait."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def into_cache(cache: Path, name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` in the cache; when it is not there, `make` fills a fresh one, which then takes its place."""
    place = cache / name
    if place.exists():
        return place
    with only_one(cache, name), tempfile.TemporaryDirectory(dir=cache, prefix="fetching-") as temporary:
        if not place.exists():
            fresh = Path(temporary) / name
            fresh.mkdir()
            make(fresh)
            fresh.rename(place)
    return place


def check_files(folder: Path, expected: Mapping[str, str]) -> None:
    """Raise `DiffersFromRecipe` unless the folder holds exactly these files with these SHA-256."""
    found = {each.name: _digest(each) for each in folder.iterdir() if each.is_file()}
    if found != dict(expected):
        wrong = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
        raise DiffersFromRecipe(f"{', '.join(wrong[:5])}: not what the recipe expects in {folder.name}")


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
