# SPDX-License-Identifier: EUPL-1.2
"""The door itself: it passes on, refuses, resets, holds up, slows down, and is as before when mended."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from tests.chaos.proxy import Door, Doors


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with suppress(ConnectionError):
            while heard := self.request.recv(1000):
                self.request.sendall(heard)


class Echoes(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@pytest.fixture
def door() -> Iterator[Door]:
    with Echoes(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        doors = Doors()
        doors("echo", f"127.0.0.1:{server.server_address[1]}")
        yield doors.of("echo")[0]
        doors.close()
        server.shutdown()


def call(door: Door) -> socket.socket:
    return socket.create_connection(("127.0.0.1", door.port), timeout=2)


def said_back(line: socket.socket) -> bytes:
    line.sendall(b"hej")
    return line.recv(100)


def test_what_is_said_passes_both_ways(door: Door) -> None:
    with call(door) as line:
        assert said_back(line) == b"hej"


def test_cut_resets_who_is_there_and_refuses_who_comes(door: Door) -> None:
    with call(door) as line:
        assert said_back(line) == b"hej"

        door.cut()

        with pytest.raises(ConnectionError):
            said_back(line)
    with pytest.raises(ConnectionRefusedError):
        call(door)


def test_mended_it_listens_where_it_did(door: Door) -> None:
    port = door.port
    door.cut()

    door.mend()

    assert door.port == port
    with call(door) as line:
        assert said_back(line) == b"hej"


def test_held_up_nothing_passes_until_it_is_mended(door: Door) -> None:
    with call(door) as line:
        assert said_back(line) == b"hej"
        door.hold()
        line.settimeout(0.3)
        with pytest.raises(TimeoutError):
            said_back(line)

        door.mend()

        line.settimeout(2)
        assert line.recv(100) == b"hej"


@pytest.mark.parametrize("slowly", [lambda door: door.delay(0.2), lambda door: door.throttle(15)])
def test_slowed_down_it_takes_its_time(door: Door, slowly: Callable[[Door], None]) -> None:
    with call(door) as line:
        slowly(door)
        started = time.monotonic()

        assert said_back(line) == b"hej"

        assert time.monotonic() - started >= 0.38
