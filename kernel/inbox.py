# SPDX-License-Identifier: EUPL-1.2
"""Receiving: an event takes effect once, however often it is delivered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Text, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from kernel.errors import Undeliverable
from kernel.events import Delivery
from kernel.handlers import Handlers
from kernel.store import Transactions, Work, dead_letters, inbox
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
    return bool(handle_together([delivery], handlers, transaction, tools))


def handle_together(
    deliveries: Sequence[Delivery], handlers: Handlers, transaction: Transactions, tools: Any
) -> list[Delivery]:
    """Let the handlers run once for each of these events of one municipality, in one transaction: all take effect, or
    none. Returns those that had not been seen before, in the order given.
    """
    with transaction(deliveries[0].tenant_id) as work:
        new = _not_seen(deliveries, work)
        if new:
            work.delivery = new[0]
            handlers.call_all(new, work, tools)
    return new


def _not_seen(deliveries: Sequence[Delivery], work: Work) -> list[Delivery]:
    """Note all as seen; of two with the same id the first counts."""
    by_id = {each.id: each for each in reversed(deliveries)}
    ids = func.unnest(bindparam("ids", list(by_id), ARRAY(Text)))
    noted = insert(inbox).from_select(["tenant_id", "event_id"], select(literal(work.tenant_id), ids))
    fresh = set(work.connection.execute(noted.on_conflict_do_nothing().returning(inbox.c.event_id)).scalars())
    return [each for each in deliveries if each.id in fresh and by_id[each.id] is each]


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
