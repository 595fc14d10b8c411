# SPDX-License-Identifier: EUPL-1.2
"""A real Weaviate for tests, emptied by its end; skipped loudly where it cannot be built."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.servers.server import ProgramMissing
from deploy.servers.weaviate import Weaviate
from services.retrieval.adapters.weaviate_connection import Address, WeaviateConnection

KEY = "only-for-tests"


@contextmanager
def weaviate_running() -> Iterator[Weaviate]:
    """Skipped where there is no Go, and says so; in CI that is a failure."""
    with tempfile.TemporaryDirectory(prefix="underlag-weaviate-") as folder:
        server = Weaviate(Path(folder), KEY)
        try:
            server.start()
        except ProgramMissing as missing:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(str(missing))
        try:
            yield server
        finally:
            server.stop()


def address_of(server: Weaviate, timeout_seconds: float = 5) -> Address:
    return Address(f"http://127.0.0.1:{server.port}", f"127.0.0.1:{server.grpc_port}", KEY, timeout_seconds)


@contextmanager
def connected(server: Weaviate, timeout_seconds: float = 5) -> Iterator[WeaviateConnection]:
    connection = WeaviateConnection(address_of(server, timeout_seconds))
    yield connection
    connection.close()
