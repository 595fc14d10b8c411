# SPDX-License-Identifier: EUPL-1.2
"""A service that is put together and runs in this process."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from kernel.jobs import Worker
from kernel.service import Service


@dataclass(frozen=True)
class Running:
    service: Service
    settings: Any
    tools: Any
    worker: Worker
    relay_engine: Engine
