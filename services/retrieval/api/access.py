# SPDX-License-Identifier: EUPL-1.2
"""Who may do what: guidelines are loaded by those who answer for them, and read by everybody who works here."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends

from kernel.identity import Actor, Role, TenantId
from kernel.web import allow, service_tools
from services.retrieval.tools import Tools

Loader = Annotated[Actor, Depends(allow(Role.MANAGER, Role.INTEGRATOR))]
Reader = Annotated[Actor, Depends(allow(*Role))]
RetrievalTools = Annotated[Tools, Depends(service_tools)]


def today(tools: Tools, tenant_id: TenantId) -> date:
    """The date where the municipality is: at half past midnight in Sweden it is still yesterday in UTC."""
    zone = ZoneInfo(tools.municipalities.of(tenant_id).time_zone)
    return tools.now().astimezone(zone).date()
