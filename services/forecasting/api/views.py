# SPDX-License-Identifier: EUPL-1.2
"""How forecasts and receipts look to a client. What is suppressed is null here, and nowhere else is it put back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.forecasting.api import verdicts
from services.forecasting.domain.counts import Counts
from services.forecasting.domain.intake import Finding, Rejected
from services.forecasting.domain.months import Month
from services.forecasting.domain.publication import Publication, Recorded
from services.forecasting.usecases import Receipt, SeriesSpan

Say = Callable[..., str]
# A finding names at most so many rows; `count` tells how many there are.
_NAMED_ROWS = 100


class RejectedView(BaseModel):
    row: int = Field(description="The line of a CSV file (the header is line 1), or the place in a JSON list (from 1).")
    why: str

    @classmethod
    def of(cls, rejected: Rejected, say: Say) -> RejectedView:
        return cls(row=rejected.row, why=say(rejected.why, **rejected.values))


class FindingView(BaseModel):
    finding: str
    rows: list[int]
    count: int
    code: str

    @classmethod
    def of(cls, finding: Finding, say: Say) -> FindingView:
        return cls(
            finding=say(finding.finding, **finding.values),
            rows=list(finding.rows[:_NAMED_ROWS]),
            count=len(finding.rows),
            code=finding.finding.rpartition(".")[2].replace("_", "-"),
        )


class ReceiptView(BaseModel):
    upload_id: str
    rows: int
    rejected: list[RejectedView]
    quality: list[FindingView]

    @classmethod
    def of(cls, receipt: Receipt, say: Say) -> ReceiptView:
        return cls(
            upload_id=receipt.upload_id,
            rows=receipt.rows,
            rejected=[RejectedView.of(each, say) for each in receipt.rejected],
            quality=[FindingView.of(each, say) for each in receipt.findings],
        )


class SeriesView(BaseModel):
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    key: str
    kind: str
    first: str = Field(alias="from")
    to: str
    months: int

    @classmethod
    def of(cls, span: SeriesSpan) -> SeriesView:
        return cls(key=span.key, kind=span.kind, first=str(span.first), to=str(span.last), months=span.months)


class SeriesListView(BaseModel):
    series: list[SeriesView]


class RequestView(BaseModel):
    id: str
    state: str = Field(description="queued, running, done or failed")
    progress: float = 0.0
    problem: dict[str, str] | None = None
    series: str | None = None
    origin: str | None = None
    horizon: int


class ModelView(BaseModel):
    name: str
    version: str


class AheadView(BaseModel):
    month: str
    median: int | None
    q10: int | None
    q25: int | None
    q75: int | None
    q90: int | None
    q025: int | None
    q975: int | None
    same_as_now: int | None

    @classmethod
    def of(cls, month: Month, counts: Counts | None, same_as_now: int | None) -> AheadView:
        levels = {"median": 0.5, "q10": 0.1, "q25": 0.25, "q75": 0.75, "q90": 0.9, "q025": 0.025, "q975": 0.975}
        shown: dict[str, Any] = {name: counts and counts.quantile(level) for name, level in levels.items()}
        return cls(month=str(month), **shown, same_as_now=same_as_now)


class NormalView(BaseModel):
    low: int | None
    high: int | None
    basis: str


class ProbabilityView(BaseModel):
    below: float | None
    normal: float | None
    above: float | None


class VerdictView(BaseModel):
    useful: bool
    text: str


class WarningView(BaseModel):
    code: str
    text: str


class AssumedView(BaseModel):
    """The assumptions of a what-if. `places`: the most children at once in the last year, before beds are closed."""

    entries_factor: float
    stay_factor: float
    closed_beds: int
    places: int | None


class ForecastView(BaseModel):
    series: str
    origin: str
    made_at: str
    data_digest: str
    model: ModelView
    horizon: list[AheadView]
    normal: NormalView
    probability: ProbabilityView
    verdict: VerdictView
    suppressed: bool
    warnings: list[WarningView]
    what_if: AssumedView | None = None

    @classmethod
    def of(cls, made: Publication, say: Say) -> ForecastView:
        shown = not made.is_suppressed
        return cls(
            series=made.series,
            origin=str(made.origin),
            made_at=made.made_at.isoformat().replace("+00:00", "Z"),
            data_digest=made.data_digest,
            model=ModelView(name=made.model.name, version=made.model.version),
            horizon=[
                AheadView.of(made.origin + ahead, each if shown else None, made.same_as_now if shown else None)
                for ahead, each in enumerate(made.forecast, 1)
            ],
            normal=NormalView(
                low=made.normal.low if shown else None,
                high=made.normal.high if shown else None,
                basis=verdicts.basis(made, say),
            ),
            probability=_probability(made),
            verdict=VerdictView(useful=made.is_useful, text=verdicts.verdict(made, say)),
            suppressed=made.is_suppressed,
            warnings=[] if made.model.is_registered else [_registry_away(say)],
        )


class SkillView(BaseModel):
    crps_ratio: float | None
    mae_ratio: float | None


class ChallengerView(SkillView):
    name: str


class CoverageView(BaseModel):
    c50: float | None
    c80: float | None
    c95: float | None


class RecordedView(BaseModel):
    origin: str
    month: str
    median: int
    q10: int
    q90: int
    actual: int

    @classmethod
    def of(cls, each: Recorded) -> RecordedView:
        return cls(
            origin=str(each.origin),
            month=str(each.month),
            median=each.median,
            q10=each.q10,
            q90=each.q90,
            actual=each.actual,
        )


class BacktestView(BaseModel):
    """`skill` is the published model's against "same as now"; below 1 is better. Null where there is too little."""

    series: str
    origins: int
    model: ModelView
    skill: SkillView
    challenger: ChallengerView
    coverage: CoverageView
    track_record: list[RecordedView]
    suppressed: bool

    @classmethod
    def of(cls, made: Publication) -> BacktestView:
        worth = made.worth
        scores = {name: _rounded(None if made.is_suppressed else each) for name, each in worth.coverage.items()}
        return cls(
            series=made.series,
            origins=worth.origins,
            model=ModelView(name=made.model.name, version=made.model.version),
            skill=SkillView(**_skill(made, worth.skill.crps_ratio, worth.skill.mae_ratio)),
            challenger=ChallengerView(
                name=worth.challenger_name, **_skill(made, worth.challenger.crps_ratio, worth.challenger.mae_ratio)
            ),
            coverage=CoverageView(**scores),
            track_record=[RecordedView.of(each) for each in worth.track_record],
            suppressed=made.is_suppressed,
        )


def _skill(made: Publication, crps_ratio: float | None, mae_ratio: float | None) -> dict[str, float | None]:
    if made.is_suppressed:
        return {"crps_ratio": None, "mae_ratio": None}
    return {"crps_ratio": _rounded(crps_ratio), "mae_ratio": _rounded(mae_ratio)}


def _probability(made: Publication) -> ProbabilityView:
    """Rounded so that the three still sum to one."""
    if made.is_suppressed:
        return ProbabilityView(below=None, normal=None, above=None)
    below, above = round(made.chances.below, 3), round(made.chances.above, 3)
    return ProbabilityView(below=below, normal=max(0.0, round(1.0 - below - above, 3)), above=above)


def _registry_away(say: Say) -> WarningView:
    return WarningView(code="model-versions-away", text=say("warning.model_versions_away"))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
