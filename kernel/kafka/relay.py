# SPDX-License-Identifier: EUPL-1.2
"""From the outbox to Kafka, a batch at a time: rows are removed when every record of the batch is acknowledged.

The same promises as `kernel.relay`: at least once, in order for each key, one relay of a service at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from sqlalchemy import Engine, delete, text
from sqlalchemy.exc import SQLAlchemyError

from kernel.events import Delivery
from kernel.kafka.publisher import BrokerAway
from kernel.relay import LOCK, due, oldest_seconds, postpone, published
from kernel.store import outbox
from kernel.telemetry import OUTBOX_AGE, logger

log = logger(__name__)
PublishAll = Callable[[Sequence[Delivery]], list[bool]]
# How long an event may lie before the relay looks; a look is one indexed query. In the second number nothing came for a
# while: five services that look ten times a second keep a fifth of a core busy with nothing.
LOOK_SECONDS, IDLE_LOOK_SECONDS = 0.1, 0.3
BUSY_SECONDS = 2
MEASURE_SECONDS = 2


def relay_batch(engine: Engine, publish_all: PublishAll) -> int:
    """Publish what waits, oldest first, in one batch, and return how many rows went out.

    Raise `BrokerAway` when it is not known what arrived: then no row is removed, and all are sent again. A row that
    Kafka does not take holds back the later rows of its key, and no others.
    """
    with engine.begin() as connection:
        if not connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}).scalar():
            return 0
        rows = connection.execute(due()).all()
        if not rows:
            return 0
        deliveries: list[Delivery] = []
        for row in rows:
            published(row, deliveries.append)
        taken = publish_all(deliveries)
        connection.execute(
            delete(outbox).where(
                outbox.c.position.in_([row.position for row, ok in zip(rows, taken, strict=True) if ok])
            )
        )
        postponed: set[tuple[str, str]] = set()
        for row, ok in zip(rows, taken, strict=True):
            if not ok and (row.tenant_id, row.key) not in postponed:
                postponed.add((row.tenant_id, row.key))
                postpone(connection, row)
    return sum(taken)


def relay_to_kafka(stopped: threading.Event, engine: Engine, publish_all: PublishAll, source: str) -> None:
    """Relay until told to stop. While the broker or the database is away, events wait where they are."""
    measured, came = 0.0, 0.0
    while not stopped.is_set():
        wait: float = LOOK_SECONDS if time.monotonic() - came < BUSY_SECONDS else IDLE_LOOK_SECONDS
        try:
            if relay_batch(engine, publish_all):
                wait, came = 0, time.monotonic()
        except (BrokerAway, SQLAlchemyError) as trouble:
            log.warning("events wait in the outbox", service=source, cause=type(trouble).__name__)
            wait = 1
        if time.monotonic() - measured > MEASURE_SECONDS:
            _measure(engine, source)
            measured = time.monotonic()
        stopped.wait(wait)


def _measure(engine: Engine, source: str) -> None:
    """The age of the oldest event is what tells of trouble, so it is known while nothing goes out too."""
    try:
        with engine.connect() as connection:
            OUTBOX_AGE.labels(source).set(oldest_seconds(connection))
    except SQLAlchemyError as trouble:
        log.warning("the outbox cannot be reached", service=source, cause=type(trouble).__name__)
