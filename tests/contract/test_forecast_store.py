# SPDX-License-Identifier: EUPL-1.2
"""Every keeper of reports, requests and forecasts behaves the same, so a test may use the quick one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from kernel.errors import NotFound
from kernel.identity import TenantId
from kernel.store import outbox
from services.forecasting.adapters.keyed_digests import KeyedDigests
from services.forecasting.domain.months import Month
from services.forecasting.domain.publication import (
    ForecastPublished,
    ForecastRequest,
    ModelVersion,
    PlacementsReceived,
    Publication,
)
from services.forecasting.domain.series import Report
from services.forecasting.ports import Digests, Publications, Reports, Requests
from services.forecasting.store import SqlPublications, SqlReports, SqlRequests
from services.forecasting.usecases import prepare, publish
from tests.conftest import Database
from tests.unit.forecasting.builders import FIRST, a_walk
from tests.unit.forecasting.fakes import MemoryPublications, MemoryReports, MemoryRequests, PlainDigests

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
JUNE = Month(2025, 6)


@dataclass
class Keepers:
    reports: Reports
    requests: Requests
    publications: Publications
    announced: Callable[[], int]


@pytest.fixture(params=["memory", "sql"])
def keepers(request: pytest.FixtureRequest) -> Iterator[Keepers]:
    if request.param == "memory":
        kept = MemoryPublications()
        yield Keepers(MemoryReports(), MemoryRequests(), kept, lambda: len(kept.announced))
        return
    database: Callable[[str], Database] = request.getfixturevalue("database")
    with database("forecasting").transactions(TenantId("ekhamra")) as work:

        def announced() -> int:
            return int(work.connection.execute(select(func.count()).select_from(outbox)).scalar() or 0)

        yield Keepers(SqlReports(work), SqlRequests(work), SqlPublications(work), announced)


def received(upload_id: str = "u-1") -> PlacementsReceived:
    return PlacementsReceived(
        upload_id, NOW.date(), "monthly", "hmac-sha256:0", 3, 0, 2, JUNE, JUNE + 1, "integrator@ekhamra", "integrator"
    )


def a_request(series: str | None = "stock_HVB", origin: Month | None = None) -> ForecastRequest:
    return ForecastRequest("r-1", series, origin, 3, "manager@ekhamra", "manager", NOW)


def a_publication(made_at: datetime = NOW, request_id: str = "r-1") -> Publication:
    reports = {
        "stock_HVB": [Report(FIRST + i, count) for i, count in enumerate(a_walk(40))],
        "entries_HVB": [Report(FIRST + i, 6) for i in range(40)],
    }
    (made,) = prepare(a_request(), reports, "ekhamra", 10, PlainDigests())
    model = ModelVersion(made.outlook.model.name, "4", is_registered=True)
    return publish(made, model, replace(a_request(), id=request_id), made_at, "digest", MemoryPublications())


def a_fact(publication: Publication) -> ForecastPublished:
    return ForecastPublished(publication, "hmac-sha256:1", "manager@ekhamra", "manager")


def test_reports_come_back_unchanged_and_in_the_order_in_which_they_came(keepers: Keepers) -> None:
    first = {"stock_HVB": [Report(JUNE, 12), Report(JUNE + 1, 13)], "reports": [Report(JUNE, 80, date(2025, 7, 3))]}
    later = {"stock_HVB": [Report(JUNE, 14, date(2025, 9, 1))], "reports": []}
    keepers.reports.lock()
    keepers.reports.add(first, received())

    keepers.reports.add(later, received("u-2"))

    assert keepers.reports.all() == {
        "stock_HVB": [*first["stock_HVB"], *later["stock_HVB"]],
        "reports": first["reports"],
    }


def test_an_upload_that_tells_nothing_new_is_taken(keepers: Keepers) -> None:
    keepers.reports.add({"reports": []}, received())

    assert keepers.reports.all() == {}


@pytest.mark.parametrize(("series", "origin"), [("stock_HVB", JUNE), (None, None)])
def test_a_request_comes_back_unchanged(keepers: Keepers, series: str | None, origin: Month | None) -> None:
    asked = a_request(series, origin)

    keepers.requests.add(asked)

    assert keepers.requests.get("r-1") == asked


def test_an_unknown_request_is_not_found(keepers: Keepers) -> None:
    with pytest.raises(NotFound):
        keepers.requests.get("r-2")


def test_a_publication_comes_back_unchanged(keepers: Keepers) -> None:
    made = a_publication()

    keepers.publications.publish(a_fact(made))

    found = keepers.publications.latest("stock_HVB")
    assert found is not None
    assert replace(found, forecast=()) == replace(made, forecast=())
    for one, other in zip(found.forecast, made.forecast, strict=True):
        assert one.values.tolist() == other.values.tolist()
        assert one.chances.tolist() == other.chances.tolist()


def test_the_latest_is_the_one_that_was_made_last(keepers: Keepers) -> None:
    for hours in (1, 3, 2):
        made = a_publication(NOW + timedelta(hours=hours), f"r-{hours}")
        keepers.publications.publish(a_fact(made))

    found = keepers.publications.latest("stock_HVB")

    assert found is not None
    assert found.id == "r-3.stock_HVB"
    assert keepers.publications.latest("stock_FAM") is None


def test_publishing_again_under_the_same_id_changes_and_announces_nothing(keepers: Keepers) -> None:
    made = a_publication()
    keepers.publications.publish(a_fact(made))

    keepers.publications.publish(a_fact(replace(made, same_as_now=77)))

    found = keepers.publications.latest("stock_HVB")
    assert found is not None
    assert found.same_as_now == made.same_as_now
    assert keepers.announced() == 1


@pytest.fixture(params=[PlainDigests(), KeyedDigests(b"only for tests")])
def digests(request: pytest.FixtureRequest) -> Digests:
    made: Digests = request.param
    return made


def test_a_digest_is_the_same_for_the_same_tenant_and_content_only(digests: Digests) -> None:
    told = digests.of("ekhamra", b"stock 7")

    assert told == digests.of("ekhamra", b"stock 7")
    assert len({told, digests.of("bergvik", b"stock 7"), digests.of("ekhamra", b"stock 8")}) == 3
    assert told.startswith("hmac-sha256:")
    assert len(told) == len("hmac-sha256:") + 64
