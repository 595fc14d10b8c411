# SPDX-License-Identifier: EUPL-1.2
"""Work that takes longer than an answer: hearing a recording, and sweeping up files that nobody owns."""

from prometheus_client import Counter

from kernel.jobs import Effect, Job, Problem, Tasks
from kernel.store import Work
from kernel.telemetry import logger
from services.transcription import usecases
from services.transcription.domain import RecordingId
from services.transcription.store import SqlRecordings, SqlTranscripts
from services.transcription.tools import Tools

log = logger(__name__)
tasks = Tasks()

SECONDS_HEARD = Counter("underlag_transcription_seconds_heard", "Seconds of sound that were turned into words")
UTTERANCES = Counter("underlag_transcription_utterances", "Utterances written by the recogniser", ["doubtful"])


@tasks.on("recognise", queue="recognition", attempts=8)
def recognise(job: Job, tools: Tools) -> Effect:
    """Hear the recording outside any transaction; the transcript and the recording's end are written in one."""
    recording_id = RecordingId(job.subject)
    with tools.transaction(job.tenant_id) as work:
        recording = SqlRecordings(work).get(recording_id)
    if recording.is_finished:
        return lambda _work: None
    used = tools.recogniser.used()
    with tools.files.open(job.tenant_id, recording_id) as content:
        heard = tools.recogniser.recognise(content, recording.wish, job.progress)
    SECONDS_HEARD.inc(heard.seconds)
    transcript = usecases.write_transcript(recording, heard, used, tools.doubtful_below, tools.now())

    def finish(work: Work) -> None:
        usecases.finish_recording(recording_id, transcript, heard.seconds, SqlRecordings(work), SqlTranscripts(work))
        for each in transcript.utterances:
            UTTERANCES.labels(str(each.is_doubtful).lower()).inc()

    return finish


@tasks.given_up("recognise")
def tell_why(job: Job, problem: Problem, work: Work, _tools: Tools) -> None:
    """The recording says why there is no transcript."""
    usecases.give_up_recording(RecordingId(job.subject), problem.type, problem.detail, SqlRecordings(work))


@tasks.on("sweep_files", queue="recognition")
def sweep_files(job: Job, tools: Tools) -> Effect:
    """Remove what a killed upload left in the folder. Asked for once a day by that day's first upload."""
    with tools.transaction(job.tenant_id) as work:
        swept = usecases.sweep_files(job.tenant_id, tools.now(), tools.files, SqlRecordings(work))
    log.info("files without a recording removed", files=swept)
    return lambda _work: None
