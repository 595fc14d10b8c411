# SPDX-License-Identifier: EUPL-1.2
"""`python -m evaluation.load.idle`: how soon the platform in one process is ready, and what it holds when idle.

Once on an empty state folder, then warm. Memory is the sum of Pss over the process and its children, PostgreSQL's among
them: a page that several share is counted once. Measure where no other Python runs, or its share of the same libraries
is taken off. Written to `results/`, which nothing compares with a threshold.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from embedded.process import PlatformProcess

RESULTS = Path(__file__).parent / "results"
WARM_STARTS = 3
# Long enough for what is loaded beside the start.
SETTLE_SECONDS = 5


@dataclass(frozen=True)
class Start:
    """`memory_mib` is Pss over all processes, `python_mib` what is resident of the Python process alone."""

    state: str
    seconds_to_ready: float
    memory_mib: float
    python_mib: float
    processes: int


def measured_start(state: Path, name: str) -> Start:
    running = PlatformProcess(state)
    began = time.monotonic()
    running.start()
    try:
        seconds = time.monotonic() - began
        time.sleep(SETTLE_SECONDS)
        tree = list(descendants(running.pid))
        held = [memory_of(pid) for pid in tree]
        return Start(
            name,
            round(seconds, 2),
            round(sum(each["Pss"] for each in held) / 1024, 1),
            round(memory_of(running.pid)["Rss"] / 1024, 1),
            len(tree),
        )
    finally:
        running.stop()


def descendants(pid: int) -> Iterator[int]:
    """The process itself, its children, theirs, and so on."""
    children = defaultdict(list)
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name in brackets may have spaces in it; the parent's number is the second word after it.
            parent = int(each.read_text("utf-8", "replace").rpartition(")")[2].split()[1])
        except OSError:
            continue
        children[parent].append(int(each.parent.name))
    waiting = [pid]
    while waiting:
        found = waiting.pop()
        yield found
        waiting += children[found]


def memory_of(pid: int) -> dict[str, int]:
    """Kilobytes by kind, such as Pss and Rss; nothing for a process that has ended since it was listed."""
    held: dict[str, int] = defaultdict(int)
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return held
    for line in lines[1:]:
        kind, kilobytes = line.split()[:2]
        held[kind.rstrip(":")] = int(kilobytes)
    return held


def machine() -> dict[str, Any]:
    """What the figures depend on, and nothing that tells whose machine it is."""
    model = _value_in("/proc/cpuinfo", "model name")
    return {
        "processor": model or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(_value_in("/proc/meminfo", "MemTotal").split()[0]) / 1024**2, 1),
        "load_before": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
    }


def _value_in(path: str, name: str) -> str:
    lines = Path(path).read_text("utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def main() -> int:
    today, here = datetime.now(UTC).date().isoformat(), machine()
    with tempfile.TemporaryDirectory(prefix="underlag-idle-") as folder:
        # PostgreSQL runs as an ordinary user when root starts it, and must reach its folder.
        Path(folder).chmod(0o755)
        names = ["fresh", *["warm"] * WARM_STARTS]
        starts = [measured_start(Path(folder) / "state", each) for each in names]
    RESULTS.mkdir(exist_ok=True)
    result = {"date": today, "machine": here, "starts": [asdict(each) for each in starts]}
    (RESULTS / f"{today}-idle.json").write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(f"{here['processor']}, {here['cores']} cores, {here['memory_gib']} GiB; load before: {here['load_before']}")
    print(f"{'state':<8}{'ready, s':>10}{'memory, MiB':>14}{'Python, MiB':>14}{'processes':>12}")
    for each in starts:
        figures = f"{each.seconds_to_ready:>10.2f}{each.memory_mib:>14.1f}{each.python_mib:>14.1f}{each.processes:>12}"
        print(f"{each.state:<8}{figures}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
