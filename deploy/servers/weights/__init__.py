# SPDX-License-Identifier: EUPL-1.2
"""Fetches the speech weights that the demonstration and the tests use, pinned and checked: see `__main__.py`."""
