# SPDX-License-Identifier: EUPL-1.2
"""`python -m evaluation.load.run [PART ...] [--quick]`: the measurements one after the other, and one table of them.

A goal that is missed is no error of the run: the table says so. A measurement that cannot run is.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
import traceback

PARTS = ("event_path", "api", "growth", "recognition")


def main(arguments: list[str] | None = None) -> int:
    """Returns 1 when a part could not be measured; the others are measured all the same."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.load.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="to see that all of it runs; the figures mean nothing")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS)}; all when none is named")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    figures, failed = [], []
    for name in asked.parts or PARTS:
        # Imported here and not above: the processes that a part starts read this module again.
        part = importlib.import_module(f"evaluation.load.{name}")
        began = time.monotonic()
        try:
            outcome = part.measured(part.QUICK if asked.quick else part.Size())
        except Exception:  # noqa: BLE001 — what the other parts find is not to be lost
            traceback.print_exc()
            failed.append(name)
            continue
        figures += outcome.figures
        written = "not written, since it was quick" if asked.quick else f"written to {outcome.write()}"
        print(f"{name}: {time.monotonic() - began:.0f} s, {written}", flush=True)
    print(importlib.import_module("evaluation.load.outcome").table(figures))
    if failed:
        print(f"not measured: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
