# SPDX-License-Identifier: EUPL-1.2
"""The verifier as an outsider runs it: one file, an export, no network, nothing of the platform."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from services.audit import verify
from tests.integration.audit.conftest import Running, a_read

GUARD = """
import runpy, sys
sys.path.insert(0, {root!r})
ALLOWED = sys.stdlib_module_names | {{"cryptography", "_cffi_backend"}}
class Guard:
    def find_spec(self, name, path=None, target=None):
        is_ours = name.partition(".")[0] == "services"
        if name not in {own!r} if is_ours else name.partition(".")[0] not in ALLOWED:
            raise ImportError("not for outsiders: " + name)
sys.meta_path.insert(0, Guard())
sys.argv = ["verify", *sys.argv[1:]]
{run}
"""
AS_MODULE = GUARD.format(
    root=str(Path(verify.__file__).parents[2]),
    own={"services", "services.audit", "services.audit.verify"},
    run='runpy.run_module("services.audit.verify", run_name="__main__", alter_sys=True)',
)


def run(program: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-c", program, *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def kept(running: Running, tmp_path: Path) -> Path:
    """What an auditor has kept: a checkpoint from earlier, the key, and today's export."""
    running.deliver(*(a_read(number) for number in range(3)))
    (tmp_path / "earlier").write_text(running.get("/checkpoint").text, "utf-8")
    running.deliver(*(a_read(number) for number in range(3, 8)))
    (tmp_path / "key").write_text(running.get("/verification-key").text, "utf-8")
    (tmp_path / "export").write_bytes(running.get("/export").content)
    return tmp_path


def asked(kept: Path) -> list[str]:
    key = (kept / "key").read_text("utf-8").strip()
    return ["--export", str(kept / "export"), "--key", key, "--checkpoint", str(kept / "earlier")]


def test_a_whole_log_verifies_with_the_standard_library_and_cryptography_alone(kept: Path) -> None:
    found = run(AS_MODULE, *asked(kept), cwd=kept)

    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.startswith("whole: 8 entries of ")


def test_the_guard_of_these_tests_does_stop_other_packages(kept: Path) -> None:
    found = run(AS_MODULE.replace("runpy.run_module", "import rfc8785; runpy.run_module"), *asked(kept), cwd=kept)

    assert found.returncode == 1
    assert "not for outsiders: rfc8785" in found.stderr


def test_the_one_file_taken_elsewhere_does_the_same(kept: Path) -> None:
    elsewhere = kept / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(str(verify.__file__), elsewhere / "verify.py")

    command = [sys.executable, "-I", str(elsewhere / "verify.py"), *asked(kept)]
    found = subprocess.run(command, cwd=elsewhere, capture_output=True, text=True, check=False)

    assert (found.returncode, found.stdout[:6]) == (0, "whole:")


def test_a_changed_entry_is_named_and_the_answer_is_no(kept: Path) -> None:
    export = (kept / "export").read_bytes()
    (kept / "export").write_bytes(export.replace(b"transcript:4", b"transcript:9"))

    found = run(AS_MODULE, *asked(kept), cwd=kept)

    assert found.returncode == 1
    assert found.stdout.splitlines() == ["entry 4: changed entry", "wrong root"]


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b'{"format":"underlag-audit-export/1"}\n', b"[" * 99_999])
def test_what_is_no_export_is_said_to_be_none(kept: Path, content: bytes) -> None:
    (kept / "export").write_bytes(content)

    found = run(AS_MODULE, *asked(kept), cwd=kept)

    assert (found.returncode, found.stderr) == (1, "")
    assert found.stdout.startswith("cannot be checked: ")


def test_a_file_that_is_not_there_is_said_to_be_missing(kept: Path) -> None:
    (kept / "export").unlink()

    found = run(AS_MODULE, *asked(kept), cwd=kept)

    assert (found.returncode, found.stderr) == (1, "")


def test_an_export_of_an_empty_log_verifies(running: Running, tmp_path: Path) -> None:
    (tmp_path / "export").write_bytes(running.get("/export").content)
    key = running.get("/verification-key").text.strip()

    found = run(AS_MODULE, "--export", str(tmp_path / "export"), "--key", key, cwd=tmp_path)

    assert (found.returncode, found.stdout[:17]) == (0, "whole: 0 entries ")
