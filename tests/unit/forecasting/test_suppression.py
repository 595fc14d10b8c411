# SPDX-License-Identifier: EUPL-1.2
"""Small counts never leave, not even inside another number: whichever they were, what is shown is the same."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.forecasting.domain.models import SameAsNow
from services.forecasting.domain.months import Month
from services.forecasting.domain.publication import ForecastRequest, ModelVersion
from services.forecasting.domain.publication_document import document
from services.forecasting.domain.series import Kind, Report, history_of
from services.forecasting.domain.suppression import SMALL, censor
from services.forecasting.usecases import canonical_forecast, prepare, publish
from tests.unit.forecasting.builders import FIRST, a_history, a_walk
from tests.unit.forecasting.fakes import MemoryPublications, PlainDigests

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
small = st.integers(0, SMALL - 1)


def shown(series: dict[str, list[int]], asked: str) -> tuple[dict[str, Any], bytes]:
    """Everything that is kept of a forecast and could be handed out, with both digests."""
    request = ForecastRequest("r", asked, None, 3, "manager@ekhamra", "manager", NOW)
    reports = {key: [Report(FIRST + i, count) for i, count in enumerate(counts)] for key, counts in series.items()}
    (made,) = prepare(request, reports, "ekhamra", 10, PlainDigests())
    model = ModelVersion(made.outlook.model.name, "1", is_registered=True)
    published = publish(made, model, request, NOW, "", MemoryPublications())
    return document(published), canonical_forecast(made.outlook)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=30, max_size=50), st.data(), st.sampled_from(["stock_HVB", "entries_HVB"]))
def test_whichever_small_count_it_was_everything_shown_is_the_same(
    counts: list[int], data: st.DataObject, key: str
) -> None:
    other = [data.draw(small) if count < SMALL else count for count in counts]

    assert shown({key: counts}, key) == shown({key: other}, key)


def test_what_is_not_small_does_show() -> None:
    """The law above would also hold if nothing ever showed; so a count that may be told must make a difference."""
    counts = a_walk(40)

    assert shown({"stock_HVB": counts}, "stock_HVB") != shown({"stock_HVB": [*counts[:-1], 77]}, "stock_HVB")


@settings(max_examples=8, deadline=None)
@given(st.integers(5, 9), st.integers(5, 9))
def test_entries_do_not_tell_a_small_number_of_exits(one: int, two: int) -> None:
    """Stock 30 before and 35 after: five entries mean no exit, nine mean four; neither may be told from the other."""
    stock = [30] * 35 + [35] * 5
    entries = [12] * 40

    series = [{"stock_HVB": stock, "entries_HVB": [*entries[:35], came, *entries[36:]]} for came in (one, two)]

    assert shown(series[0], "entries_HVB") == shown(series[1], "entries_HVB")


def test_a_month_whose_exits_are_many_shows_its_entries() -> None:
    stock, entries = a_history([30] * 40), a_history([12] * 40, "entries_HVB")

    assert censor(entries, stock=stock).hidden == frozenset()


def test_a_month_whose_exits_are_few_hides_its_entries() -> None:
    stock, entries = a_history([30] * 20 + [40] * 20), a_history([12] * 40, "entries_HVB")

    assert censor(entries, stock=stock).hidden == {FIRST + 20}


def test_a_count_that_was_small_when_first_reported_stays_hidden_after_its_correction() -> None:
    reports = [Report(FIRST + i, 20) for i in range(30)]
    month = FIRST + 10
    late = Report(month, 20, (month + 6).last_day)
    history = history_of(
        "stock_HVB", [*reports[:10], Report(month, 3), *reports[11:], late], origin=None, reporting_days=10
    )
    assert history is not None

    assert censor(history).hidden == {month}


@pytest.mark.parametrize(("last", "is_suppressed"), [(4, True), (0, True), (5, False), (30, False)])
def test_a_stock_that_is_small_now_gets_no_figures(last: int, *, is_suppressed: bool) -> None:
    content, _ = shown({"stock_SiS": [*[9] * 39, last]}, "stock_SiS")

    assert content["is_suppressed"] is is_suppressed
    assert (content["worth"]["track_record"] == []) is is_suppressed


def test_a_flow_that_is_small_on_average_gets_no_figures() -> None:
    content, _ = shown({"entries_SiS": [2, 6, 1, 5] * 10}, "entries_SiS")

    assert content["is_suppressed"] is True


def test_no_month_with_a_small_count_is_in_the_track_record() -> None:
    counts = [3 if index % 7 == 0 else 20 for index in range(60)]
    content, _ = shown({"stock_HVB": counts}, "stock_HVB")

    record = content["worth"]["track_record"]
    assert record
    for origin, month, *_, actual in record:
        assert counts[Month.read(origin).since(FIRST)] >= SMALL
        assert actual == counts[Month.read(month).since(FIRST)] >= SMALL


def test_a_censored_history_reads_every_small_count_alike() -> None:
    censored = censor(a_history([20, 0, 4, 2, 9]))

    assert censored.history.counts.tolist() == [20, 3, 3, 3, 9]
    assert SameAsNow(Kind.STOCK).middle(censored.history.counts, 1) == 9
