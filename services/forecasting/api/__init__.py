# SPDX-License-Identifier: EUPL-1.2
"""Forecasting over HTTP."""

from services.forecasting.api.routes import routes

__all__ = ["routes"]
