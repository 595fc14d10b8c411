# SPDX-License-Identifier: EUPL-1.2
"""What forecasting does: one function for each thing somebody may ask of it.

A use case is handed what it needs and never opens a transaction itself; the edge that calls it does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from kernel.errors import Conflict, NotFound, Unacceptable
from kernel.identity import Actor, new_id
from services.forecasting.domain import intake, placements, quality
from services.forecasting.domain.counts import Counts
from services.forecasting.domain.intake import Episodes, Finding, Monthly, NothingUsable, Rejected
from services.forecasting.domain.months import Month
from services.forecasting.domain.outlook import Outlook, chances_of, look_ahead
from services.forecasting.domain.publication import (
    ForecastPublished,
    ForecastRequest,
    ModelVersion,
    PlacementsReceived,
    Publication,
    worth_of,
)
from services.forecasting.domain.series import History, Kind, Report, history_of, kind_of, news, placement_type
from services.forecasting.domain.suppression import SMALL, censor
from services.forecasting.domain.tables import Table
from services.forecasting.domain.turnover import Turnover, WhatIf, flow_if, stock_if, turnover_of
from services.forecasting.ports import (
    Digests,
    ModelRecord,
    ModelVersions,
    Publications,
    Reports,
    Requests,
    VersionsAway,
)

UNREGISTERED = "unregistered"


class NoSuchSeries(NotFound):
    """Nothing has been reported about a series with this key."""


class NoForecastYet(NotFound):
    """No forecast of the series has been made, or the one that was asked for is not ready."""


class NothingKnown(Conflict):
    """No count of the series was known at the origin."""


class WhatIfDoesNotApply(Unacceptable):
    """The assumption says nothing about this series."""


class TurnoverUnknown(Conflict):
    """The account of who comes and leaves needs stock and entries of the last twelve months, and enough of them."""


@dataclass(frozen=True)
class Receipt:
    upload_id: str
    rows: int
    rejected: tuple[Rejected, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class SeriesSpan:
    key: str
    kind: Kind
    first: Month
    last: Month
    months: int


@dataclass(frozen=True)
class Prepared:
    """An outlook with what its publication needs beside it."""

    outlook: Outlook
    turnover: Turnover | None
    data_digest: str


def receive_placements(
    table: Table, observed: tuple[Month | None, Month | None], digest: str, actor: Actor, today: date, reports: Reports
) -> Receipt:
    """Keep what can stand of an upload, all of it or nothing.

    Children's pseudonyms are used to count and then forgotten: only monthly counts are kept.
    """
    read = intake.read(table, today)
    rows = len(read.accepted) if isinstance(read, Episodes) else sum(len(each) for each in read.rows.values())
    if not rows:
        rejected = [{"row": each.row, "why": each.why} for each in read.rejected[:100]]
        raise NothingUsable("every row was rejected; nothing was kept", rejected=rejected)
    told, findings = _told(read, observed, today)
    reports.lock()
    known = reports.all()
    carries_dates = {key: any(each.reported_on for each in own) for key, own in told.items()}
    kept = {
        key: news(known.get(key, ()), own, carries_dates=isinstance(read, Monthly) and carries_dates[key], today=today)
        for key, own in told.items()
    }
    months = [each.month for own in told.values() for each in own]
    form = "episodes" if isinstance(read, Episodes) else "monthly"
    upload_id = new_id()
    received = PlacementsReceived(
        upload_id,
        today,
        form,
        digest,
        rows,
        len(read.rejected),
        len(told),
        min(months),
        max(months),
        actor.id,
        actor.role,
    )
    reports.add(kept, received)
    return Receipt(upload_id, rows, read.rejected, findings)


def _told(
    read: Episodes | Monthly, observed: tuple[Month | None, Month | None], today: date
) -> tuple[Mapping[str, Sequence[Report]], tuple[Finding, ...]]:
    if isinstance(read, Monthly):
        return read.reports, quality.of_monthly(read)
    episodes = [episode for _, episode in read.accepted]
    window = placements.window_of(episodes, today, first=observed[0], last=observed[1])
    series = placements.series_of(episodes, window)
    return series, quality.of_episodes(read, window, series)


def list_series(reports: Reports) -> list[SeriesSpan]:
    """Every series, with its first and last month; `months` counts those that have been reported."""
    spans = []
    for key, own in sorted(reports.all().items()):
        months = {each.month for each in own}
        kind = kind_of(key)
        if months and kind is not None:
            spans.append(SeriesSpan(key, kind, min(months), max(months), len(months)))
    return spans


def request_forecasts(request: ForecastRequest, reports: Reports, requests: Requests) -> ForecastRequest:
    """Raise `NoSuchSeries` or `NothingKnown` before any work is asked for."""
    known = reports.all()
    if request.series is not None and request.series not in known:
        raise NoSuchSeries("nothing has been reported about this series")
    wanted = [request.series] if request.series else list(known)
    months = [each.month for key in wanted for each in known[key]]
    if not months or (request.origin is not None and min(months) > request.origin):
        raise NothingKnown("nothing was known at the origin")
    requests.add(request)
    return request


def prepare(
    request: ForecastRequest,
    reports: Mapping[str, Sequence[Report]],
    tenant_id: str,
    reporting_days: int,
    digests: Digests,
) -> list[Prepared]:
    """The outlooks that were asked for; series of which nothing was known at the origin are left out.

    Raise `NothingKnown` when that leaves none. This is the slow part: about a tenth of a second a series.
    """

    def history(key: str) -> History | None:
        return history_of(key, reports.get(key, ()), origin=request.origin, reporting_days=reporting_days)

    prepared = []
    for key in [request.series] if request.series else sorted(reports):
        own = history(key)
        if own is None:
            continue
        type_ = placement_type(key)
        partner = None if type_ is None else history(_partner(key, type_))
        censored = censor(own, stock=partner if own.kind is Kind.FLOW else None)
        turnover = turnover_of(censored, partner) if own.kind is Kind.STOCK else None
        digest = digests.of(tenant_id, censored.history.canonical())
        prepared.append(Prepared(look_ahead(censored, request.horizon), turnover, digest))
    if not prepared:
        raise NothingKnown("nothing was known at the origin")
    return prepared


def _partner(key: str, type_: str) -> str:
    return f"entries_{type_}" if key.startswith("stock_") else f"stock_{type_}"


def register(prepared: Prepared, tenant_id: str, last: ModelVersion | None, versions: ModelVersions) -> ModelVersion:
    """The version to publish under. With the registry away it is the last good one of the same method, marked so."""
    outlook = prepared.outlook
    numbers: dict[str, float] = {
        "method_version": float(outlook.model.version),
        "horizon": len(outlook.forecast),
        "origin": outlook.origin.year * 100 + outlook.origin.number,
        "is_useful": float(outlook.is_useful),
    }
    record = ModelRecord(tenant_id, outlook.series, outlook.model.name, prepared.data_digest, numbers)
    try:
        return ModelVersion(outlook.model.name, versions.register(record), is_registered=True)
    except VersionsAway:
        known = last.version if last and last.name == outlook.model.name else UNREGISTERED
        return ModelVersion(outlook.model.name, known, is_registered=False)


def publish(
    prepared: Prepared,
    model: ModelVersion,
    request: ForecastRequest,
    made_at: datetime,
    digest: str,
    publications: Publications,
) -> Publication:
    outlook = prepared.outlook
    made = Publication(
        id=f"{request.id}.{outlook.series}",
        series=outlook.series,
        origin=outlook.origin,
        made_at=made_at,
        data_digest=prepared.data_digest,
        model=model,
        same_as_now=outlook.same_as_now,
        forecast=outlook.forecast,
        normal=outlook.normal,
        chances=outlook.chances,
        is_useful=outlook.is_useful and not outlook.is_suppressed,
        is_suppressed=outlook.is_suppressed,
        worth=worth_of(outlook),
        turnover=prepared.turnover,
    )
    publications.publish(ForecastPublished(made, digest, request.actor_id, request.actor_role))
    return made


def canonical_forecast(outlook: Outlook) -> bytes:
    """What the forecast's digest is made of: every probability that was published."""
    told = [[each.values.tolist(), [round(chance, 9) for chance in each.chances.tolist()]] for each in outlook.forecast]
    return json.dumps([outlook.series, str(outlook.origin), outlook.model.name, told]).encode()


def latest(series: str, publications: Publications) -> Publication:
    made = publications.latest(series)
    if made is None:
        raise NoForecastYet("there is no forecast of this series yet")
    return made


def what_if(made: Publication, assumed: WhatIf) -> Publication:
    """The published forecast under other assumptions. Raise `WhatIfDoesNotApply` or `TurnoverUnknown`."""
    if made.is_suppressed or assumed == WhatIf():
        return made
    forecast = _assumed(made, assumed)
    too_small = any(each.quantile(0.5) < SMALL for each in forecast)
    return replace(
        made,
        forecast=forecast,
        chances=chances_of(forecast, made.normal),
        is_suppressed=made.is_suppressed or too_small,
    )


def _assumed(made: Publication, assumed: WhatIf) -> tuple[Counts, ...]:
    is_placement = placement_type(made.series) is not None
    if kind_of(made.series) is Kind.FLOW:
        if not is_placement or assumed.stay_factor != 1.0 or assumed.closed_beds:
            raise WhatIfDoesNotApply("only entries_factor changes entries, and nothing here changes other flows")
        return flow_if(made.forecast, assumed.entries_factor)
    if not is_placement:
        raise WhatIfDoesNotApply("nothing is assumed about stocks that are not placements")
    if made.turnover is None:
        raise TurnoverUnknown("stock and at least five entries of the last twelve months are needed")
    if assumed.closed_beds > made.turnover.places:
        raise WhatIfDoesNotApply("more beds would be closed than were used at any time in the last year")
    return stock_if(made.forecast, made.turnover, assumed)
