# SPDX-License-Identifier: EUPL-1.2
"""Recording, proving and signing, against a log in memory."""

import json
from base64 import b64encode
from dataclasses import replace

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import NotFound
from services.audit import usecases, verify
from services.audit.domain import Checkpoint, LogForked, LogWentBack, verification_key
from services.audit.domain.tree import EMPTY_ROOT, leaf_hash
from services.audit.usecases import SizeOutOfRange
from tests.unit.audit.memory import NOON, ORIGIN, MemoryLog, MemorySigner, a_happening, a_log


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(st.integers(0, 12), max_size=5), max_size=12))
def test_however_often_events_come_each_has_one_entry_and_indices_are_dense(batches: list[list[int]]) -> None:
    log = MemoryLog()

    for batch in batches:
        usecases.record([a_happening(number) for number in batch], log, rfc8785.dumps, NOON)

    entries = [json.loads(each) for each in log.contents(0, 99)]
    assert [each["index"] for each in entries] == list(range(len(entries)))
    assert [each["event_id"] for each in entries] == list(
        dict.fromkeys(f"event-{number}" for batch in batches for number in batch)
    )


def test_an_entry_too_large_for_a_bundle_keeps_the_digest_of_the_whole() -> None:
    log = MemoryLog()

    usecases.record([a_happening(details={"ids": ["x" * 100] * 700})], log, rfc8785.dumps, NOON)

    entry = json.loads(usecases.entry(0, log))
    assert entry["details"] == {"left_out": "too large"}
    assert entry["digests"] == {"payload": "0" * 64}


def test_even_an_event_of_absurd_ids_fits_into_a_bundle() -> None:
    log = MemoryLog()
    absurd = replace(a_happening(case_id="c" * 70_000), subject="\x00" * 70_000, type="t" * 70_000)

    usecases.record([absurd], log, rfc8785.dumps, NOON)

    assert len(usecases.entry(0, log)) < 65_536


def test_an_entry_beyond_the_end_is_not_found() -> None:
    for index in (-1, 3, 10**15):
        with pytest.raises(NotFound):
            usecases.entry(index, a_log(3))


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 600), st.data())
def test_an_entry_is_proved_in_every_tree_that_holds_it(size: int, data: st.DataObject) -> None:
    log = LARGE
    index = data.draw(st.integers(0, size - 1))

    proved, hashes = usecases.inclusion_proof(index, size, log)

    leaves = [leaf_hash(each) for each in log.contents(0, size)]
    assert proved == size
    assert verify.inclusion_holds(leaves[index], index, size, hashes, verify.root_hash(leaves))


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 600), st.data())
def test_every_tree_is_proved_to_have_grown_out_of_every_smaller_one(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))

    _, hashes = usecases.consistency_proof(old, new, LARGE)

    leaves = [leaf_hash(each) for each in LARGE.contents(0, new)]
    assert verify.consistency_holds(old, verify.root_hash(leaves[:old]), new, verify.root_hash(leaves), hashes)


def test_without_a_size_the_proof_is_for_all_entries() -> None:
    assert usecases.inclusion_proof(0, None, a_log(5))[0] == 5
    assert usecases.consistency_proof(2, None, a_log(5))[0] == 5


def test_sizes_that_the_log_has_not_reached_are_refused() -> None:
    log = a_log(5)

    with pytest.raises(SizeOutOfRange):
        usecases.inclusion_proof(0, 6, log)
    with pytest.raises(SizeOutOfRange):
        usecases.consistency_proof(3, 2, log)
    with pytest.raises(NotFound):
        usecases.inclusion_proof(4, 4, log)
    with pytest.raises(NotFound):
        usecases.inclusion_proof(0, 0, log)


def test_tiles_and_bundles_hold_what_the_log_has_and_nothing_beyond() -> None:
    log = LARGE

    assert len(usecases.tile(0, "001", log)) == len(usecases.bundle("001", log)) == 256
    assert usecases.bundle("002.p/88", log) == log.contents(512, 600)
    assert usecases.tile(0, "001.p/3", log) == usecases.tile(0, "001", log)[:3]
    assert len(usecases.tile(1, "000.p/2", log)) == 2
    for level, name in ((0, "002"), (0, "002.p/89"), (0, "003"), (1, "000"), (1, "000.p/3"), (2, "000"), (63, "000")):
        with pytest.raises(NotFound):
            usecases.tile(level, name, log)
    with pytest.raises(NotFound):
        usecases.bundle("002.p/89", log)


@pytest.mark.parametrize("size", [0, 1, 300])
def test_a_checkpoint_is_a_signed_note_that_the_verification_key_opens(size: int) -> None:
    log, signer = a_log(size), MemorySigner()

    checkpoint, note = usecases.sign_checkpoint(ORIGIN, log, signer)

    key = verify.Key.read(usecases.own_verification_key(ORIGIN, log, signer))
    read = verify.Note.read(note)
    assert note.startswith(f"{ORIGIN}\n{size}\n{b64encode(checkpoint.root).decode()}\n\n— {ORIGIN} ")
    assert note.endswith("\n")
    assert (read.origin, read.size, read.root) == (ORIGIN, size, log.tree().root)
    assert read.is_signed_with(key)


def test_an_empty_log_is_signed_with_the_root_of_nothing() -> None:
    checkpoint, _ = usecases.sign_checkpoint(ORIGIN, MemoryLog(), MemorySigner())

    assert checkpoint == Checkpoint(ORIGIN, 0, EMPTY_ROOT)


def test_a_log_restored_from_before_gets_no_signature() -> None:
    signer = MemorySigner()
    usecases.sign_checkpoint(ORIGIN, a_log(5), signer)

    with pytest.raises(LogWentBack):
        usecases.sign_checkpoint(ORIGIN, a_log(4), signer)


def test_a_log_whose_past_was_rewritten_gets_no_signature() -> None:
    log, signer = a_log(5), MemorySigner()
    usecases.sign_checkpoint(ORIGIN, log, signer)
    rewritten = MemoryLog(key=log.key)
    usecases.record([a_happening(number) for number in (0, 1, 99, 3, 4, 5)], rewritten, rfc8785.dumps, NOON)

    with pytest.raises(LogForked):
        usecases.sign_checkpoint(ORIGIN, rewritten, signer)


def test_a_log_whose_edge_does_not_belong_to_its_entries_gets_no_signature() -> None:
    log = a_log(5)
    log.grown = a_log(4).grown.grown(leaf_hash(b"another"))

    with pytest.raises(LogForked):
        usecases.sign_checkpoint(ORIGIN, log, MemorySigner())


def test_a_verification_key_is_spelt_as_in_the_specification() -> None:
    """The example in C2SP signed-note: PeterNeumann's key."""
    vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

    key = verify.Key.read(vkey)

    assert verification_key("PeterNeumann", key.public.public_bytes_raw()) == vkey


LARGE = a_log(600)
