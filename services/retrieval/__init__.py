# SPDX-License-Identifier: EUPL-1.2
"""Retrieval: guideline documents become passages with sources; questions get the guidelines' own words."""
