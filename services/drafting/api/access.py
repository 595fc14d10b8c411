# SPDX-License-Identifier: EUPL-1.2
"""Who may ask what of drafting. Case text is the caseworkers'; a machine of the municipality's may bring and fetch."""

from typing import Annotated

from fastapi import Depends

from kernel.identity import Actor, Role
from kernel.web import allow, service_tools
from services.drafting.tools import Tools

Caseworker = Annotated[Actor, Depends(allow(Role.CASEWORKER))]
Manager = Annotated[Actor, Depends(allow(Role.MANAGER))]
CaseHandler = Annotated[Actor, Depends(allow(Role.CASEWORKER, Role.INTEGRATOR))]
Employee = Annotated[
    Actor, Depends(allow(Role.CASEWORKER, Role.STAFF, Role.MANAGER, Role.AUDITOR, Role.INTEGRATOR, Role.OPERATOR))
]
DraftingTools = Annotated[Tools, Depends(service_tools)]
