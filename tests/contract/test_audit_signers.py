# SPDX-License-Identifier: EUPL-1.2
"""Every signer behaves the same; the one with files also survives the process and keeps its secret."""

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kernel.identity import TenantId
from services.audit.adapters.folder_signers import FolderSigners
from services.audit.domain import Checkpoint, KeyOutOfPlace
from services.audit.ports import Signer
from tests.unit.audit.memory import ORIGIN, MemorySigner

EKHAMRA = TenantId("ekhamra")
CHECKPOINT = Checkpoint(ORIGIN, 3, bytes(32))


@pytest.fixture(params=["memory", "folder"])
def signer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Signer]:
    if request.param == "memory":
        yield MemorySigner()
        return
    with FolderSigners(tmp_path / "keys").holding(EKHAMRA, ORIGIN) as held:
        yield held


def test_a_new_signer_has_signed_nothing(signer: Signer) -> None:
    assert signer.last_signed() is None


def test_what_was_signed_is_remembered(signer: Signer) -> None:
    key = signer.public_key(is_new=True)

    signature = signer.sign(CHECKPOINT)

    Ed25519PublicKey.from_public_bytes(key).verify(signature, CHECKPOINT.text.encode())
    assert signer.last_signed() == CHECKPOINT
    assert signer.sign(CHECKPOINT) == signature


def test_a_key_stays_the_same(signer: Signer) -> None:
    assert signer.public_key(is_new=True) == signer.public_key(is_new=True) == signer.public_key(is_new=False)


def test_key_and_last_signature_survive_the_process(tmp_path: Path) -> None:
    with FolderSigners(tmp_path).holding(EKHAMRA, ORIGIN) as first:
        key = first.public_key(is_new=True)
        first.sign(CHECKPOINT)

    with FolderSigners(tmp_path).holding(EKHAMRA, ORIGIN) as second:
        assert second.public_key(is_new=False) == key
        assert second.last_signed() == CHECKPOINT


def test_each_tenant_has_a_key_of_its_own(tmp_path: Path) -> None:
    signers = FolderSigners(tmp_path)

    with signers.holding(EKHAMRA, ORIGIN) as one, signers.holding(TenantId("bergvik"), "log.example/b") as other:
        assert one.public_key(is_new=True) != other.public_key(is_new=True)


def test_a_key_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    with FolderSigners(tmp_path).holding(EKHAMRA, ORIGIN) as signer, pytest.raises(KeyOutOfPlace):
        signer.public_key(is_new=False)


def test_only_the_owner_may_read_a_key(tmp_path: Path) -> None:
    with FolderSigners(tmp_path / "keys").holding(EKHAMRA, ORIGIN) as signer:
        signer.public_key(is_new=True)
        signer.sign(CHECKPOINT)

    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    for file in (tmp_path / "keys").glob("ekhamra.[pc]*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_log_under_a_new_origin_starts_anew(tmp_path: Path) -> None:
    with FolderSigners(tmp_path).holding(EKHAMRA, ORIGIN) as signer:
        signer.public_key(is_new=True)
        signer.sign(CHECKPOINT)

    with FolderSigners(tmp_path).holding(EKHAMRA, f"{ORIGIN}-2") as renamed:
        assert renamed.last_signed() is None


def test_a_tenant_s_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    with FolderSigners(tmp_path / "keys").holding(TenantId("../outside"), ORIGIN) as signer:
        signer.public_key(is_new=True)

    assert [each.name for each in tmp_path.iterdir()] == ["keys"]


def test_many_threads_agree_on_one_key(tmp_path: Path) -> None:
    def key(_: int) -> bytes:
        with FolderSigners(tmp_path).holding(EKHAMRA, ORIGIN) as signer:
            return signer.public_key(is_new=True)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(key, range(32)))) == 1
