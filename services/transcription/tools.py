# SPDX-License-Identifier: EUPL-1.2
"""What a running transcription service holds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kernel.store import Transactions
from services.transcription.ports import Recogniser, RecordingFiles, Seal, Sounds


@dataclass(frozen=True)
class Tools:
    transaction: Transactions
    files: RecordingFiles
    sounds: Sounds
    recogniser: Recogniser
    seal: Seal
    now: Callable[[], datetime]
    languages: tuple[str, ...]
    doubtful_below: float
    needs: Mapping[str, Callable[[], bool]] = field(default_factory=dict)

    def checks(self) -> Mapping[str, Callable[[], bool]]:
        """What `/readyz` asks beside the database: `needs`, by name, each with the question whether it answers."""
        return self.needs
