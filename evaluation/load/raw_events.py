# SPDX-License-Identifier: EUPL-1.2
"""The event path without the platform: psycopg and kafka-python alone, writing the same rows in as many commits.

Each function is a process. The settings of the Kafka clients are the platform's own, so that "sent" and "received"
promise the same on both sides.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from typing import Any

import psycopg
import uuid_utils

from evaluation.load.statements import Statement
from kernel.kafka.client import consumer, producer
from kernel.kafka.consumer import BATCH as POLL_BATCH
from kernel.kafka.consumer import POLL_MS
from kernel.kafka.relay import LOOK_SECONDS
from kernel.kafka.settings import KafkaSettings
from kernel.relay import BATCH as RELAY_BATCH
from kernel.relay import LOCK

TOPIC = "raw.drafting"
TAKE = f"SELECT position, key, id, data FROM outbox ORDER BY position LIMIT {RELAY_BATCH}"  # noqa: S608 — a number of ours


@dataclass(frozen=True)
class Pattern:
    """What one request, or one event, writes. `ids` are those in it that must be new each time; the case's is first."""

    statements: Sequence[Statement]
    ids: Sequence[str]

    def again(self) -> tuple[str, list[Statement]]:
        """The new case's id, and the statements that write it."""
        changes = {old: str(uuid_utils.uuid7()) for old in self.ids}
        return changes[self.ids[0]], [each.with_texts(changes) for each in self.statements]


@dataclass(frozen=True)
class Sent:
    case_id: str
    due: float


def write(url: str, pattern: Pattern, number: int, connections: int, per_second: float = 0) -> list[Sent]:
    """So many cases, one transaction each, by threads with a connection each; paced when a pace is given."""
    begin, numbers, turn = time.time() + 0.2, iter(range(number)), threading.Lock()

    def some() -> list[Sent]:
        sent: list[Sent] = []
        with psycopg.connect(url) as connection, connection.cursor() as cursor:
            time.sleep(max(0.0, begin - time.time()))
            while True:
                with turn:
                    at = next(numbers, None)
                if at is None:
                    return sent
                due = begin + at / per_second if per_second else time.time()
                time.sleep(max(0.0, due - time.time()))
                case_id, statements = pattern.again()
                for each in statements:
                    each.run(cursor)
                connection.commit()
                sent.append(Sent(case_id, due))

    with ThreadPoolExecutor(connections) as threads:
        return [each for done in [threads.submit(some) for _ in range(connections)] for each in done.result()]


def relay(url: str, settings: KafkaSettings, stopped: Event) -> None:
    """Oldest rows first, in batches that count when all are acknowledged; looks as often as the platform's."""
    sender = producer(settings)
    with psycopg.connect(url) as connection:
        while not stopped.is_set():
            if not _relayed(connection, sender):
                stopped.wait(LOOK_SECONDS)
    sender.close(timeout=1)


def _relayed(connection: psycopg.Connection[Any], sender: Any) -> bool:
    with connection.transaction(), connection.cursor() as cursor:
        if not cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK]).fetchall()[0][0]:
            return False
        rows = cursor.execute(TAKE).fetchall()
        sent = [
            sender.send(TOPIC, key=key.encode(), value=data, headers=[("ce_id", event_id.encode())])
            for _, key, event_id, data in rows
        ]
        for each in sent:
            each.get(timeout=10)
        cursor.execute("DELETE FROM outbox WHERE position = ANY(%s)", [[row[0] for row in rows]])
    return bool(rows)


def consume(
    url: str, settings: KafkaSettings, effect: Pattern, stopped: Event, commits: Event, *, events_a_commit: int
) -> None:
    """Each event with a transaction of its own, or those of a poll in one. `commits` is set once it has partitions."""
    client = consumer(settings, "raw")
    client.partitions_for_topic(TOPIC)
    client.subscribe(topics=[TOPIC])
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        while not stopped.is_set():
            polled = client.poll(timeout_ms=POLL_MS, max_records=POLL_BATCH)
            records = [each for found in polled.values() for each in found]
            for at, each in enumerate(records, start=1):
                take_effect(cursor, effect, each)
                if at % events_a_commit == 0 or at == len(records):
                    connection.commit()
            if records:
                client.commit(timeout_ms=5000)
            if client.assignment():
                commits.set()
    client.close(autocommit=False, timeout_ms=5000)


def take_effect(cursor: psycopg.Cursor[Any], effect: Pattern, record: Any) -> None:
    """The rows that the platform writes for one event, but for the full tile that it adds after each 256 entries."""
    event_id = dict(record.headers)["ce_id"].decode()
    size = cursor.execute("SELECT size FROM logs FOR UPDATE").fetchall()[0][0]
    changes = dict(zip(effect.ids, (record.key.decode(), event_id), strict=True))
    for each in effect.statements:
        changed = each.with_texts(changes)
        content = next((row["content"] for row in changed.rows if "content" in row), b"")
        leaf = hashlib.sha256(b"\x00" + content).digest()
        changed.with_values({"index": size, "leaf": leaf, "size": size + 1}).run(cursor)
