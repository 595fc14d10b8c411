# SPDX-License-Identifier: EUPL-1.2
"""The outside things forecasting talks to, one file each."""
