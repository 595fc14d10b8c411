# SPDX-License-Identifier: EUPL-1.2
"""The one connection of a process to Weaviate: made when first needed, and cut off quickly while Weaviate is away.

The client by itself tries a search for 63 s and an insertion for 15 s whatever its time-outs say. Here a call waits for
the channel until its time-out and then fails for good; after a failure the calls to come are refused at once until
Weaviate says that it is ready.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TypeVar
from urllib.parse import urlsplit

import weaviate
from grpc import RpcError, StatusCode  # type: ignore[import-untyped] # grpcio has no types of its own
from httpx import HTTPError
from weaviate.auth import AuthApiKey
from weaviate.config import AdditionalConfig, GrpcConfig, Timeout
from weaviate.connect import ConnectionParams, ProtocolParams
from weaviate.exceptions import WeaviateBaseError, WeaviateConnectionError, WeaviateStartUpError, WeaviateTimeoutError

from kernel.errors import Away, Unavailable

T = TypeVar("T")
# An insertion waits for the disk; what it writes is bounded by `weaviate_passages.BATCH`.
INSERT_TIMES_AS_LONG = 4
SECONDS_BETWEEN_PROBES = 1.0
PROBE_SECONDS = 1.0
CHANNEL = [
    # The client tries again what fails with UNAVAILABLE. A call that waits for the channel ends with its own time-out
    # instead, as DEADLINE_EXCEEDED, which the client takes for an answer.
    ("grpc.service_config", json.dumps({"methodConfig": [{"name": [{}], "waitForReady": True}]})),
    # Without these, gRPC looks for a server that came back up to two minutes later.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
]
GONE = {StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED, StatusCode.CANCELLED}


class WeaviateAway(Away):
    """Weaviate does not answer. Searches may be tried again; indexing waits."""


class WeaviateRefused(Unavailable):
    """Weaviate answers, but not as asked: a wrong key, a full disk, an index that somebody has taken away."""


@dataclass(frozen=True)
class Address:
    """`http` is `http(s)://host:port`, `grpc` is `host:port` of the same server; encrypted when `http` is."""

    http: str
    grpc: str
    key: str
    timeout_seconds: float

    def parameters(self) -> ConnectionParams:
        rest, rpc = urlsplit(self.http), urlsplit(f"//{self.grpc}")
        is_secure = rest.scheme == "https"
        return ConnectionParams(
            http=ProtocolParams(
                host=rest.hostname or "", port=rest.port or (443 if is_secure else 80), secure=is_secure
            ),
            grpc=ProtocolParams(host=rpc.hostname or "", port=rpc.port or 50051, secure=is_secure),
        )

    def is_ready(self) -> bool:
        """Whether the server says so, at once: on a connection of its own, past every retry."""
        url = urlsplit(self.http)
        kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
        connection = kind(url.hostname or "", url.port, timeout=PROBE_SECONDS)
        try:
            connection.request("GET", "/v1/.well-known/ready")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


@dataclass
class WeaviateConnection:
    """Shared by all threads of a process. `clock` gives seconds that only grow."""

    address: Address
    clock: Callable[[], float] = time.monotonic
    _client: weaviate.WeaviateClient | None = None
    _is_away: bool = False
    _next_probe: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, question: Callable[[weaviate.WeaviateClient], T]) -> T:
        """What Weaviate answers. Raise `WeaviateAway` within a few time-outs, or `WeaviateRefused`."""
        self._require_presence()
        try:
            return question(self._connected())
        except (WeaviateBaseError, RpcError, HTTPError, OSError) as trouble:
            name = type(trouble).__name__
            if _is_gone(trouble):
                self._mark_away()
                raise WeaviateAway(f"the index does not answer: {name}") from trouble
            raise WeaviateRefused(f"the index refused: {name}") from trouble

    def answers(self) -> bool:
        """For `/readyz`: whether a search would be tried now."""
        return self.address.is_ready()

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _require_presence(self) -> None:
        """While Weaviate is away, one caller a second looks whether it is back; all others are told at once."""
        with self._lock:
            if not self._is_away:
                return
            is_due = self.clock() >= self._next_probe
            if is_due:
                self._next_probe = self.clock() + SECONDS_BETWEEN_PROBES
        if not is_due or not self.address.is_ready():
            raise WeaviateAway("the index does not answer")
        with self._lock:
            self._is_away = False

    def _mark_away(self) -> None:
        with self._lock:
            self._is_away = True
            self._next_probe = self.clock() + SECONDS_BETWEEN_PROBES

    def _connected(self) -> weaviate.WeaviateClient:
        with self._lock:
            if self._client is None:
                # Whoever waited here while another found nobody need not wait as long once more.
                if self._is_away or not self.address.is_ready():
                    self._is_away, self._next_probe = True, self.clock() + SECONDS_BETWEEN_PROBES
                    raise WeaviateAway("the index does not answer")
                client = self._new_client()
                try:
                    client.connect()
                except BaseException:
                    client.close()
                    raise
                self._client = client
            return self._client

    def _new_client(self) -> weaviate.WeaviateClient:
        seconds = self.address.timeout_seconds
        return weaviate.WeaviateClient(
            connection_params=self.address.parameters(),
            auth_client_secret=AuthApiKey(self.address.key) if self.address.key else None,
            additional_config=AdditionalConfig(
                timeout=Timeout(query=seconds, insert=INSERT_TIMES_AS_LONG * seconds, init=seconds),
                grpc_config=GrpcConfig(channel_options=CHANNEL),
                trust_env=False,
            ),
            # They ask a registry on the internet for the newest client, among other things.
            skip_init_checks=True,
        )


def _is_gone(trouble: BaseException) -> bool:
    """Whether the server is away, as against refusing: the client hides gRPC's own error behind one of its own."""
    reason: BaseException | None = trouble
    while reason is not None:
        if isinstance(reason, RpcError):
            return reason.code() in GONE
        if isinstance(
            reason, (WeaviateConnectionError, WeaviateStartUpError, WeaviateTimeoutError, HTTPError, OSError)
        ):
            return True
        reason = reason.__cause__ or reason.__context__
    return False
