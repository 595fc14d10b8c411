# SPDX-License-Identifier: EUPL-1.2
"""Pinned recipes that fetch the real servers and run them without containers, each with its data in a folder."""
