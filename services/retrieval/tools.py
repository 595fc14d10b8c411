# SPDX-License-Identifier: EUPL-1.2
"""What a running retrieval service holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kernel.municipalities import Municipalities
from kernel.store import Transactions, Work
from kernel.texts import Texts
from services.retrieval.domain.answering import Calibration
from services.retrieval.ports import Embedder, Languages, Passages, Reader


def nothing_to_close() -> None:
    """For an index that lies in the service's own database."""


@dataclass(frozen=True)
class Tools:
    """`passages` gives the index of the tenant whose transaction is open; `needs` are the servers it lies on, by name,
    each with the question whether it answers; `close_index` lets go of them.
    """

    transaction: Transactions
    now: Callable[[], datetime]
    passages: Callable[[Work], Passages]
    embedder: Embedder
    reader: Reader
    languages: Languages
    texts: Texts
    municipalities: Municipalities
    calibration: Calibration = field(default_factory=Calibration)
    needs: Mapping[str, Callable[[], bool]] = field(default_factory=dict)
    close_index: Callable[[], None] = nothing_to_close

    def checks(self) -> Mapping[str, Callable[[], bool]]:
        """What `/readyz` asks beside the database."""
        return self.needs

    def close(self) -> None:
        """Let go of every connection. Whoever uses the tools afterwards gets new ones."""
        self.close_index()
        self.transaction.engine.dispose()
