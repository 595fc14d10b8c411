# SPDX-License-Identifier: EUPL-1.2
"""Every keeper of sound files behaves the same: whole or not there, and one municipality apart from the other."""

import io
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kernel.errors import TooLarge, Unavailable
from kernel.identity import TenantId, new_id
from services.transcription.adapters.folder_files import FolderFiles
from services.transcription.domain import RecordingId
from services.transcription.ports import RecordingFiles
from tests.unit.transcription.memory import MemoryFiles

EKHAMRA, BERGVIK = TenantId("ekhamra"), TenantId("bergvik")
MOST_BYTES = 1_000


@pytest.fixture(params=["memory", "folder"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> RecordingFiles:
    return MemoryFiles(MOST_BYTES) if request.param == "memory" else FolderFiles(tmp_path, MOST_BYTES)


def an_id() -> RecordingId:
    return RecordingId(new_id())


def test_a_kept_file_comes_back_unchanged(files: RecordingFiles) -> None:
    recording_id = an_id()

    kept = files.keep(EKHAMRA, recording_id, io.BytesIO(b"abc"))

    with files.open(EKHAMRA, recording_id) as content:
        assert content.read() == b"abc"
    assert kept.size == 3
    assert kept.digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_another_municipality_does_not_find_it(files: RecordingFiles) -> None:
    recording_id = an_id()
    files.keep(EKHAMRA, recording_id, io.BytesIO(b"abc"))

    with pytest.raises(Unavailable):
        files.open(BERGVIK, recording_id)


def test_too_much_is_refused_and_leaves_nothing(files: RecordingFiles) -> None:
    recording_id = an_id()

    with pytest.raises(TooLarge):
        files.keep(EKHAMRA, recording_id, io.BytesIO(b"x" * (MOST_BYTES + 1)))

    assert list(files.kept_before(EKHAMRA, datetime.now(UTC) + timedelta(days=1))) == []


def test_a_removed_file_is_away_and_may_be_removed_again(files: RecordingFiles) -> None:
    recording_id = an_id()
    files.keep(EKHAMRA, recording_id, io.BytesIO(b"abc"))

    files.remove(EKHAMRA, recording_id)
    files.remove(EKHAMRA, recording_id)

    with pytest.raises(Unavailable):
        files.open(EKHAMRA, recording_id)


def test_files_are_listed_by_when_they_were_kept(files: RecordingFiles) -> None:
    recording_id = an_id()
    files.keep(EKHAMRA, recording_id, io.BytesIO(b"abc"))
    now = datetime.now(UTC)

    assert list(files.kept_before(EKHAMRA, now + timedelta(hours=1))) == [recording_id]
    assert list(files.kept_before(EKHAMRA, now - timedelta(hours=1))) == []
    assert list(files.kept_before(BERGVIK, now + timedelta(hours=1))) == []


def test_storage_that_is_away_is_an_outage_and_not_an_accident(tmp_path: Path) -> None:
    (tmp_path / "ekhamra").write_text("a file where the folder should be")

    with pytest.raises(Unavailable):
        FolderFiles(tmp_path, MOST_BYTES).keep(EKHAMRA, an_id(), io.BytesIO(b"abc"))


class Torn(io.BytesIO):
    """An upload that breaks off."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            raise EOFError
        return super().read(min(size or 1, 1))


def test_a_torn_upload_leaves_nothing(files: RecordingFiles) -> None:
    with pytest.raises(EOFError):
        files.keep(EKHAMRA, an_id(), Torn(b"abc"))

    assert list(files.kept_before(EKHAMRA, datetime.now(UTC) + timedelta(days=1))) == []


@pytest.mark.parametrize("tenant", ["../bergvik", "..", ".", "a/b", "å"])
def test_no_name_of_a_municipality_leads_out_of_the_folder(tmp_path: Path, tenant: str) -> None:
    folder = tmp_path / "recordings"
    recording_id = an_id()

    FolderFiles(folder, MOST_BYTES).keep(TenantId(tenant), recording_id, io.BytesIO(b"abc"))

    found = list(tmp_path.rglob("*.sound"))
    assert len(found) == 1
    assert found[0].parent.parent == folder


def test_no_id_that_is_not_one_becomes_a_path(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="UUID"):
        FolderFiles(tmp_path, MOST_BYTES).open(EKHAMRA, RecordingId("../../etc/passwd"))


def test_only_the_service_may_read_a_recording(tmp_path: Path) -> None:
    FolderFiles(tmp_path, MOST_BYTES).keep(EKHAMRA, an_id(), io.BytesIO(b"abc"))

    found = next(tmp_path.rglob("*.sound"))

    assert found.stat().st_mode & 0o077 == 0
    assert found.parent.stat().st_mode & 0o077 == 0
    assert os.access(found, os.R_OK)
