# SPDX-License-Identifier: EUPL-1.2
"""Drafting over HTTP, a file for each part of a case's life."""

from services.drafting.api.cases import routes as case_routes
from services.drafting.api.closing import routes as closing_routes
from services.drafting.api.sections import routes as section_routes
from services.drafting.api.templates import routes as template_routes

__all__ = ["case_routes", "closing_routes", "section_routes", "template_routes"]
