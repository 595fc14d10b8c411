# SPDX-License-Identifier: EUPL-1.2
"""One module per outside thing that drafting uses: files of templates and law, documents, models, other services."""
