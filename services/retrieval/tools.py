# SPDX-License-Identifier: EUPL-1.2
"""What a running retrieval service holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from kernel.municipalities import Municipalities
from kernel.store import Transactions, Work
from kernel.texts import Texts
from services.retrieval.domain.answering import Calibration
from services.retrieval.ports import Embedder, Languages, Passages, Reader


@dataclass(frozen=True)
class Tools:
    """`passages` gives the index of the tenant whose transaction is open."""

    transaction: Transactions
    now: Callable[[], datetime]
    passages: Callable[[Work], Passages]
    embedder: Embedder
    reader: Reader
    languages: Languages
    texts: Texts
    municipalities: Municipalities
    calibration: Calibration = field(default_factory=Calibration)
