# SPDX-License-Identifier: EUPL-1.2
"""Object storage that speaks S3: Versity's gateway in front of a folder. A bucket is a folder in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from deploy.servers.go_programs import GoProgram
from deploy.servers.server import Server, status_of

VERSITYGW = GoProgram("versitygw", "github.com/versity/versitygw/cmd/versitygw", Path(__file__).parent, "two minutes")
HEALTH = "/-/health"
MODE_OF_FILES = ["--dir-perms", "0700", "--file-perms", "0600"]


@dataclass
class S3Server(Server):
    """One user, who may do everything, and the buckets that are named here. `access_key` is the user's name."""

    name: ClassVar[str] = "Object storage"
    access_key: str
    secret_key: str
    buckets: Sequence[str] = ()
    region: str = field(default="eu-north-1", kw_only=True)

    @property
    def endpoint(self) -> str:
        return f"http://{self.address}"

    def program(self) -> Path:
        return VERSITYGW.bring()

    def command(self, program: Path) -> Sequence[str | Path]:
        data = self.folder / "data"
        for bucket in self.buckets:
            (data / bucket).mkdir(parents=True, exist_ok=True, mode=0o700)
        data.mkdir(exist_ok=True, mode=0o700)
        listens = ["--port", self.address, "--region", self.region, "--health", HEALTH, "--quiet", "--keep-alive"]
        return [program, *listens, "posix", *MODE_OF_FILES, data]

    def environment(self) -> Mapping[str, str]:
        return {"ROOT_ACCESS_KEY_ID": self.access_key, "ROOT_SECRET_ACCESS_KEY": self.secret_key}

    def answers(self) -> bool:
        return status_of(self.port, HEALTH) == 200
