# SPDX-License-Identifier: EUPL-1.2
"""Audit over HTTP, for auditors: the log itself, and what a case's entries tell the person concerned."""

from services.audit.api.log import routes as log_routes
from services.audit.api.statement import routes as statement_routes

routes = (log_routes, statement_routes)
