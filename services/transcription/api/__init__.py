# SPDX-License-Identifier: EUPL-1.2
"""Transcription over HTTP: hand in a recording, correct and approve its transcript, or bring a finished one."""

from services.transcription.api.recordings import routes as recording_routes
from services.transcription.api.transcripts import routes as transcript_routes

__all__ = ["recording_routes", "transcript_routes"]
