# SPDX-License-Identifier: EUPL-1.2
"""How good the forecasts are: `python -m evaluation.forecasting.run [--real FILE]`, judged against `thresholds.toml`.

Each series is forecast from every month it could have been forecast from, with what was known then. Exit 1 when a
threshold is missed. The real series are read where they lie and are no part of the project.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

import numpy as np

from services.forecasting.domain import backtest, placements, tables
from services.forecasting.domain.backtest import Trial
from services.forecasting.domain.intake import Episodes, Monthly, read
from services.forecasting.domain.models import SameAsNow, challenger
from services.forecasting.domain.months import Month
from services.forecasting.domain.series import History, Kind, Report, history_of

ROOT = Path(__file__).parents[2]
PLACEMENTS = ROOT / "tests" / "data" / "placements"
TODAY = date(2026, 11, 22)
HORIZON = 3
REPORTING_DAYS = 10


@dataclass(frozen=True)
class Result:
    """One series: CRPS and misses of same-as-now, the challenger and what would have been published each month."""

    kind: Kind
    challenger_crps: float
    challenger_mae: float
    published_crps: float
    published_mae: float
    challenger_published: float
    coverage: dict[str, float]


def synthetic(name: str) -> Iterator[History]:
    """The series of one invented municipality, from its episodes where they tell them and else from its counts."""
    episodes = read(tables.read_csv((PLACEMENTS / f"{name}_episodes.csv").read_bytes()), TODAY)
    monthly = read(tables.read_csv((PLACEMENTS / f"{name}_monthly.csv").read_bytes()), TODAY)
    if not isinstance(episodes, Episodes) or not isinstance(monthly, Monthly):
        raise SystemExit(f"the files of {name} are not what their names say")
    told = [episode for _, episode in episodes.accepted]
    window = placements.window_of(told, TODAY, first=None, last=None)
    for key, reports in (dict(monthly.reports) | placements.series_of(told, window)).items():
        yield _history(key, reports)


def real(path: Path) -> Iterator[History]:
    """The columns `id, month, y, kind` of real monthly series; gaps end a series' usable past."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: (row["kind"], row["id"], row["month"]))
    for (kind, _), own in groupby(rows, key=lambda row: (row["kind"], row["id"])):
        key = "stock_X" if kind == "stock" else "entries_X"
        yield _history(key, [Report(Month.read(row["month"]), round(float(row["y"]))) for row in own])


def _history(key: str, reports: Sequence[Report]) -> History:
    history = history_of(key, reports, origin=None, reporting_days=REPORTING_DAYS)
    if history is None:
        raise SystemExit(f"nothing is known of {key}")
    return history


def evaluate(history: History) -> Result | None:
    """None for a series whose counts never change or that is too short: nothing can be told from it."""
    now = backtest.trials(SameAsNow(history.kind), history, HORIZON)
    rival = backtest.trials(challenger(history.kind), history, HORIZON)
    published, chosen = _published(now, rival)
    tested, scored = backtest.skill(rival, now), backtest.skill(published, now)
    covered = backtest.coverage(published)
    if None in (tested.crps_ratio, tested.mae_ratio):
        return None
    return Result(
        history.kind,
        float(tested.crps_ratio or 0),
        float(tested.mae_ratio or 0),
        float(scored.crps_ratio or 0),
        float(scored.mae_ratio or 0),
        chosen,
        {name: float(each or 0) for name, each in covered.items()},
    )


def _published(now: Sequence[Trial], rival: Sequence[Trial]) -> tuple[list[Trial], float]:
    """What the service would have published at each origin, choosing by what had come true by then."""
    published: list[Trial] = []
    chosen = []
    for origin in sorted({each.origin for each in now}):
        past = [index for index, each in enumerate(now) if each.month <= origin]
        is_better = backtest.is_better([rival[i] for i in past], [now[i] for i in past], HORIZON)
        chosen.append(is_better)
        published += [each for each in (rival if is_better else now) if each.origin == origin]
    return published, float(np.mean(chosen)) if chosen else 0.0


def table(title: str, results: Iterable[Result]) -> dict[str, float]:
    found = list(results)
    figures = {
        "published_crps_ratio": _geometric([each.published_crps for each in found]),
        "published_mae_ratio": float(np.mean([each.published_mae for each in found])),
        "challenger_crps_ratio": _geometric([each.challenger_crps for each in found]),
        "challenger_mae_ratio": float(np.mean([each.challenger_mae for each in found])),
        "challenger_published": float(np.mean([each.challenger_published for each in found])),
        **{name: float(np.mean([each.coverage[name] for each in found])) for name in backtest.INTERVALS},
    }
    cells = " ".join(f"{value:>8.3f}" for value in figures.values())
    print(f"{title:<18}{len(found):>4} {cells}")
    return figures


def _geometric(ratios: Sequence[float]) -> float:
    return float(np.exp(np.mean(np.log(np.maximum(ratios, 1e-9)))))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", type=Path, help="a CSV of real monthly series: id, month, y, kind")
    asked = parser.parse_args(arguments)
    sources = {
        "synthetic": [each for name in ("kommun_liten", "kommun_mellan", "kommun_stor") for each in synthetic(name)]
    }
    if asked.real is None or not asked.real.exists():
        print(
            f"real series: {'not asked for' if asked.real is None else 'no such file'}; only the invented ones are run"
        )
    else:
        sources["real"] = list(real(asked.real))
    heads = ("crps", "mae", "rival", "r. mae", "chosen", "c50", "c80", "c95")
    print(f"{'against same-as-now':<18} n  {' '.join(f'{head:>8}' for head in heads)}")
    thresholds = tomllib.loads(Path(__file__).with_name("thresholds.toml").read_text("utf-8"))
    missed = []
    for source, histories in sources.items():
        results = [each for history in histories if (each := evaluate(history))]
        for kind in Kind:
            name = f"{source}_{kind}"
            figures = table(name, (each for each in results if each.kind is kind))
            missed += [f"{name}: {told}" for told in _missed(figures, thresholds.get(name, {}))]
    print("\n".join(missed) or "every threshold is met")
    return 1 if missed else 0


def _missed(figures: dict[str, float], thresholds: dict[str, dict[str, float]]) -> Iterator[str]:
    for name, bounds in thresholds.items():
        low, high = bounds.get("least", -np.inf), bounds.get("most", np.inf)
        if not low <= figures[name] <= high:
            yield f"{name} is {figures[name]:.3f}, wanted {low} to {high}"


if __name__ == "__main__":
    sys.exit(main())
