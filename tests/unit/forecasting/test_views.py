# SPDX-License-Identifier: EUPL-1.2
"""What a manager reads: figures that sum to one, nulls where it must, and a verdict in plain words."""

import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from kernel.texts import LANGUAGES, Texts
from services.forecasting.api import verdicts
from services.forecasting.api.views import BacktestView, ForecastView, ReceiptView
from services.forecasting.domain.intake import Finding, Rejected
from services.forecasting.domain.outlook import Chances
from services.forecasting.domain.publication import ModelVersion, Publication
from services.forecasting.usecases import Receipt
from tests.unit.forecasting.test_usecases import published

SERVICE = Path(__file__).parents[3] / "services" / "forecasting"
TEXTS = Texts.load(SERVICE / "texts")


def say(key: str, language: str = "sv", **values: object) -> str:
    return TEXTS.say(key, language, **values)


@pytest.fixture(scope="module")
def made() -> Publication:
    return published("stock_HVB")


@pytest.fixture(scope="module")
def suppressed(made: Publication) -> Publication:
    return replace(made, is_suppressed=True)


@pytest.mark.parametrize(
    "chances", [Chances(1 / 3, 1 / 3, 1 / 3), Chances(0.0004, 0.9992, 0.0004), Chances(0.9999, 0.0, 0.0001)]
)
def test_the_three_probabilities_still_sum_to_one_when_rounded(made: Publication, chances: Chances) -> None:
    shown = ForecastView.of(replace(made, chances=chances), say).probability

    told = (shown.below, shown.normal, shown.above)
    assert sum(each or 0 for each in told) == pytest.approx(1, abs=1e-9)
    assert all(each is not None and 0 <= each <= 1 for each in told)


def test_no_forecast_is_better_than_today_s_number_is_said_in_so_many_words(made: Publication) -> None:
    shown = ForecastView.of(made, say)

    assert shown.verdict.useful is False
    assert (
        f"Ingen prognos är bättre än dagens siffra här: räkna med samma som nu, {made.same_as_now}."
        in shown.verdict.text
    )


def test_a_suppressed_forecast_shows_no_figure_anywhere(suppressed: Publication) -> None:
    shown = ForecastView.of(suppressed, say)

    for each in shown.horizon:
        assert set(each.model_dump(exclude={"month"}).values()) == {None}
    assert (shown.normal.low, shown.normal.high) == (None, None)
    assert set(shown.probability.model_dump().values()) == {None}
    assert not re.search(r"\d", shown.verdict.text.replace("färre än 5", "") + shown.normal.basis)


def test_a_suppressed_backtest_shows_no_score(suppressed: Publication) -> None:
    shown = BacktestView.of(replace(suppressed, worth=replace(suppressed.worth, track_record=())))

    assert set(shown.skill.model_dump().values()) == {None}
    assert set(shown.coverage.model_dump().values()) == {None}
    assert set(shown.challenger.model_dump(exclude={"name"}).values()) == {None}
    assert shown.track_record == []


def test_a_registry_that_was_away_is_told(made: Publication) -> None:
    away = replace(made, model=ModelVersion("same-as-now", "3", is_registered=False))

    assert [each.code for each in ForecastView.of(away, say).warnings] == ["model-versions-away"]
    assert ForecastView.of(made, say).warnings == []


@pytest.mark.parametrize(
    ("chances", "words"),
    [
        (Chances(0.9, 0.1, 0.0), "under den normala (sannolikhet 90 procent)"),
        (Chances(0.0, 0.9, 0.1), "vara normal (sannolikhet 90 procent)"),
        (Chances(0.0, 0.0, 1.0), "över den normala (sannolikhet 99 procent)"),
        (Chances(0.3, 0.4, 0.3), "inte att säga säkert"),
    ],
)
def test_the_level_is_told_with_its_probability_and_never_as_certain(
    made: Publication, chances: Chances, words: str
) -> None:
    assert words in verdicts.verdict(replace(made, chances=chances), say)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_that_the_code_names_can_be_said_in_every_language(language: str, made: Publication) -> None:
    code = "\n".join(path.read_text("utf-8") for path in SERVICE.rglob("*.py"))
    named = set(re.findall(r'"((?:rejected|quality|basis|warning|verdict)\.[a-z_.]+)"', code))
    levels = {f"verdict.level.{each}" for each in ("below", "normal", "above", "unclear")}
    named |= levels | {"verdict.same_as_now.stock", "verdict.same_as_now.flow"}
    given = ("column", "other", "first", "last", "days", "series", "count", "months", "month", "small", "percent")
    values = dict.fromkeys((*given, "now", "until", "chance", "below", "normal", "above"), 1)

    assert named == set(TEXTS.by_language[language])
    for key in named:
        assert "{" not in TEXTS.say(key, language, **values)
    assert ForecastView.of(made, partial(say, language=language)).verdict.text


def test_a_finding_names_at_most_a_hundred_rows_and_tells_how_many_there_are() -> None:
    finding = Finding("quality.overlap", tuple(range(2, 252)))
    receipt = Receipt("u-1", 300, (Rejected(4, "rejected.no_entry"),), (finding,))

    shown = ReceiptView.of(receipt, say)

    assert (len(shown.quality[0].rows), shown.quality[0].count, shown.quality[0].code) == (100, 250, "overlap")
    assert shown.rejected[0].why == "Raden saknar startdatum (entry)."
