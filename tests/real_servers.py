# SPDX-License-Identifier: EUPL-1.2
"""Real servers for tests: skipped, and said so, where a program cannot be had; in CI that is a failure."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from deploy.servers.server import ProgramMissing, Server

AServer = TypeVar("AServer", bound=Server)


@contextmanager
def or_skipped() -> Iterator[None]:
    """What starts servers in the block is skipped where one of them cannot be had."""
    try:
        yield
    except ProgramMissing as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))


def started(server: AServer) -> AServer:
    with or_skipped():
        server.start()
    return server


@contextmanager
def running(make: Callable[[Path], AServer]) -> Iterator[AServer]:
    """A server in a fresh folder for the time of the block."""
    with tempfile.TemporaryDirectory(prefix="underlag-server-") as folder:
        server = started(make(Path(folder) / "server"))
        try:
            yield server
        finally:
            server.stop()
