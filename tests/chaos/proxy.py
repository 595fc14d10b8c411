# SPDX-License-Identifier: EUPL-1.2
"""A door in front of a server on this machine, which a test can close, hold up and slow down.

All doors are served by one thread. What is asked of a door has happened when the call returns.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

AT_ONCE = 65536
# Close without a word: the other side learns of it by a reset, as when a machine has lost its power and come back.
NO_GOODBYE = struct.pack("ii", 1, 0)


@dataclass
class Door:
    """Listens on `port` and passes on to `target`."""

    target: tuple[str, int]
    loop: asyncio.AbstractEventLoop = field(repr=False)
    port: int = 0
    _delay_seconds: float = 0
    _bytes_per_second: float = 0
    _passing: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _server: asyncio.Server | None = field(default=None, repr=False)
    _connections: set[asyncio.StreamWriter] = field(default_factory=set, repr=False)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def open(self) -> None:
        self._do(self._open())

    def cut(self) -> None:
        """Refuse who comes, and reset who is connected."""
        self._do(self._cut())

    def hold(self) -> None:
        """Whoever comes is let in, and nothing passes: what a machine that hangs looks like from outside."""
        self.loop.call_soon_threadsafe(self._passing.clear)

    def delay(self, seconds: float) -> None:
        """Whatever passes, in either direction, passes so much later."""
        self._delay_seconds = seconds

    def throttle(self, bytes_per_second: float) -> None:
        self._bytes_per_second = bytes_per_second

    def mend(self) -> None:
        """As it was at first."""
        self._delay_seconds = self._bytes_per_second = 0
        self.open()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    async def _open(self) -> None:
        self._passing.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._welcome, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for each in list(self._connections):
            _reset(each)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_connection(*self.target)
        except OSError:
            _reset(writer)
            return
        both = {writer, there[1]}
        self._connections |= both
        try:
            await asyncio.gather(self._pass(reader, there[1]), self._pass(there[0], writer))
        except OSError:
            for each in both:
                _reset(each)
        finally:
            self._connections -= both
            for each in both:
                each.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(AT_ONCE):
            pause = self._delay_seconds
            if self._bytes_per_second:
                pause += len(chunk) / self._bytes_per_second
            if pause:
                await asyncio.sleep(pause)
            await self._passing.wait()
            writer.write(chunk)
            await writer.drain()
        with suppress(OSError, RuntimeError):
            writer.write_eof()


def _reset(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        end: socket.socket | None = writer.get_extra_info("socket")
        if end is not None:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_GOODBYE)
    writer.transport.abort()


class Doors:
    """All doors of a site, by the name of the server behind."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="doors", daemon=True)
        self._thread.start()
        self.by_name: dict[str, Door] = {}

    def __call__(self, name: str, address: str) -> str:
        """The address of the door in front of `address`, made when first asked for."""
        host, port = address.rsplit(":", 1)
        target = (host, int(port))
        known = self.by_name.get(name)
        if known is None or known.target != target:
            known = Door(target, self._loop)
            known.open()
            self.by_name[name] = known
        return known.address

    def of(self, name: str) -> list[Door]:
        """Every door of the server: some listen on two ports."""
        return [door for each, door in self.by_name.items() if each == name or each.startswith(f"{name}-")]

    def close(self) -> None:
        for each in self.by_name.values():
            each.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()
