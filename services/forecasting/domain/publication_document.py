# SPDX-License-Identifier: EUPL-1.2
"""A publication in types that JSON has, and back. What it says never changes after it was published."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np

from services.forecasting.domain.backtest import Skill
from services.forecasting.domain.counts import Counts
from services.forecasting.domain.months import Month
from services.forecasting.domain.outlook import Chances, Normal
from services.forecasting.domain.publication import ModelVersion, Publication, Recorded, Worth
from services.forecasting.domain.turnover import Turnover


def document(made: Publication) -> dict[str, Any]:
    worth = made.worth
    return {
        "id": made.id,
        "series": made.series,
        "origin": str(made.origin),
        "made_at": made.made_at.isoformat(),
        "data_digest": made.data_digest,
        "model": asdict(made.model),
        "same_as_now": made.same_as_now,
        "forecast": [[each.values.tolist(), each.chances.tolist()] for each in made.forecast],
        "normal": [made.normal.low, made.normal.high, str(made.normal.first), str(made.normal.last)],
        "chances": asdict(made.chances),
        "is_useful": made.is_useful,
        "is_suppressed": made.is_suppressed,
        "turnover": None if made.turnover is None else asdict(made.turnover),
        "worth": {
            "origins": worth.origins,
            "skill": asdict(worth.skill),
            "challenger_name": worth.challenger_name,
            "challenger": asdict(worth.challenger),
            "coverage": dict(worth.coverage),
            "has_long_history": worth.has_long_history,
            "track_record": [
                [str(each.origin), str(each.month), each.median, each.q10, each.q90, each.actual]
                for each in worth.track_record
            ],
        },
    }


def publication(kept: dict[str, Any]) -> Publication:
    low, high, first, last = kept["normal"]
    turnover = kept["turnover"]
    return Publication(
        id=kept["id"],
        series=kept["series"],
        origin=Month.read(kept["origin"]),
        made_at=datetime.fromisoformat(kept["made_at"]),
        data_digest=kept["data_digest"],
        model=ModelVersion(**kept["model"]),
        same_as_now=kept["same_as_now"],
        forecast=tuple(Counts(np.array(values), np.array(chances)) for values, chances in kept["forecast"]),
        normal=Normal(low, high, Month.read(first), Month.read(last)),
        chances=Chances(**kept["chances"]),
        is_useful=kept["is_useful"],
        is_suppressed=kept["is_suppressed"],
        worth=_worth(kept["worth"]),
        turnover=None if turnover is None else Turnover(**turnover),
    )


def _worth(kept: dict[str, Any]) -> Worth:
    return Worth(
        origins=kept["origins"],
        skill=Skill(**kept["skill"]),
        challenger_name=kept["challenger_name"],
        challenger=Skill(**kept["challenger"]),
        coverage=kept["coverage"],
        track_record=tuple(
            Recorded(Month.read(origin), Month.read(month), *figures)
            for origin, month, *figures in kept["track_record"]
        ),
        has_long_history=kept["has_long_history"],
    )
