# SPDX-License-Identifier: EUPL-1.2
"""What a deployment is put together from: the five services, and the invented municipalities that come with them."""

from pathlib import Path

from kernel.service import Service
from services.audit.service import SERVICE as AUDIT
from services.drafting.service import SERVICE as DRAFTING
from services.forecasting.service import SERVICE as FORECASTING
from services.retrieval.service import SERVICE as RETRIEVAL
from services.transcription.service import SERVICE as TRANSCRIPTION

SERVICES: tuple[Service, ...] = (TRANSCRIPTION, RETRIEVAL, DRAFTING, FORECASTING, AUDIT)
MUNICIPALITIES = Path(__file__).parents[1] / "embedded" / "municipalities"
