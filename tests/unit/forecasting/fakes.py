# SPDX-License-Identifier: EUPL-1.2
"""Quick stand-ins for what forecasting needs. `tests/contract/test_forecast*.py` hold them to what the real ones do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kernel.errors import NotFound
from services.forecasting.domain.publication import (
    ForecastPublished,
    ForecastRequest,
    PlacementsReceived,
    Publication,
)
from services.forecasting.domain.series import Report
from services.forecasting.ports import ModelRecord, VersionsAway


@dataclass
class MemoryReports:
    kept: dict[str, list[Report]] = field(default_factory=dict)
    announced: list[PlacementsReceived] = field(default_factory=list)

    def lock(self) -> None:
        """There is nobody else."""

    def all(self) -> Mapping[str, Sequence[Report]]:
        return {key: list(own) for key, own in self.kept.items()}

    def add(self, told: Mapping[str, Sequence[Report]], received: PlacementsReceived) -> None:
        for key, own in told.items():
            if own:
                self.kept.setdefault(key, []).extend(own)
        self.announced.append(received)


@dataclass
class MemoryRequests:
    kept: dict[str, ForecastRequest] = field(default_factory=dict)

    def get(self, request_id: str) -> ForecastRequest:
        if request_id not in self.kept:
            raise NotFound("no such request for forecasts")
        return self.kept[request_id]

    def add(self, request: ForecastRequest) -> None:
        self.kept[request.id] = request


@dataclass
class MemoryPublications:
    kept: dict[str, Publication] = field(default_factory=dict)
    announced: list[ForecastPublished] = field(default_factory=list)

    def latest(self, series: str) -> Publication | None:
        own = [each for each in self.kept.values() if each.series == series]
        return max(own, key=lambda each: (each.made_at, each.id), default=None)

    def publish(self, fact: ForecastPublished) -> None:
        if fact.publication.id not in self.kept:
            self.kept[fact.publication.id] = fact.publication
            self.announced.append(fact)


@dataclass(frozen=True)
class PlainDigests:
    def of(self, tenant_id: str, content: bytes) -> str:
        return f"hmac-sha256:{hashlib.sha256(tenant_id.encode() + bytes(1) + content).hexdigest()}"


@dataclass
class MemoryVersions:
    is_away: bool = False
    kept: dict[tuple[str, str], list[ModelRecord]] = field(default_factory=dict)

    def register(self, record: ModelRecord) -> str:
        if self.is_away:
            raise VersionsAway("away")
        own = self.kept.setdefault((record.tenant_id, record.series), [])
        if not own or own[-1] != record:
            own.append(record)
        return str(len(own))
