# SPDX-License-Identifier: EUPL-1.2
"""Every keeper of sound files behaves the same: whole or not there, and one municipality apart from the other."""

import io
import os
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.servers.s3 import S3Server
from kernel.errors import TooLarge, Unavailable
from kernel.identity import TenantId, new_id
from services.transcription.adapters.folder_files import FolderFiles
from services.transcription.adapters.s3_files import PART, Bucket, S3Files
from services.transcription.domain import RecordingId
from services.transcription.ports import RecordingFiles
from tests.real_servers import running
from tests.unit.transcription.memory import MemoryFiles

EKHAMRA, BERGVIK = TenantId("ekhamra"), TenantId("bergvik")
MOST_BYTES = 1_000


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    with running(lambda at: S3Server(at, "underlag", "invented-secret-1", ["recordings"])) as server:
        yield server


def bucket(s3: S3Server, **other: str) -> Bucket:
    given = {"url": "s3://recordings", "endpoint": s3.endpoint, "access_key": s3.access_key, "region": s3.region}
    return Bucket(**{**given, "secret_key": s3.secret_key, **other}, timeout_seconds=2)


@pytest.fixture(params=["memory", "folder", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> RecordingFiles:
    if request.param == "memory":
        return MemoryFiles(MOST_BYTES)
    if request.param == "folder":
        return FolderFiles(tmp_path, MOST_BYTES)
    # A prefix for each test: they share the server.
    within = bucket(request.getfixturevalue("s3"), url=f"s3://recordings/{tmp_path.name}")
    return S3Files(within, tmp_path, MOST_BYTES)


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


def keys_in(s3: S3Server) -> list[str]:
    """What lies in the server's folder, the parts of uploads included."""
    data = s3.folder / "data" / "recordings"
    return sorted(str(each.relative_to(data)) for each in data.rglob("*") if each.is_file())


def test_a_key_holds_the_municipality_and_the_id_and_nothing_else(s3: S3Server, tmp_path: Path) -> None:
    recording_id = an_id()

    S3Files(bucket(s3, url="s3://recordings/keys"), tmp_path, MOST_BYTES).keep(
        EKHAMRA, recording_id, io.BytesIO(b"abc")
    )

    assert [each for each in keys_in(s3) if each.startswith("keys/")] == [f"keys/ekhamra/{recording_id}.sound"]


@pytest.mark.parametrize("tenant", ["../bergvik", "..", ".", "a/b", "å"])
def test_no_name_of_a_municipality_leads_out_of_its_prefix(s3: S3Server, tmp_path: Path, tenant: str) -> None:
    files, recording_id = S3Files(bucket(s3, url="s3://recordings/odd"), tmp_path, MOST_BYTES), an_id()

    files.keep(TenantId(tenant), recording_id, io.BytesIO(b"abc"))

    (found,) = [each for each in keys_in(s3) if each.endswith(f"{recording_id}.sound")]
    assert len(found.split("/")) == 3
    assert found.startswith("odd/")
    assert list(files.kept_before(TenantId(tenant), datetime.now(UTC) + timedelta(hours=1))) == [recording_id]
    assert files.open(TenantId(tenant), recording_id).read() == b"abc"


def test_a_file_of_many_parts_comes_back_unchanged_and_its_copy_has_no_name(s3: S3Server, tmp_path: Path) -> None:
    content = os.urandom(2 * PART + 17)
    files, recording_id = S3Files(bucket(s3), tmp_path / "scratch", len(content)), an_id()
    files.keep(EKHAMRA, recording_id, io.BytesIO(content))

    with files.open(EKHAMRA, recording_id) as copy:
        assert list((tmp_path / "scratch").iterdir()) == []
        copy.seek(PART)
        assert copy.read() == content[PART:]


@pytest.mark.parametrize("breaks", ["too large", "torn"])
def test_an_upload_that_ends_in_its_third_part_leaves_no_part(s3: S3Server, tmp_path: Path, breaks: str) -> None:
    class TornLate(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 2 * PART:
                raise EOFError
            return super().read(size)

    before, content = keys_in(s3), b"x" * (3 * PART)
    files = S3Files(bucket(s3), tmp_path, 2 * PART + 1 if breaks == "too large" else len(content))

    with pytest.raises(TooLarge if breaks == "too large" else EOFError):
        files.keep(EKHAMRA, an_id(), io.BytesIO(content) if breaks == "too large" else TornLate(content))

    assert keys_in(s3) == before


@pytest.fixture
def silent() -> Iterator[str]:
    """A store that takes the connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


ASKED: dict[str, Callable[[S3Files], object]] = {
    "keep": lambda files: files.keep(EKHAMRA, an_id(), io.BytesIO(b"abc")),
    "open": lambda files: files.open(EKHAMRA, an_id()),
    "remove": lambda files: files.remove(EKHAMRA, an_id()),
    "list": lambda files: list(files.kept_before(EKHAMRA, datetime.now(UTC))),
}


@pytest.mark.parametrize("asked", list(ASKED))
@pytest.mark.parametrize("trouble", ["refusing", "silent", "wrong secret"])
def test_a_store_that_is_away_is_told_in_time_and_without_secrets(
    s3: S3Server, silent: str, tmp_path: Path, trouble: str, asked: str
) -> None:
    others = {
        "refusing": {"endpoint": "http://127.0.0.1:9"},
        "silent": {"endpoint": silent},
        "wrong secret": {"secret_key": "invented-secret-2"},
    }
    files, started = S3Files(bucket(s3, **others[trouble]), tmp_path, MOST_BYTES), time.monotonic()

    with pytest.raises(Unavailable) as told:
        ASKED[asked](files)

    assert time.monotonic() - started < 12
    assert not any(each in str(told.value) for each in ("127.0.0.1", "invented", s3.access_key))


def test_a_file_is_found_again_when_the_store_is_back(s3: S3Server, tmp_path: Path) -> None:
    files, recording_id = S3Files(bucket(s3), tmp_path, MOST_BYTES), an_id()
    files.keep(EKHAMRA, recording_id, io.BytesIO(b"abc"))
    s3.kill()
    with pytest.raises(Unavailable):
        files.open(EKHAMRA, recording_id)
    assert not files.answers()

    s3.start()

    assert files.answers()
    assert files.open(EKHAMRA, recording_id).read() == b"abc"
