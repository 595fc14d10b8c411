# SPDX-License-Identifier: EUPL-1.2
"""Starting and stopping as a person does it: plain words when it cannot start, in order when it ends."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from embedded.process import PlatformProcess
from tests.end_to_end.conftest import ROOT, Site
from tests.end_to_end.home_visit import TRANSCRIPTION, approved_transcript


def said_by_start(state: Path, port: int) -> tuple[int, str]:
    environment = {**os.environ, "PORT": str(port), "DATA": str(state)}
    ended = subprocess.run(
        [sys.executable, "-m", "embedded"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    return ended.returncode, ended.stderr


def test_a_port_that_is_taken_is_named(new_state: Callable[[], Path]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        status, said = said_by_start(new_state(), port)

    assert status == 1
    assert f"port {port} is taken" in said
    assert "Traceback" not in said


def test_a_state_folder_that_cannot_be_made_is_named(new_state: Callable[[], Path]) -> None:
    state = new_state()
    state.parent.joinpath("file").write_text("")

    status, said = said_by_start(state.parent / "file" / "state", 0)

    assert status == 1
    assert "state folder" in said
    assert "Traceback" not in said


def test_what_was_there_before_a_stop_is_there_after_a_start(new_state: Callable[[], Path]) -> None:
    platform = PlatformProcess(new_state())
    platform.start()
    transcript = approved_transcript(Site(platform.base).sign_in("caseworker"))
    assert platform.stop() == 0
    platform.start()

    try:
        kept = Site(platform.base).sign_in("caseworker").get(f"{TRANSCRIPTION}/transcripts/{transcript}")
    finally:
        platform.stop()

    assert kept["state"] == "approved"
