# SPDX-License-Identifier: EUPL-1.2
"""Where the middle of a forecast lies."""

import numpy as np
import pytest

from services.forecasting.domain.models import SameAsNow, SeasonalLevel, challenger
from services.forecasting.domain.series import Kind
from tests.unit.forecasting.builders import a_season


def test_a_stock_stays_what_it_is() -> None:
    assert SameAsNow(Kind.STOCK).middle(np.array([9.0, 4.0, 12.0]), 3) == 12


def test_a_flow_stays_what_it_was_over_the_last_twelve_months() -> None:
    counts = np.array([100.0, *range(12)])

    assert SameAsNow(Kind.FLOW).middle(counts, 1) == pytest.approx(5.5)
    assert SameAsNow(Kind.FLOW).middle(np.array([4.0, 6.0]), 1) == 5


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("months", [1, 5, 12, 40])
def test_what_never_changes_is_expected_to_stay(kind: Kind, months: int) -> None:
    assert challenger(kind).middle(np.full(months, 17.0), 2) == pytest.approx(17)


def test_a_season_is_found_after_three_years_and_not_guessed_before() -> None:
    model = SeasonalLevel(weights=(0.2,))
    rhythm = np.tile([30.0] * 6 + [90.0] * 6, 5)

    assert model.middle(rhythm, 1) < 45
    assert model.middle(rhythm, 7) > 75
    assert model.middle(rhythm[:24], 1) == model.middle(rhythm[:24], 7)


def test_small_counts_hardly_move_the_season() -> None:
    rhythm = np.tile([0.0] * 6 + [1.0] * 6, 5)

    middles = [SeasonalLevel(weights=(0.2,)).middle(rhythm, ahead) for ahead in (1, 7)]

    assert max(middles) / min(middles) < 1.4


def test_the_same_counts_give_the_same_middle() -> None:
    counts = np.array(a_season(), dtype=float)

    assert challenger(Kind.FLOW).middle(counts, 2) == challenger(Kind.FLOW).middle(counts.copy(), 2)
