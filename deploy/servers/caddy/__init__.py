# SPDX-License-Identifier: EUPL-1.2
"""Caddy, the address in front: built by Go from the pinned module beside this file, once for each machine."""

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from deploy.servers.cache import cache_folder, into_cache
from deploy.servers.processes import dies_with_parent, last_words

HERE = Path(__file__).parent
PACKAGE = "github.com/caddyserver/caddy/v2/cmd/caddy"
START_SECONDS = 15
STOP_SECONDS = 15


class CaddyMissing(Exception):
    """There is no Go to build it, or the build failed; the text says what to do."""


def bring_caddy(say: Callable[[str], None] = print, cache: Path | None = None) -> Path:
    """The program's path. Built when this machine has not got it: three minutes on two cores. Raise `CaddyMissing`."""
    pinned = (HERE / "go.sum").read_bytes() + (HERE / "go.mod").read_bytes()
    name = f"caddy-{hashlib.sha256(pinned).hexdigest()[:12]}"
    return into_cache(cache or cache_folder(), name, lambda fresh: _build(fresh, say)) / "caddy"


def _build(into: Path, say: Callable[[str], None]) -> None:
    go = shutil.which("go")
    if go is None:
        raise CaddyMissing("Caddy is built by Go, and there is no `go` on the PATH")
    say("building Caddy (once for this machine, some minutes)")
    source = into / "source"
    source.mkdir()
    for each in ("go.mod", "go.sum"):
        shutil.copyfile(HERE / each, source / each)
    built = subprocess.run(
        [go, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", into / "caddy", PACKAGE],
        cwd=source,
        # go.sum stands in for the public checksum database; `readonly` refuses to change either file.
        env={**os.environ, "GOFLAGS": "-mod=readonly", "GOSUMDB": "off", "CGO_ENABLED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode:
        raise CaddyMissing(f"Caddy could not be built: {built.stderr.strip()[-400:]}")
    shutil.rmtree(source)


@dataclass
class Caddy:
    """One reverse proxy on 127.0.0.1. `routes` maps a path with its wildcard to `host:port`; `rest` gets the others."""

    folder: Path
    port: int
    routes: dict[str, str]
    rest: str
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Raise `CaddyMissing` when it cannot be had or does not start."""
        program = bring_caddy()
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "Caddyfile").write_text(self.settings(), "utf-8")
        log_path = self.folder / "server.log"
        with log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [program, "run", "--adapter", "caddyfile", "--config", self.folder / "Caddyfile"],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin"},
                start_new_session=True,
                preexec_fn=dies_with_parent(),  # noqa: PLW1509 — one system call before the program
            )
        deadline = time.monotonic() + START_SECONDS
        while b"serving initial configuration" not in log_path.read_bytes():
            if time.monotonic() > deadline or self._process.poll() is not None:
                self.stop()
                raise CaddyMissing(f"Caddy did not start: {last_words(log_path)} (log: {log_path})")
            time.sleep(0.05)

    def settings(self) -> str:
        """The Caddyfile. Errors of ours are passed on as they are; a part that is away is answered with 502."""
        routed = "\n".join(f"\thandle {path} {{\n\t\treverse_proxy {to}\n\t}}" for path, to in self.routes.items())
        return (
            "{\n\tadmin off\n\tauto_https off\n\tpersist_config off\n}\n"
            f"http://127.0.0.1:{self.port} {{\n{routed}\n\thandle {{\n\t\treverse_proxy {self.rest}\n\t}}\n}}\n"
        )

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
