# SPDX-License-Identifier: EUPL-1.2
"""Nothing in the project tells from which machine or through which package registry it came.

A lock with a mirror's address installs nowhere else, and a path of somebody's machine works on no other.
"""

from __future__ import annotations

import configparser
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
# In pieces, so that this file is no trace itself.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pypi", "python", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("repo", "maven", "apache", "org"),
        ("repo1", "maven", "org"),
        ("proxy", "golang", "org"),
        ("sum", "golang", "org"),
        ("conda", "anaconda", "org"),
        ("index", "crates", "io"),
        ("static", "crates", "io"),
    )
]
HOMES = ["/" + "home/", "/" + "root/", "/" + "Users/", "C:" + "\\"]
INDEX_VARIABLES = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "GOPROXY")


def own_registries() -> Iterator[str]:
    """The hosts that this machine installs from, which a lock made here could carry."""
    lines = [os.environ.get(each, "") for each in INDEX_VARIABLES]
    for path in (Path("/etc/pip.conf"), Path.home() / ".pip" / "pip.conf", Path.home() / ".config/pip/pip.conf"):
        settings = configparser.RawConfigParser()
        settings.read(path, "utf-8")
        lines += [value for name in settings.sections() for key, value in settings[name].items() if "index" in key]
    for word in re.split(r"[\s,|]+", " ".join(lines)):
        if host := urlsplit(word).hostname:
            yield host


def own_paths() -> Iterator[str]:
    """Where the checkout lies here, and above it as far as a name tells one machine from another."""
    for folder in (ROOT, *ROOT.parents):
        if len(folder.parts) > 1:
            yield f"{folder}/"


def traces() -> re.Pattern[str]:
    hosts = {*REGISTRIES, *own_registries()} - {"localhost", "127.0.0.1"}
    paths = {*HOMES, *own_paths()} - {"/usr/", "/opt/", "/srv/", "/tmp/", "/var/"}  # noqa: S108 — names, not uses
    host, path = ("|".join(map(re.escape, sorted(each))) for each in (hosts, paths))
    # A path begins after a space, a quotation mark, an equals sign; `a/work/` is no path of this machine.
    return re.compile(rf"(?<![\w-])(?:{host})(?![\w-])|(?<![\w./~}}-])(?:{path})\w", re.IGNORECASE)


def committed() -> list[Path]:
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [ROOT / each for each in found if each and (ROOT / each).is_file()]


def found_in(text: str) -> list[str]:
    return [line.strip()[:120] for line in text.splitlines() if traces_here.search(line)]


traces_here = traces()


def test_nothing_committed_names_a_registry_or_a_path_of_a_machine() -> None:
    files = committed()
    read = {each.relative_to(ROOT).as_posix(): each.read_bytes().decode("utf-8", "replace") for each in files}

    assert len(read) > 400
    assert {path: lines for path, text in read.items() if (lines := found_in(text))} == {}


def test_no_name_of_a_file_is_a_trace() -> None:
    assert found_in("\n".join(f" /{each.relative_to(ROOT)}" for each in committed())) == []


@pytest.mark.parametrize(
    "line",
    [
        f"--index-url https://{REGISTRIES[0]}/simple",
        f"https://files.{REGISTRIES[2]}/packages/a.whl",
        f"data = '{ROOT}/state'",
        f"cd {HOMES[0]}anna/underlag",
        *(f"--extra-index-url https://{host}/simple" for host in own_registries()),
    ],
)
def test_a_trace_is_found(line: str) -> None:
    assert found_in(f"a line\n{line}\n") == [line[:120]]


@pytest.mark.parametrize("line", ["evaluation/work/notes.md", "a happy.org", "under /var/lib/underlag", "~/.cache/x"])
def test_what_only_looks_like_a_trace_is_left_alone(line: str) -> None:
    assert found_in(line) == []
