# SPDX-License-Identifier: EUPL-1.2
"""A model endpoint as a process of its own, so that it can be killed: it repeats each line that it may cite."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from deploy.servers.server import Server, status_of
from tests.contract.model_endpoint import ModelEndpoint, _handler_for, citing_every_source

ROOT = Path(__file__).parents[2]


@dataclass
class ModelServer(Server):
    name: ClassVar[str] = "The model endpoint"

    def program(self) -> Path:
        return Path(sys.executable)

    def command(self, program: Path) -> Sequence[str | Path]:
        return [program, "-m", "tests.chaos.model", str(self.port)]

    def environment(self) -> Mapping[str, str]:
        return {"PYTHONPATH": str(ROOT)}

    def answers(self) -> bool:
        # It has nothing to GET, and says so: 501.
        return status_of(self.port, "/") > 0


if __name__ == "__main__":
    endpoint = ModelEndpoint(citing_every_source)
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), _handler_for(endpoint)).serve_forever()
