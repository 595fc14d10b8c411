# SPDX-License-Identifier: EUPL-1.2
"""What a running transcription service holds."""

from collections.abc import Callable
from dataclasses import dataclass
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
