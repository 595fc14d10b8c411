# SPDX-License-Identifier: EUPL-1.2
"""Caddy, the address in front."""

import json
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from deploy.servers.go_programs import GoProgram
from deploy.servers.server import Server

AWAY = {
    "type": "/problems/service-away",
    "title": "Service away",
    "status": 503,
    "detail": "this part of the platform does not answer just now; send the same again in a moment, with the same key",
}
CADDY = GoProgram("caddy", "github.com/caddyserver/caddy/v2/cmd/caddy", Path(__file__).parent, "three minutes")


@dataclass
class Caddy(Server):
    """One reverse proxy. `routes` maps a path with its wildcard to `host:port`; `rest` gets the others."""

    name: ClassVar[str] = "Caddy"
    port: int = field(kw_only=False)
    routes: dict[str, str]
    rest: str

    def program(self) -> Path:
        return CADDY.bring()

    def command(self, program: Path) -> Sequence[str | Path]:
        settings = self.folder / "Caddyfile"
        settings.write_text(self.settings(), "utf-8")
        return [program, "run", "--adapter", "caddyfile", "--config", settings]

    def answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def settings(self) -> str:
        """The Caddyfile. Errors of ours are passed on as they are; for a part that is away, Caddy answers itself."""
        away = (
            "\thandle_errors 502 503 504 {\n\t\theader Content-Type application/problem+json\n"
            f"\t\theader Retry-After 5\n\t\trespond `{json.dumps(AWAY)}` 503\n\t}}\n"
        )
        routed = "\n".join(f"\thandle {path} {{\n\t\treverse_proxy {to}\n\t}}" for path, to in self.routes.items())
        return (
            "{\n\tadmin off\n\tauto_https off\n\tpersist_config off\n}\n"
            f"http://127.0.0.1:{self.port} {{\n{routed}\n\thandle {{\n\t\treverse_proxy {self.rest}\n\t}}\n{away}}}\n"
        )
