# SPDX-License-Identifier: EUPL-1.2
"""`make demo`: the main job on a real recording, told on the terminal."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.end_to_end.conftest import ROOT


def test_the_demo_goes_from_recording_to_verified_log(new_state: Callable[[], Path]) -> None:
    state = new_state()

    told = subprocess.run(
        [sys.executable, "-m", "embedded.demo"],
        cwd=ROOT,
        env={**os.environ, "DATA": str(state)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert told.returncode == 0, told.stdout[-3000:] + told.stderr[-3000:]
    assert re.search(r"audit log verified, [1-9]\d* entries", told.stdout)
    assert "machine proposal" in told.stdout
    for name in ("docx", "pdf"):
        assert (state / "documents" / f"beslutsunderlag.{name}").stat().st_size > 10_000
