# SPDX-License-Identifier: EUPL-1.2
"""Sound files in object storage that speaks S3: one bucket, a prefix for each tenant, no name of anybody in a key."""

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar
from urllib.parse import quote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from kernel import telemetry
from kernel.identity import TenantId
from kernel.reach import somebody_listens
from services.transcription.domain import KeptFile, RecordingId
from services.transcription.ports import RecordingFileMissing, RecordingNotKept, RecordingsAway, RecordingTooLarge

# S3 takes parts of 5 MB and more, and ten thousand of them: enough for 80 GB.
PART = 8 << 20
# With more, a part may arrive after the upload was called off, and stays (seen with versitygw).
PARTS_AT_ONCE = 1
CONNECT_SECONDS = 2
RETRIES = 2
_ID = re.compile(r"[0-9a-f-]{36}")
_Answer = TypeVar("_Answer")
log = telemetry.logger(__name__)


@dataclass(frozen=True)
class Bucket:
    """`url` is `s3://bucket` or `s3://bucket/prefix`. `endpoint` is empty for Amazon's own.

    Without `access_key` the credentials of the machine or pod are used.
    """

    url: str
    endpoint: str = ""
    access_key: str = ""
    secret_key: str = field(default="", repr=False)
    region: str = ""
    timeout_seconds: float = 20

    def opened(self) -> S3Store:
        """Asks nobody yet: a store that is away is found out at the first file."""
        where = urlsplit(self.url)
        named = {
            "endpoint": self.endpoint,
            "access_key_id": self.access_key,
            "secret_access_key": self.secret_key,
            "region": self.region,
        }
        return S3Store(
            where.netloc,
            prefix=where.path.strip("/") or None,
            config={name: value for name, value in named.items() if value},  # type: ignore[arg-type] # its keys are literals
            client_options={
                "allow_http": self.endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
                "timeout": timedelta(seconds=self.timeout_seconds),
            },
            retry_config={
                "max_retries": RETRIES,
                "retry_timeout": timedelta(seconds=self.timeout_seconds),
                "backoff": {
                    "init_backoff": timedelta(milliseconds=100),
                    "max_backoff": timedelta(seconds=1),
                    "base": 2,
                },
            },
        )


class S3Files:
    """A file is there when the store has acknowledged it whole.

    What a killed upload leaves are parts that nobody sees; a rule of the bucket removes them (docs/decisions/0072).
    """

    def __init__(self, bucket: Bucket, scratch: Path, most_bytes: int) -> None:
        self._store, self._scratch, self._most_bytes = bucket.opened(), scratch, most_bytes
        self._endpoint = bucket.endpoint

    def answers(self) -> bool:
        """For `/readyz`, without the patience that a file gets."""
        return somebody_listens(self._endpoint)

    def keep(self, tenant_id: TenantId, recording_id: RecordingId, content: BinaryIO) -> KeptFile:
        key, upload = _key(tenant_id, recording_id), _Upload(content, self._most_bytes)
        try:
            obstore.put(self._store, key, upload.parts(), chunk_size=PART, max_concurrency=PARTS_AT_ONCE)
        except Exception as trouble:
            # What the upload itself raised comes back as an error of the store's client.
            if upload.broke is not None:
                raise upload.broke from None
            if not isinstance(trouble, BaseError | OSError):
                raise
            log.warning("recording not kept", cause=type(trouble).__name__)
            raise RecordingNotKept("the recording could not be kept: object storage is away or full") from None
        if upload.broke is not None:
            raise upload.broke
        return upload.kept()

    def open(self, tenant_id: TenantId, recording_id: RecordingId) -> BinaryIO:
        """A copy without a name on this machine's disk, gone when it is closed or the process ends: those who read
        sound go back and forth in it.
        """
        key = _key(tenant_id, recording_id)
        self._scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        copy = tempfile.TemporaryFile(dir=self._scratch)  # noqa: SIM115 — whoever asked closes it
        try:
            size = self._asked(partial(obstore.head, self._store, key))["size"]
            for start in range(0, size, PART):
                part = partial(obstore.get_range, self._store, key, start=start, length=min(PART, size - start))
                copy.write(self._asked(part))
        except FileNotFoundError:
            copy.close()
            raise RecordingFileMissing(f"the file of recording {recording_id} is not where it was kept") from None
        except BaseException:
            copy.close()
            raise
        copy.seek(0)
        return copy

    def remove(self, tenant_id: TenantId, recording_id: RecordingId) -> None:
        with suppress(FileNotFoundError):
            self._asked(lambda: obstore.delete(self._store, _key(tenant_id, recording_id)))

    def kept_before(self, tenant_id: TenantId, moment: datetime) -> Iterator[RecordingId]:
        """By the store's own clock."""
        for found in self._asked(lambda: obstore.list(self._store, _folder_of(tenant_id)).collect()):
            name = found["path"].rsplit("/", 1)[-1].removesuffix(".sound")
            if _ID.fullmatch(name) and found["last_modified"] < moment:
                yield RecordingId(name)

    @staticmethod
    def _asked(question: Callable[[], _Answer]) -> _Answer:
        try:
            return question()
        except BaseError as trouble:
            # The client's text holds addresses and keys; the kind is enough.
            log.warning("object storage away", cause=type(trouble).__name__)
            raise RecordingsAway("object storage does not answer") from None


class _Upload:
    """Counts and digests what goes by. What goes wrong on our side is kept, for the store's client hides its kind."""

    def __init__(self, content: BinaryIO, most_bytes: int) -> None:
        self._content, self._most_bytes = content, most_bytes
        self._digest, self._size = hashlib.sha256(), 0
        self.broke: BaseException | None = None

    def parts(self) -> Iterator[bytes]:
        try:
            while block := self._content.read(1 << 20):
                self._size += len(block)
                if self._size > self._most_bytes:
                    raise RecordingTooLarge(
                        f"a recording may hold {self._most_bytes} bytes", most_bytes=self._most_bytes
                    )
                self._digest.update(block)
                yield block
        except BaseException as broke:
            self.broke = broke
            raise

    def kept(self) -> KeptFile:
        return KeptFile(self._digest.hexdigest(), self._size)


def _folder_of(tenant_id: TenantId) -> str:
    return quote(tenant_id, safe="").replace(".", "%2E")


def _key(tenant_id: TenantId, recording_id: RecordingId) -> str:
    if not _ID.fullmatch(recording_id):
        raise ValueError("a recording's id is a UUID")
    return f"{_folder_of(tenant_id)}/{recording_id}.sound"
