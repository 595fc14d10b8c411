# SPDX-License-Identifier: EUPL-1.2
"""Whether Kafka answers, asked every few seconds beside the work, so that `/readyz` itself waits for nothing."""

from __future__ import annotations

import threading
from typing import Any

from kernel.kafka.client import KafkaError, administrator
from kernel.kafka.settings import KafkaSettings

ASK_SECONDS = 3


class KafkaWatch:
    """Starts out as away; true after the first answer."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._answers = False
        self._client: Any = None

    def answers(self) -> bool:
        return self._answers

    def run(self, stopped: threading.Event) -> None:
        while True:
            try:
                if self._client is None:
                    self._client = administrator(self._settings)
                self._client.describe_cluster()
                self._answers = True
            except KafkaError:
                self._answers = False
                self._let_go()
            if stopped.wait(ASK_SECONDS):
                self._let_go()
                return

    def _let_go(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()
