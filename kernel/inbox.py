# SPDX-License-Identifier: EUPL-1.2
"""Receiving: an event takes effect once, however often it is delivered."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.postgresql import insert

from kernel.errors import Undeliverable
from kernel.events import Delivery, Handlers
from kernel.store import Transactions, dead_letters, inbox
from kernel.telemetry import DEAD_LETTERS, EVENTS_HANDLED, logger, span

log = logger(__name__)


def receive(delivery: Delivery, handlers: Handlers, transaction: Transactions, tools: Any) -> None:
    """Let the handler run once, in the transaction that also notes the event as seen.

    Raising means: not handled, deliver again. An event that can never be handled is kept as a dead letter instead.
    """
    if not handlers.listen_to(delivery.type):
        return
    with span(f"{transaction.source} receives {delivery.type}", parent=delivery.traceparent):
        try:
            handled = handle_once(delivery, handlers, transaction, tools)
        except Undeliverable as reason:
            _bury(delivery, str(reason), transaction)
            return
    if handled:
        EVENTS_HANDLED.labels(transaction.source, delivery.type).inc()


def handle_once(delivery: Delivery, handlers: Handlers, transaction: Transactions, tools: Any) -> bool:
    with transaction(delivery.tenant_id) as work:
        noted = insert(inbox).values(tenant_id=work.tenant_id, event_id=delivery.id).on_conflict_do_nothing()
        if work.connection.execute(noted.returning(inbox.c.event_id)).one_or_none() is None:
            return False
        work.delivery = delivery
        handlers.call(delivery, work, tools)
    return True


def _bury(delivery: Delivery, reason: str, transaction: Transactions) -> None:
    with transaction(delivery.tenant_id) as work:
        work.connection.execute(
            insert(dead_letters)
            .values(
                tenant_id=work.tenant_id,
                event_id=delivery.id,
                type=delivery.type,
                reason=reason,
                data=delivery.data,
            )
            .on_conflict_do_nothing()
        )
    DEAD_LETTERS.labels(transaction.source, delivery.type).inc()
    log.error("event is undeliverable", event_id=delivery.id, type=delivery.type)
