# SPDX-License-Identifier: EUPL-1.2
"""How forecasting's facts look to others: the one place where a fact becomes protobuf."""

from __future__ import annotations

from typing import assert_never

from google.protobuf.message import Message

from contracts.forecasting import v1 as published
from services.forecasting.domain.publication import Fact, ForecastPublished, PlacementsReceived


def to_event(fact: Fact) -> Message:
    match fact:
        case PlacementsReceived():
            return published.PlacementsReceived(
                upload_id=fact.upload_id,
                actor_id=fact.actor_id,
                actor_role=fact.actor_role,
                upload_digest=fact.digest,
                form=fact.form,
                rows=fact.rows,
                rejected_rows=fact.rejected_rows,
                series=fact.series,
                first_month=str(fact.first),
                last_month=str(fact.last),
            )
        case ForecastPublished(publication=made):
            return published.ForecastPublished(
                forecast_id=made.id,
                series=made.series,
                origin=str(made.origin),
                data_digest=made.data_digest,
                forecast_digest=fact.forecast_digest,
                model_name=made.model.name,
                model_version=made.model.version,
                useful=made.is_useful,
                suppressed=made.is_suppressed,
                actor_id=fact.actor_id,
                actor_role=fact.actor_role,
            )
        case _:
            assert_never(fact)
