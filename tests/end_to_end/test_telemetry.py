# SPDX-License-Identifier: EUPL-1.2
"""What operators see: one trace from request to effect, metrics, and logs without a word of what was said."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from embedded.rest import wait_for
from tests.end_to_end.conftest import Site
from tests.end_to_end.home_visit import DRAFTING, SAID, TRANSCRIPTION, open_case, propose
from tests.end_to_end.span_sink import Sink
from tests.sound import first_seconds

SECONDS = 60


@pytest.fixture(scope="module")
def sink(site: Site) -> Sink:
    if site.sink is None:
        pytest.skip("spans of a platform that runs already (UNDERLAG_BASE) go elsewhere")
    return site.sink


def test_one_trace_follows_a_recording_from_upload_to_the_audit_log(site: Site, sink: Sink, tmp_path: Path) -> None:
    short = tmp_path / "short.wav"
    short.write_bytes(first_seconds(8))

    site.sign_in("caseworker").upload(f"{TRANSCRIPTION}/recordings", {"language": "sv", "speakers": "2"}, short)

    story = (
        "POST /transcription/v1/recordings",
        "job recognise",
        "relay underlag.transcription.v1.RecordingTranscribed",
        "audit receives underlag.transcription.v1.RecordingTranscribed",
    )
    wait_for(lambda: sink.story_with(*story), bool, SECONDS)


def test_one_trace_tells_one_story_and_nothing_personal(site: Site, sink: Sink) -> None:
    caseworker = site.sign_in("caseworker")
    case = open_case(caseworker)
    propose(caseworker, case, "d5")
    caseworker.ask("POST", f"{DRAFTING}/cases/{case}/decision", json={"nonsense": SAID[1][1]})

    approval = ("POST /transcription/v1", "relay underlag.transcription.v1.TranscriptApproved", "drafting receives")
    proposal = ("POST /drafting/v1", "job write", "relay underlag.drafting.v1.SectionProposed", "audit receives")
    wait_for(lambda: sink.story_with(*approval) and sink.story_with(*proposal), bool, SECONDS)
    time.sleep(0.5)
    metrics, logs = site.metrics(), site.logs()

    for name in ("underlag_http_requests_total", "underlag_events_handled_total", "underlag_jobs_ended_total"):
        assert name in metrics
    assert logs.strip(), "there is something to look at"
    for where in (logs, metrics, sink.received.decode(errors="replace")):
        for secret in ("Berit", "Ahlgren", "duschar", "artros", "Sandqvist"):
            assert secret not in where
