# SPDX-License-Identifier: EUPL-1.2
"""Sound files in a folder, one folder for each tenant. A name ending in `.part` is not a recording yet."""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from kernel.identity import TenantId
from services.transcription.domain import KeptFile, RecordingId
from services.transcription.ports import RecordingFileMissing, RecordingNotKept, RecordingTooLarge

BLOCK = 1 << 20
_ID = re.compile(r"[0-9a-f-]{36}")


@dataclass(frozen=True)
class FolderFiles:
    folder: Path
    most_bytes: int

    def keep(self, tenant_id: TenantId, recording_id: RecordingId, content: BinaryIO) -> KeptFile:
        final = self._path(tenant_id, recording_id)
        half = final.with_suffix(".part")
        try:
            return self._keep(content, half, final)
        except OSError as trouble:
            raise RecordingNotKept(f"the recording could not be kept: {trouble.strerror}") from trouble

    def _keep(self, content: BinaryIO, half: Path, final: Path) -> KeptFile:
        final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                kept = self._copy(content, file)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            half.unlink(missing_ok=True)
            raise
        half.replace(final)
        _sync_folder(final.parent)
        return kept

    def open(self, tenant_id: TenantId, recording_id: RecordingId) -> BinaryIO:
        try:
            return self._path(tenant_id, recording_id).open("rb")
        except FileNotFoundError:
            raise RecordingFileMissing(f"the file of recording {recording_id} is not where it was kept") from None

    def remove(self, tenant_id: TenantId, recording_id: RecordingId) -> None:
        path = self._path(tenant_id, recording_id)
        path.unlink(missing_ok=True)
        path.with_suffix(".part").unlink(missing_ok=True)

    def kept_before(self, tenant_id: TenantId, moment: datetime) -> Iterator[RecordingId]:
        folder = self._folder_of(tenant_id)
        own = (path for path in folder.iterdir() if _ID.fullmatch(path.stem)) if folder.is_dir() else ()
        for path in sorted(own):
            # A file may go away between the listing and the look.
            with suppress(FileNotFoundError):
                if datetime.fromtimestamp(path.stat().st_mtime, UTC) < moment:
                    yield RecordingId(path.stem)

    def _copy(self, content: BinaryIO, file: BinaryIO) -> KeptFile:
        digest, size = hashlib.sha256(), 0
        while block := content.read(BLOCK):
            size += len(block)
            if size > self.most_bytes:
                raise RecordingTooLarge(f"a recording may hold {self.most_bytes} bytes", most_bytes=self.most_bytes)
            digest.update(block)
            file.write(block)
        return KeptFile(digest.hexdigest(), size)

    def _folder_of(self, tenant_id: TenantId) -> Path:
        # Quoted, so that no tenant's name can lead out of the folder; a lone dot would stay as it is.
        return self.folder / quote(tenant_id, safe="").replace(".", "%2E")

    def _path(self, tenant_id: TenantId, recording_id: RecordingId) -> Path:
        if not _ID.fullmatch(recording_id):
            raise ValueError("a recording's id is a UUID")
        return self._folder_of(tenant_id) / f"{recording_id}.sound"


def _sync_folder(folder: Path) -> None:
    """A renamed file survives a power cut only when its folder has been written too (fsync(2))."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
