# SPDX-License-Identifier: EUPL-1.2
"""What forecasting needs from the outside world, said in forecasting's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.forecasting.domain.models import Model
from services.forecasting.domain.publication import ForecastPublished, ForecastRequest, PlacementsReceived, Publication
from services.forecasting.domain.series import Report

__all__ = ["Digests", "Model", "ModelRecord", "ModelVersions", "Publications", "Reports", "Requests", "VersionsAway"]


class Reports(Protocol):
    """What was reported about each series of one tenant, within one transaction. Nothing is ever changed or removed."""

    def lock(self) -> None:
        """Let no other upload of this tenant in until the transaction ends, so that none overlooks the other."""

    def all(self) -> Mapping[str, Sequence[Report]]:
        """Every report by series, in the order in which they were received."""

    def add(self, told: Mapping[str, Sequence[Report]], received: PlacementsReceived) -> None:
        """Keep the reports and announce the upload: both or neither."""


class Requests(Protocol):
    """Who asked for which forecasts."""

    def get(self, request_id: str) -> ForecastRequest:
        """Raise `NotFound` when this tenant made no such request."""

    def add(self, request: ForecastRequest) -> None:
        """Keep the request and ask for the work to be done: both or neither."""


class Publications(Protocol):
    """The forecasts of one tenant, within one transaction."""

    def latest(self, series: str) -> Publication | None:
        """The one published last; None when this tenant has none of the series."""

    def publish(self, fact: ForecastPublished) -> None:
        """Keep the forecast and announce it: both or neither. A second time under the same id changes nothing."""


class Digests(Protocol):
    """Digests that tell nothing to somebody who guesses: counts and pseudonyms are few enough to try them all."""

    def of(self, tenant_id: str, content: bytes) -> str:
        """`hmac-sha256:` and 64 hex digits; the same for the same tenant and content, another for another tenant."""


class VersionsAway(Exception):
    """The registry of model versions did not answer in time. The forecast is published without it."""


@dataclass(frozen=True)
class ModelRecord:
    """What is registered about a model as it was used: numbers and digests, nothing else."""

    tenant_id: str
    series: str
    method: str
    data_digest: str
    numbers: Mapping[str, float]


class ModelVersions(Protocol):
    """The registry of model versions. It may be slow or away, and no forecast waits for it long."""

    def register(self, record: ModelRecord) -> str:
        """The version under which this record is known; the same record again gives the same version.

        Raise `VersionsAway` when there is no answer within the agreed time.
        """
