# SPDX-License-Identifier: EUPL-1.2
"""The words by which a topic is known, one file for each language, read by `services.drafting.domain.topics`."""
