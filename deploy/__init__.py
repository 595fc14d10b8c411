# SPDX-License-Identifier: EUPL-1.2
"""How the platform is run: chart, and pinned recipes for the real servers."""
