# SPDX-License-Identifier: EUPL-1.2
"""Files that are whole or not there: what a killed process leaves behind is never half a file. And where the files lie
that are fetched once for a machine.
"""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def cache_folder() -> Path:
    """Where what was fetched once for this machine lies, outside every checkout."""
    return Path(os.environ.get("UNDERLAG_CACHE", "~/.cache/underlag")).expanduser()


def write_whole(path: Path, content: bytes) -> None:
    """Write beside the place, flush to the disk, then rename. Only the owner may read it."""
    _written_beside(path, content).replace(path)


def write_once(path: Path, content: bytes) -> None:
    """As `write_whole`, but what is there already stays: of several at once, one wins, and all then read the same."""
    fresh = _written_beside(path, content)
    with suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()


def _written_beside(path: Path, content: bytes) -> Path:
    handle, fresh = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return Path(fresh)
