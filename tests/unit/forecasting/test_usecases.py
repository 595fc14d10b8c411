# SPDX-License-Identifier: EUPL-1.2
"""What can be asked of forecasting, without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from kernel.errors import NotFound
from kernel.identity import Actor, Role, TenantId
from services.forecasting import usecases
from services.forecasting.domain.intake import NothingUsable
from services.forecasting.domain.months import Month
from services.forecasting.domain.publication import ForecastRequest, ModelVersion, Publication
from services.forecasting.domain.series import Report
from services.forecasting.domain.tables import read_csv
from services.forecasting.domain.turnover import WhatIf
from services.forecasting.usecases import (
    NoForecastYet,
    NoSuchSeries,
    NothingKnown,
    TurnoverUnknown,
    WhatIfDoesNotApply,
)
from tests.unit.forecasting.builders import FIRST, HEADER, TODAY, a_walk
from tests.unit.forecasting.fakes import (
    MemoryPublications,
    MemoryReports,
    MemoryRequests,
    MemoryVersions,
    PlainDigests,
)

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
INTEGRATOR = Actor("integrator@ekhamra", TenantId("ekhamra"), frozenset({Role.INTEGRATOR}))
PLACEMENTS = Path(__file__).parents[2] / "data" / "placements"


def uploaded(text: str, reports: MemoryReports, today: date = TODAY) -> usecases.Receipt:
    return usecases.receive_placements(read_csv(text.encode()), (None, None), "digest", INTEGRATOR, today, reports)


def a_request(series: str | None = None, origin: Month | None = None) -> ForecastRequest:
    return ForecastRequest("r-1", series, origin, 3, "manager@ekhamra", "manager", NOW)


def some_reports(months: int = 60) -> MemoryReports:
    return MemoryReports(
        {
            "stock_HVB": [Report(FIRST + i, count) for i, count in enumerate(a_walk(months))],
            "entries_HVB": [Report(FIRST + i, 6) for i in range(months)],
            "reports": [Report(FIRST + i, 50 + i % 5) for i in range(months)],
            "open_investigations": [Report(FIRST + i, 80) for i in range(months)],
        }
    )


def published(series: str, reports: MemoryReports | None = None) -> Publication:
    told = (reports or some_reports()).all()
    (made,) = usecases.prepare(a_request(series), told, "ekhamra", 10, PlainDigests())
    model = ModelVersion(made.outlook.model.name, "1", is_registered=True)
    return usecases.publish(made, model, a_request(series), NOW, "digest", MemoryPublications())


def test_an_upload_is_kept_and_announced_with_counts_of_rows_only() -> None:
    reports = MemoryReports()

    receipt = uploaded("month,stock_HVB,reports\n2024-01,12,80\n2024-02,13,\nx,1,1\n", reports)

    (fact,) = reports.announced
    assert (receipt.rows, [each.row for each in receipt.rejected]) == (2, [4])
    assert (fact.rows, fact.rejected_rows, fact.series, fact.form) == (2, 1, 2, "monthly")
    assert (str(fact.first), str(fact.last), fact.actor_role) == ("2024-01", "2024-02", "integrator")
    assert reports.kept["stock_HVB"] == [Report(Month(2024, 1), 12), Report(Month(2024, 2), 13)]


def test_an_upload_of_which_nothing_can_stand_keeps_nothing() -> None:
    reports = MemoryReports()

    with pytest.raises(NothingUsable) as refused:
        uploaded("month,stock_HVB\n2024-13,1\n", reports)

    assert refused.value.members == {"rejected": [{"row": 2, "why": "rejected.not_a_month"}]}
    assert (reports.kept, reports.announced) == ({}, [])


def test_a_later_upload_replaces_a_month_from_the_day_it_came() -> None:
    reports = MemoryReports()
    uploaded("month,reports\n2024-01,80\n2024-02,81\n", reports)

    uploaded("month,reports\n2024-02,90\n2024-03,70\n", reports)

    before = usecases.prepare(a_request("reports", Month(2024, 3)), reports.all(), "ekhamra", 10, PlainDigests())
    after = usecases.prepare(a_request("reports"), reports.all(), "ekhamra", 10, PlainDigests())
    assert (before[0].outlook.same_as_now, after[0].outlook.same_as_now) == (77, 80)


def test_no_pseudonym_is_kept() -> None:
    reports = MemoryReports()

    uploaded(f"{HEADER}\nbarn-77,0,2024-01-01,2024-03-05,HVB,13-15,akut,2,,\n", reports)

    assert "barn-77" not in repr(reports)
    assert set(reports.kept) == {"stock_HVB", "entries_HVB"}


def test_the_same_extract_again_adds_nothing() -> None:
    reports = MemoryReports()
    text = (PLACEMENTS / "kommun_liten_episodes.csv").read_text("utf-8")
    uploaded(text, reports)
    kept = reports.all()

    uploaded(text, reports)

    assert reports.all() == kept


def test_series_are_listed_with_their_months_and_no_counts() -> None:
    reports = MemoryReports(
        {"reports": [Report(Month(2024, 1), 5), Report(Month(2024, 3), 6), Report(Month(2024, 1), 7)]}
    )

    (span,) = usecases.list_series(reports)

    assert (span.key, str(span.kind), str(span.first), str(span.last), span.months) == (
        "reports",
        "flow",
        "2024-01",
        "2024-03",
        2,
    )


def test_a_forecast_of_what_nobody_reported_is_refused_before_any_work() -> None:
    requests = MemoryRequests()

    with pytest.raises(NoSuchSeries):
        usecases.request_forecasts(a_request("stock_X"), some_reports(), requests)
    with pytest.raises(NothingKnown):
        usecases.request_forecasts(a_request("stock_HVB", FIRST + -1), some_reports(), requests)
    with pytest.raises(NothingKnown):
        usecases.request_forecasts(a_request(), MemoryReports(), requests)
    assert requests.kept == {}


def test_a_request_without_a_series_forecasts_all_that_are_known_at_the_origin() -> None:
    reports = some_reports()
    reports.kept["stock_FAM"] = [Report(FIRST + 50, 9)]

    prepared = usecases.prepare(a_request(origin=FIRST + 40), reports.all(), "ekhamra", 10, PlainDigests())

    assert [each.outlook.series for each in prepared] == ["entries_HVB", "open_investigations", "reports", "stock_HVB"]
    assert {each.outlook.origin for each in prepared} == {FIRST + 40}


def test_the_same_data_gives_the_same_digest_and_other_data_or_tenants_another() -> None:
    def digest(reports: MemoryReports, tenant: str = "ekhamra") -> str:
        (made,) = usecases.prepare(a_request("stock_HVB"), reports.all(), tenant, 10, PlainDigests())
        return made.data_digest

    changed = some_reports()
    changed.kept["stock_HVB"][0] = replace(changed.kept["stock_HVB"][0], count=99)

    assert digest(some_reports()) == digest(some_reports())
    assert len({digest(some_reports()), digest(changed), digest(some_reports(), "bergvik")}) == 3


def test_a_version_is_registered_and_the_last_good_one_kept_while_the_registry_is_away() -> None:
    (made,) = usecases.prepare(a_request("stock_HVB"), some_reports().all(), "ekhamra", 10, PlainDigests())
    versions = MemoryVersions()

    first = usecases.register(made, "ekhamra", None, versions)
    versions.is_away = True
    away = usecases.register(made, "ekhamra", first, versions)
    never = usecases.register(made, "ekhamra", None, versions)
    other = usecases.register(made, "ekhamra", replace(first, name="seasonal-level"), versions)

    assert first == ModelVersion("same-as-now", "1", is_registered=True)
    assert away == ModelVersion("same-as-now", "1", is_registered=False)
    assert never.version == other.version == usecases.UNREGISTERED


def test_what_is_registered_are_numbers_and_digests_but_no_counts() -> None:
    (made,) = usecases.prepare(a_request("stock_HVB"), some_reports().all(), "ekhamra", 10, PlainDigests())
    versions = MemoryVersions()

    usecases.register(made, "ekhamra", None, versions)

    ((record,),) = versions.kept.values()
    assert set(record.numbers) == {"method_version", "horizon", "origin", "is_useful"}
    assert record.numbers["origin"] == 202212


def test_publishing_twice_under_one_request_tells_it_once() -> None:
    (made,) = usecases.prepare(a_request("stock_HVB"), some_reports().all(), "ekhamra", 10, PlainDigests())
    publications = MemoryPublications()
    model = ModelVersion("same-as-now", "1", is_registered=True)

    for _ in range(2):
        usecases.publish(made, model, a_request("stock_HVB"), NOW, "digest", publications)

    assert len(publications.announced) == 1
    assert usecases.latest("stock_HVB", publications).origin == FIRST + 59


def test_there_is_no_latest_before_the_first() -> None:
    with pytest.raises(NoForecastYet):
        usecases.latest("stock_HVB", MemoryPublications())
    with pytest.raises(NotFound):
        usecases.latest("stock_HVB", MemoryPublications())


def test_a_what_if_without_assumptions_is_the_forecast_itself() -> None:
    made = published("stock_HVB")

    assert usecases.what_if(made, WhatIf()) is made


def test_more_entries_raise_the_chance_of_being_above_normal() -> None:
    made = published("stock_HVB")

    more = usecases.what_if(made, WhatIf(entries_factor=2.0))

    assert more.chances.above > made.chances.above
    assert more.normal == made.normal


@pytest.mark.parametrize(
    ("series", "assumed"),
    [
        ("entries_HVB", WhatIf(stay_factor=2.0)),
        ("entries_HVB", WhatIf(closed_beds=2)),
        ("reports", WhatIf(entries_factor=2.0)),
        ("open_investigations", WhatIf(entries_factor=2.0)),
        ("stock_HVB", WhatIf(closed_beds=10_000)),
    ],
)
def test_an_assumption_that_says_nothing_about_the_series_is_refused(series: str, assumed: WhatIf) -> None:
    with pytest.raises(WhatIfDoesNotApply):
        usecases.what_if(published(series), assumed)


def test_without_entries_there_is_no_what_if_of_the_stock() -> None:
    reports = some_reports()
    del reports.kept["entries_HVB"]

    with pytest.raises(TurnoverUnknown):
        usecases.what_if(published("stock_HVB", reports), WhatIf(entries_factor=2.0))


def test_a_what_if_that_comes_down_to_a_small_number_is_suppressed() -> None:
    made = published("stock_HVB")
    assert made.turnover is not None

    fewer = usecases.what_if(made, WhatIf(closed_beds=made.turnover.places - 2))

    assert fewer.is_suppressed
