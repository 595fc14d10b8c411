# SPDX-License-Identifier: EUPL-1.2
"""The events drafting listens to, and what each one sets in motion."""

from datetime import UTC

from contracts.transcription.v1 import TranscriptApproved
from kernel.errors import Undeliverable
from kernel.handlers import Handlers
from kernel.store import Work
from services.drafting.store import SqlSources
from services.drafting.tools import Tools

handlers = Handlers()


@handlers.on(TranscriptApproved)
def let_transcript_be_a_source(event: TranscriptApproved, work: Work, _tools: Tools) -> None:
    """Only a transcript that a caseworker has approved may become case text; this is how drafting knows of it."""
    if not event.transcript_id or not event.digest:
        raise Undeliverable("an approval names its transcript and the digest of what was approved")
    approved_at = event.approved_at.ToDatetime(UTC)
    SqlSources(work).note_approval(event.transcript_id, event.digest, approved_at)
