# SPDX-License-Identifier: EUPL-1.2
"""The transcription service, put together: a recording comes in, a transcript that a caseworker approved goes out."""

from datetime import UTC, datetime

from contracts.audit.v1 import AccessDenied, CaseContentRead
from kernel.service import AccessEvents, Service
from kernel.store import Transactions, engine_of
from services.transcription.adapters.folder_files import FolderFiles
from services.transcription.adapters.s3_files import Bucket, S3Files
from services.transcription.adapters.seal import CanonicalSeal
from services.transcription.adapters.sound_files import PyAvSounds
from services.transcription.adapters.speakers import SpeakerFinder
from services.transcription.adapters.whisper import Hearing, Weights, WhisperRecogniser
from services.transcription.api import recording_routes, transcript_routes
from services.transcription.ports import RecordingFiles
from services.transcription.settings import TranscriptionSettings
from services.transcription.store import tables
from services.transcription.tasks import tasks
from services.transcription.tools import Tools


def build_recogniser(settings: TranscriptionSettings, sounds: PyAvSounds) -> WhisperRecogniser:
    """The recogniser that the settings describe. Nothing is loaded before the first recording."""
    return WhisperRecogniser(
        Weights(settings.weights_folder, settings.weights_name, settings.weights_fit_for_use),
        Hearing(settings.processor, settings.number_type, settings.cpu_threads, settings.beam_size),
        sounds,
        SpeakerFinder(settings.voices_file),
    )


def build_files(settings: TranscriptionSettings) -> RecordingFiles:
    """A bucket when the settings name one, else a folder."""
    folder = settings.state_folder / "recordings"
    if not settings.files_url:
        return FolderFiles(folder, settings.max_upload_bytes)
    bucket = Bucket(
        settings.files_url,
        settings.files_endpoint,
        settings.files_access_key,
        settings.files_secret_key.get_secret_value(),
        settings.files_region,
        settings.files_timeout_seconds,
    )
    return S3Files(bucket, folder, settings.max_upload_bytes)


def build_tools(settings: TranscriptionSettings) -> Tools:
    sounds, files = PyAvSounds(settings.longest_recording_seconds), build_files(settings)
    return Tools(
        transaction=Transactions(engine_of(settings.database_url.get_secret_value()), source="transcription"),
        files=files,
        sounds=sounds,
        recogniser=build_recogniser(settings, sounds),
        seal=CanonicalSeal(),
        now=lambda: datetime.now(UTC),
        languages=settings.languages,
        doubtful_below=settings.doubtful_word_probability,
        needs={"object storage": files.answers} if isinstance(files, S3Files) else {},
    )


SERVICE = Service(
    name="transcription",
    settings=TranscriptionSettings,
    routes=(recording_routes, transcript_routes),
    tasks=tasks,
    tables=tables,
    build_tools=build_tools,
    access_events=AccessEvents(CaseContentRead, AccessDenied),
)
