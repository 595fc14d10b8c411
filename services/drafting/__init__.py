# SPDX-License-Identifier: EUPL-1.2
"""Drafting: transcript and guideline to the basis of a decision, heading by heading, each sentence with its source."""
