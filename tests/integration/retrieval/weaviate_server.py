# SPDX-License-Identifier: EUPL-1.2
"""A real Weaviate for tests, emptied by its end; skipped loudly where it cannot be built."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from deploy.servers.weaviate import Weaviate
from services.retrieval.adapters.weaviate_connection import Address, WeaviateConnection
from tests.real_servers import running

KEY = "only-for-tests"


@contextmanager
def weaviate_running() -> Iterator[Weaviate]:
    with running(lambda folder: Weaviate(folder, KEY)) as server:
        yield server


def address_of(server: Weaviate, timeout_seconds: float = 5) -> Address:
    return Address(f"http://127.0.0.1:{server.port}", f"127.0.0.1:{server.grpc_port}", KEY, timeout_seconds)


@contextmanager
def connected(server: Weaviate, timeout_seconds: float = 5) -> Iterator[WeaviateConnection]:
    connection = WeaviateConnection(address_of(server, timeout_seconds))
    yield connection
    connection.close()
