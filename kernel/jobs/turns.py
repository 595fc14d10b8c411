# SPDX-License-Identifier: EUPL-1.2
"""Whose turn it is in a queue: start-time fair queueing (Goyal, Vin, Cheng 1996) between municipalities.

A queue's clock advances by the work it gives out. A municipality is due one share of that clock after its last turn, or
now, if it had nothing waiting then: so ten thousand jobs of one delay no other, and nobody saves up turns by idling.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kernel.identity import TenantId

Weight = Callable[[TenantId, str], float]


def equal_weights(_tenant_id: TenantId, _queue: str) -> float:
    return 1.0


@dataclass(frozen=True)
class Share:
    """Where a municipality stands on a queue's clock: when it was served last, and when it is due again."""

    tenant_id: TenantId
    last_turn: float = 0.0
    next_turn: float = 0.0


def in_turn(waiting: Iterable[Share], now: float) -> list[Share]:
    """The municipalities that have work to do, in the order in which they are due; `next_turn` is never in the past.

    `now` is the last turn that anybody had in this queue. Among equals, who was served longest ago comes first.
    """
    due = [Share(each.tenant_id, each.last_turn, max(each.next_turn, now)) for each in waiting]
    return sorted(due, key=lambda each: (each.next_turn, each.last_turn, each.tenant_id))


def served(share: Share, weight: float) -> Share:
    """After one job: a municipality of weight 2 is due again after half the time."""
    return Share(share.tenant_id, share.next_turn, share.next_turn + 1 / weight)
