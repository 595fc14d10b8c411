# SPDX-License-Identifier: EUPL-1.2
"""`python -m embedded.demo`: start the platform, run the main job on the invented recording, stop it again.

`CLUSTER=1` starts it on real servers, each role a process of its own; the job is the same.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from embedded.demo.account import Account
from embedded.demo.job import Job
from embedded.process import CLUSTER, EMBEDDED, DidNotStart, PlatformProcess

ROOT = Path(__file__).parents[2]
RECORDING = ROOT / "tests" / "data" / "home_visit_sv.wav"
GUIDELINES = ROOT / "evaluation" / "retrieval" / "data" / "guidelines_sv_dev.json"


def main() -> int:
    """Returns 1 with the reason when a step did not go as it should."""
    began = time.monotonic()
    account = Account()
    state = Path(os.environ.get("DATA", "demo-state")).absolute()
    state.mkdir(parents=True, exist_ok=True)
    program = CLUSTER if os.environ.get("CLUSTER") else EMBEDDED
    platform = PlatformProcess(state / program, port=int(os.environ.get("PORT", "0")), program=program)
    account.console.print("[bold]Underlag[/bold]: the main job on an invented recording. Every person is invented.")
    try:
        platform.start()
    except DidNotStart as reason:
        account.say(str(reason))
        return 1
    account.say(f"The platform runs at {platform.base}, its state in {platform.state}.")
    try:
        Job(account, platform.base, RECORDING, GUIDELINES, state / "documents").run()
    finally:
        platform.stop()
    account.console.print(
        f"\nDone in {time.monotonic() - began:.0f} s. `make run` serves the platform for a closer look."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
