# SPDX-License-Identifier: EUPL-1.2
"""Programs built by Go from a pinned module beside their recipe, once for each machine, byte for byte the same."""

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from deploy.servers.cache import into_cache
from deploy.servers.server import ProgramMissing
from kernel.files import cache_folder


class GoMissing(ProgramMissing):
    """There is no Go to build a program with, or the build failed; the text says what to do."""


@dataclass(frozen=True)
class GoProgram:
    """`recipe` is the folder of the go.mod and go.sum that pin `package` and everything under it."""

    name: str
    package: str
    recipe: Path
    takes: str

    def bring(self, cache: Path | None = None) -> Path:
        """The program's path, built when this machine has not got it. Raise `GoMissing`."""
        go = shutil.which("go")
        if go is None:
            raise GoMissing(f"{self.name} is built by Go, and there is no `go` on the PATH")
        pinned = (self.recipe / "go.sum").read_bytes() + (self.recipe / "go.mod").read_bytes()
        digest = hashlib.sha256(pinned + _version(go).encode()).hexdigest()[:12]
        folder = into_cache(cache or cache_folder(), f"{self.name}-{digest}", lambda fresh: self._build(go, fresh))
        return folder / self.name

    def _build(self, go: str, into: Path) -> None:
        print(f"building {self.name} (once for this machine, {self.takes} on two cores)", flush=True)
        source = into / "source"
        source.mkdir()
        for each in ("go.mod", "go.sum"):
            shutil.copyfile(self.recipe / each, source / each)
        own = ["-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", str(into / self.name), self.package]
        built = subprocess.run(
            ["nice", "-n", "3", go, "build", *own],
            cwd=source,
            # go.sum stands in for the public checksum database; `readonly` refuses to change either file.
            env={**os.environ, "GOFLAGS": "-mod=readonly", "GOSUMDB": "off", "CGO_ENABLED": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        if built.returncode:
            raise GoMissing(f"{self.name} could not be built: {built.stderr.strip()[-400:]}")
        shutil.rmtree(source)


@lru_cache
def _version(go: str) -> str:
    """Another Go builds another program from the same module."""
    asked = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False)
    if asked.returncode:
        raise GoMissing(f"{go} does not run: {asked.stderr.strip()[-200:]}")
    return asked.stdout.strip()
