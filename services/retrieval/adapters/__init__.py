# SPDX-License-Identifier: EUPL-1.2
"""Everything retrieval meets outside itself: file formats, the embedding model, the vector index, word lists."""
