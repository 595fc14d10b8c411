# SPDX-License-Identifier: EUPL-1.2
"""Forecasting: counts of placements become a forecast that says what it is worth. Begin in `service.py`."""
