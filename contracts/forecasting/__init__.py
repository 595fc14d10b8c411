# SPDX-License-Identifier: EUPL-1.2
"""The events of forecasting, by version."""
