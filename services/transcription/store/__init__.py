# SPDX-License-Identifier: EUPL-1.2
"""Recordings and transcripts in the database. Every query names the tenant; row-level security checks it again."""

from services.transcription.store.recordings import SqlRecordings
from services.transcription.store.tables import tables
from services.transcription.store.transcripts import SqlTranscripts

__all__ = ["SqlRecordings", "SqlTranscripts", "tables"]
