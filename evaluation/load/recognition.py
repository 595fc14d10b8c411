# SPDX-License-Identifier: EUPL-1.2
"""What the platform adds to hearing a recording.

A recording is handed in over HTTP and its job is done by the platform's worker. Beside it, faster-whisper hears the
same file with the same weights and parameters, in the same process.
"""

from __future__ import annotations

import io
import time
import wave
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from faster_whisper import WhisperModel
from faster_whisper.audio import decode_audio

from evaluation.load.callers import once, request
from evaluation.load.casework import content
from evaluation.load.ground import Ground, service_of, standing
from evaluation.load.outcome import Figure, Goal, Outcome
from evaluation.load.recorded import served_here
from kernel.identity import Role, new_id
from kernel.jobs import Worker
from kernel.store import engine_of
from services.transcription.adapters.speakers import Region, SpeakerFinder
from services.transcription.adapters.whisper import WhisperRecogniser
from services.transcription.domain import Turn

RECORDING = Path(__file__).parents[2] / "tests" / "data" / "home_visit_sv.wav"
LANGUAGE, SPEAKERS = "sv", 3
GOAL = Goal(most=1.05)


@dataclass(frozen=True)
class Size:
    seconds: float = 40.0
    repetitions: int = 3


QUICK = Size(seconds=6.0, repetitions=1)


@dataclass(frozen=True)
class TimedSpeakers(SpeakerFinder):
    """Finds who speaks as ever, and notes how long it took."""

    took: list[float] = field(default_factory=list)

    def turns(self, sound: Any, regions: Sequence[Region], speakers: int) -> tuple[Turn, ...]:
        begun = time.perf_counter()
        try:
            return super().turns(sound, regions, speakers)
        finally:
            self.took.append(time.perf_counter() - begun)


@dataclass
class Hearing:
    """Both sides in one process, each with its own copy of the weights, loaded before anything is timed."""

    ground: Ground
    recording: bytes
    port: int
    worker: Worker
    recogniser: WhisperRecogniser
    speakers: TimedSpeakers
    bare: WhisperModel

    def ours(self) -> tuple[float, float]:
        """Seconds for the whole job, and without telling voices apart."""
        self._hand_in()
        begun = time.perf_counter()
        if not self.worker.run_next("recognition"):
            raise RuntimeError("no recording waits")
        seconds = time.perf_counter() - begun
        return seconds, seconds - self.speakers.took[-1]

    def baseline(self) -> float:
        begun = time.perf_counter()
        segments, _ = self.bare.transcribe(
            decode_audio(io.BytesIO(self.recording)),
            language=LANGUAGE,
            beam_size=self.recogniser.hearing.beam_size,
            vad_filter=True,
            word_timestamps=True,
            condition_on_previous_text=False,
        )
        words = [word for segment in segments for word in segment.words or ()]
        seconds = time.perf_counter() - begun
        if not words:
            raise RuntimeError("the baseline heard no words")
        return seconds

    def _hand_in(self) -> None:
        token = self.ground.token(self.ground.tenant_ids[0], Role.CASEWORKER)
        fields = {"language": LANGUAGE, "speakers": str(SPEAKERS)}
        boundary, body = _form(fields, self.recording)
        call = request("POST", "/transcription/v1/recordings", token, body, new_id())
        call = call.replace(b"application/json", f"multipart/form-data; boundary={boundary}".encode(), 1)
        content(once(self.port, call))


def measured(size: Size) -> Outcome:
    with standing() as ground:
        database = ground.database("transcription", "transcription")
        with served_here(ground, "transcription", database) as here:
            tools = here.given.tools
            speakers = TimedSpeakers(tools.recogniser.speakers.voices_file)
            recogniser = replace(tools.recogniser, speakers=speakers)
            worker = Worker(
                service_of("transcription").tasks,
                replace(tools, recogniser=recogniser),
                engine_of(database["dispatch_database_url"]),
            )
            used = recogniser.hearing
            bare = WhisperModel(
                str(recogniser.weights.file.parent),
                device=used.processor,
                compute_type=used.number_type,
                cpu_threads=used.cpu_threads,
                local_files_only=True,
            )
            hearing = Hearing(ground, cut(size.seconds), here.port, worker, recogniser, speakers, bare)
            # Weights are read and pages are touched before the clock counts.
            hearing.ours()
            hearing.baseline()
            whole, heard, beside = [], [], []
            for _ in range(size.repetitions):
                job, without_speakers = hearing.ours()
                whole.append(job)
                heard.append(without_speakers)
                beside.append(hearing.baseline())
            worker.dispatch.dispose()
    figures = [
        Figure("recognition, job without speakers", "s", heard, beside, GOAL),
        Figure("recognition, whole job with speakers", "s", whole, beside),
    ]
    return Outcome("recognition", vars(size) | vars(used) | {"weights": recogniser.weights.name}, figures)


def cut(seconds: float) -> bytes:
    """The beginning of the recording, as a file."""
    with wave.open(str(RECORDING)) as whole:
        frames, shape = whole.readframes(int(seconds * whole.getframerate())), whole.getparams()
    kept = io.BytesIO()
    with wave.open(kept, "wb") as written:
        written.setparams(shape)
        written.writeframes(frames)
    return kept.getvalue()


def _form(fields: dict[str, str], file: bytes) -> tuple[str, bytes]:
    """An upload as a browser sends it."""
    boundary = new_id()
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    named = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="besok.wav"\r\n'
    head = "".join(parts) + named + "Content-Type: audio/wav\r\n\r\n"
    return boundary, head.encode() + file + f"\r\n--{boundary}--\r\n".encode()
