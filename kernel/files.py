# SPDX-License-Identifier: EUPL-1.2
"""Files that are whole or not there: what a killed process leaves behind is never half a file."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write beside the place, flush to the disk, then rename. Readable by the owner only, unless `mode` says more."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
