# SPDX-License-Identifier: EUPL-1.2
"""Callers over HTTP in processes of their own: many kept connections each, and as little work as there can be.

Bytes are made before the clock runs, and an answer is read no further than its length. How much of a core the callers
used is told, so that nobody takes their speed for the server's.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain


@dataclass(frozen=True)
class Answer:
    """Times are seconds since the epoch. `due` is when the call was to be sent, which a late caller does not move."""

    due: float
    answered: float
    status: int
    body: bytes

    @property
    def seconds(self) -> float:
        return self.answered - self.due


@dataclass(frozen=True)
class Crowd:
    """What all callers got, and the share of one core that each process of them used."""

    answers: list[Answer]
    busy: list[float]

    @property
    def per_second(self) -> float:
        return len(self.answers) / (
            max(each.answered for each in self.answers) - min(each.due for each in self.answers)
        )


def request(method: str, path: str, token: str, body: bytes = b"", key: str = "") -> bytes:
    """The bytes of one request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: underlag", f"Authorization: Bearer {token}"]
    if key:
        lines.append(f"Idempotency-Key: {key}")
    if method != "GET":
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True)
class Callers:
    """`connections` callers in each of `processes` processes."""

    pool: ProcessPoolExecutor
    processes: int

    def call(self, port: int, calls: Sequence[bytes], connections: int, per_second: float = 0) -> Crowd:
        """Every call once. Without a pace, each caller sends its next when it has its answer."""
        each_port, shares = connections // self.processes, [calls[at :: self.processes] for at in range(self.processes)]
        begin = time.time() + 0.2
        asked = [
            self.pool.submit(_in_process, port, share, each_port, per_second / self.processes, begin)
            for share in shares
        ]
        done = [each.result() for each in asked]
        return Crowd(list(chain.from_iterable(answers for answers, _ in done)), [busy for _, busy in done])


def once(port: int, call: bytes) -> Answer:
    """One call from this process, for what is not timed."""
    begun, length = time.time(), 0
    with socket.create_connection(("127.0.0.1", port)) as line, line.makefile("rb") as said:
        line.sendall(call)
        status = int(said.readline()[9:12])
        for header in iter(said.readline, b"\r\n"):
            name, _, value = header.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return Answer(begun, time.time(), status, said.read(length))


@contextmanager
def crowd(processes: int = 2) -> Iterator[Callers]:
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        # Each process is there, with its modules, before anything is timed.
        list(pool.map(time.sleep, [0.5] * processes))
        yield Callers(pool, processes)


def _in_process(
    port: int, calls: Sequence[bytes], connections: int, per_second: float, begin: float
) -> tuple[list[Answer], float]:
    return asyncio.run(_all(port, calls, connections, per_second, begin))


async def _all(
    port: int, calls: Sequence[bytes], connections: int, per_second: float, begin: float
) -> tuple[list[Answer], float]:
    waiting, answers = iter(enumerate(calls)), list[Answer]()
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]
    await asyncio.sleep(max(0.0, begin - time.time()))
    used, started = time.process_time(), time.perf_counter()

    async def caller(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number, call in waiting:
            due = begin + number / per_second if per_second else time.time()
            await asyncio.sleep(max(0.0, due - time.time()))
            writer.write(call)
            status, body = await _answer(reader)
            answers.append(Answer(due, time.time(), status, body))

    await asyncio.gather(*(caller(*each) for each in opened))
    busy = (time.process_time() - used) / (time.perf_counter() - started)
    for _, writer in opened:
        writer.close()
    return answers, round(busy, 3)


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length:")[2].split(b"\r\n", 1)[0]
    return int(head[9:12]), await reader.readexactly(int(length))
