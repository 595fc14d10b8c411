# SPDX-License-Identifier: EUPL-1.2
"""From the outbox to the listeners: at least once, and in order for each key.

Only one relay of a service works at a time (an advisory lock, held by the transaction); a second one takes over when
the first is gone. A row that could not be handed over holds back the later rows of its key, and no others.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, delete, func, select, text, update

from kernel.events import Delivery
from kernel.identity import TenantId
from kernel.store import outbox
from kernel.telemetry import OUTBOX_AGE, logger, span

log = logger(__name__)
Publish = Callable[[Delivery], None]
BATCH = 200
LONGEST_WAIT_SECONDS = 30
# Whoever leaves something in this process says so; a look finds what is to be tried again.
SECONDS_BETWEEN_LOOKS = 1.0
# "relay" in ASCII: the key of the advisory lock, one for each database.
LOCK = 0x72656C6179


def relay_once(engine: Engine, publish: Publish, source: str = "") -> int:
    """Hand over what waits, oldest first, and return how many rows went out.

    `engine` is the relay's role, which sees the outboxes of all tenants. Rows are removed when `publish` has returned;
    a process killed in between hands them over again, with the same event id.
    """
    with engine.begin() as connection:
        if not connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}).scalar():
            return 0
        rows = connection.execute(due()).all()
        held_back: set[tuple[str, str]] = set()
        sent: list[int] = []
        for row in rows:
            if (row.tenant_id, row.key) in held_back:
                continue
            if published(row, publish):
                sent.append(row.position)
            else:
                held_back.add((row.tenant_id, row.key))
                postpone(connection, row)
        if sent:
            connection.execute(delete(outbox).where(outbox.c.position.in_(sent)))
        if source:
            OUTBOX_AGE.labels(source).set(oldest_seconds(connection))
    return len(sent)


def due() -> Select[Any]:
    """The oldest rows, but for keys of which an earlier row waits for its next attempt."""
    earlier = outbox.alias()
    blocked = select(earlier.c.position).where(
        earlier.c.tenant_id == outbox.c.tenant_id,
        earlier.c.key == outbox.c.key,
        earlier.c.position <= outbox.c.position,
        earlier.c.next_attempt_at > func.clock_timestamp(),
    )
    return select(outbox).where(~blocked.exists()).order_by(outbox.c.position).limit(BATCH)


def published(row: Row[Any], publish: Publish) -> bool:
    delivery = Delivery(
        id=row.id,
        type=row.type,
        source=row.source,
        subject=row.subject,
        time=row.time,
        tenant_id=TenantId(row.tenant_id),
        key=row.key,
        data=bytes(row.data),
        traceparent=row.traceparent,
    )
    with span(f"relay {delivery.type}", parent=delivery.traceparent):
        try:
            publish(delivery)
        except Exception as trouble:  # noqa: BLE001 — whatever the listener's trouble, the event is kept and tried again
            log.warning("event not handed over", event_id=delivery.id, type=delivery.type, cause=type(trouble).__name__)
            return False
    return True


def postpone(connection: Connection, row: Row[Any]) -> None:
    wait = timedelta(seconds=min(LONGEST_WAIT_SECONDS, 0.1 * 2 ** min(row.attempts, 10)))
    connection.execute(
        update(outbox)
        .where(outbox.c.position == row.position)
        .values(attempts=outbox.c.attempts + 1, next_attempt_at=func.clock_timestamp() + wait)
    )


def oldest_seconds(connection: Connection) -> float:
    age = func.extract("epoch", func.clock_timestamp() - func.min(outbox.c.time))
    return float(connection.execute(select(age)).scalar() or 0)


def relay_until(
    stopped: threading.Event, engine: Engine, publish: Publish, woken: threading.Event, source: str
) -> None:
    """Relay until told to stop. Looks at once when `woken` is set, otherwise once a second."""
    while not stopped.is_set():
        woken.clear()
        try:
            if relay_once(engine, publish, source) == 0:
                woken.wait(timeout=SECONDS_BETWEEN_LOOKS)
        except Exception as trouble:  # noqa: BLE001 — the database is away: wait and go on
            log.warning("relay cannot reach its database", service=source, cause=type(trouble).__name__)
            stopped.wait(1)
