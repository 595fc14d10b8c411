# SPDX-License-Identifier: EUPL-1.2
"""What operators see: one trace from request to effect, metrics, and logs without a word of what was said."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx2
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from embedded.process import PlatformProcess
from embedded.rest import wait_for
from tests.end_to_end.conftest import Site
from tests.end_to_end.home_visit import DRAFTING, SAID, open_case, propose


@dataclass
class Sink:
    """Collects spans as an OpenTelemetry collector would: names by trace, and everything as it came."""

    url: str = ""
    names: dict[bytes, set[str]] = field(default_factory=lambda: defaultdict(set))
    received: bytes = b""

    def take(self, body: bytes) -> None:
        self.received += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self.names[span.trace_id].add(span.name)

    def story_with(self, *parts: str) -> set[str] | None:
        """A trace that holds a span for each of the parts."""
        whole = (names for names in list(self.names.values()) if all(any(p in n for n in names) for p in parts))
        return next(whole, None)


@contextmanager
def listening(sink: Sink) -> Iterator[Sink]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sink.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    sink.url = f"http://127.0.0.1:{server.server_address[1]}/v1/traces"
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()


def test_one_trace_tells_one_story_and_nothing_personal(new_state: Callable[[], Path]) -> None:
    with listening(Sink()) as sink:
        settings = {"TRANSCRIPTION_OTLP_URL": sink.url, "OTEL_BSP_SCHEDULE_DELAY": "200", "LOG_LEVEL": "DEBUG"}
        platform = PlatformProcess(new_state(), environment=settings)
        platform.start()
        try:
            caseworker = Site(platform.base).sign_in("caseworker")
            case = open_case(caseworker)
            propose(caseworker, case, "d5")
            caseworker.ask("POST", f"{DRAFTING}/cases/{case}/decision", json={"nonsense": SAID[1][1]})
            approval = (
                "POST /transcription/v1",
                "relay underlag.transcription.v1.TranscriptApproved",
                "drafting receives",
            )
            proposal = (
                "POST /drafting/v1",
                "job write",
                "relay underlag.drafting.v1.SectionProposed",
                "audit receives",
            )
            wait_for(lambda: sink.story_with(*approval) and sink.story_with(*proposal), bool, 30)
            metrics = httpx2.get(f"{platform.base}/metrics").text
            time.sleep(0.5)
        finally:
            platform.stop()
        log = platform.log.read_text("utf-8")

    for name in ("underlag_http_requests_total", "underlag_events_handled_total", "underlag_jobs_ended_total"):
        assert name in metrics
    for where in (log, metrics, sink.received.decode(errors="replace")):
        for secret in ("Berit", "Ahlgren", "duschar", "artros", "Sandqvist"):
            assert secret not in where
