# SPDX-License-Identifier: EUPL-1.2
"""What is kept of an outlook and handed out: figures fit for showing, who made it from what, and its track record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from services.forecasting.domain.backtest import Skill
from services.forecasting.domain.counts import Counts
from services.forecasting.domain.months import Month
from services.forecasting.domain.outlook import Chances, Normal, Outlook
from services.forecasting.domain.turnover import Turnover


@dataclass(frozen=True)
class ForecastRequest:
    """Somebody asked for forecasts: of one series or (None) all, from a month or (None) the newest one."""

    id: str
    series: str | None
    origin: Month | None
    horizon: int
    actor_id: str
    actor_role: str
    requested_at: datetime


@dataclass(frozen=True)
class ModelVersion:
    """`is_registered` False: the registry was away, and `version` is the last good one or "unregistered"."""

    name: str
    version: str
    is_registered: bool


@dataclass(frozen=True)
class Recorded:
    """One forecast of the past beside what came true."""

    origin: Month
    month: Month
    median: int
    q10: int
    q90: int
    actual: int


@dataclass(frozen=True)
class Worth:
    """What the backtest says. `skill` is the published model's, `challenger` that of its rival; both against now."""

    origins: int
    skill: Skill
    challenger_name: str
    challenger: Skill
    coverage: Mapping[str, float | None]
    track_record: tuple[Recorded, ...]
    has_long_history: bool


@dataclass(frozen=True)
class Publication:
    id: str
    series: str
    origin: Month
    made_at: datetime
    data_digest: str
    model: ModelVersion
    same_as_now: int
    forecast: tuple[Counts, ...]
    normal: Normal
    chances: Chances
    is_useful: bool
    is_suppressed: bool
    worth: Worth
    turnover: Turnover | None


@dataclass(frozen=True)
class ForecastPublished:
    """The fact that a forecast is the latest of its series from now on."""

    publication: Publication
    forecast_digest: str
    actor_id: str
    actor_role: str


@dataclass(frozen=True)
class PlacementsReceived:
    """The fact that an upload counts from now on."""

    upload_id: str
    received_on: date
    form: str
    digest: str
    rows: int
    rejected_rows: int
    series: int
    first: Month
    last: Month
    actor_id: str
    actor_role: str


Fact = PlacementsReceived | ForecastPublished


def worth_of(outlook: Outlook) -> Worth:
    """The track record holds only months that may be shown; a suppressed series has none at all."""
    tried = () if outlook.is_suppressed else outlook.trials
    return Worth(
        origins=len({each.origin for each in tried}),
        skill=outlook.skill,
        challenger_name=outlook.challenger_name,
        challenger=outlook.challenger_skill,
        coverage=outlook.coverage,
        track_record=tuple(
            Recorded(
                each.origin,
                each.month,
                each.forecast.quantile(0.5),
                each.forecast.quantile(0.1),
                each.forecast.quantile(0.9),
                each.actual,
            )
            for each in tried
        ),
        has_long_history=outlook.has_long_history,
    )
