# SPDX-License-Identifier: EUPL-1.2
"""The outsider's verifier finds every kind of damage that is planted, and names the entry."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit import usecases, verify
from services.audit.domain import TILE_WIDTH
from services.audit.verify import Damage, Export, Key, Note, damages
from tests.unit.audit.memory import ORIGIN, MemoryLog, MemorySigner, a_log

SIZE = 300
LOG = a_log(SIZE)
SIGNER = MemorySigner()
_, NOTE = usecases.sign_checkpoint(ORIGIN, LOG, SIGNER)
KEY = Key.read(usecases.own_verification_key(ORIGIN, LOG, SIGNER))


def exported(log: MemoryLog = LOG, note: str = NOTE) -> list[bytes]:
    """The lines of an export: about, entries, leaf hashes."""
    about = {"format": verify.FORMAT, "checkpoint": note}
    leaves = [each.leaf for each in log.kept]
    tiles = [leaves[start : start + TILE_WIDTH] for start in range(0, len(leaves), TILE_WIDTH)]
    return [
        json.dumps(about, ensure_ascii=False).encode(),
        *log.contents(0, len(leaves)),
        *(json.dumps({"tile": n, "hashes": b64encode(b"".join(t)).decode()}).encode() for n, t in enumerate(tiles)),
    ]


def found_in(lines: list[bytes], earlier: str = "") -> list[str]:
    export = Export.read(b"\n".join(lines) + b"\n")
    return [str(each) for each in damages(export, KEY, Note.read(earlier) if earlier else None)]


def test_an_export_as_it_was_signed_has_no_damage() -> None:
    assert found_in(exported()) == []


def test_an_empty_log_has_no_damage() -> None:
    log = MemoryLog()
    _, note = usecases.sign_checkpoint(ORIGIN, log, replace(SIGNER, last=None))

    assert found_in(exported(log, note)) == []


def entry(lines: list[bytes], index: int, old: bytes, new: bytes) -> None:
    """Change what an entry says; the line is the index and one, for the first line tells about the file."""
    assert old in lines[index + 1]
    lines[index + 1] = lines[index + 1].replace(old, new)


def tile_line(hashes: bytes) -> bytes:
    return json.dumps({"tile": 1, "hashes": b64encode(hashes).decode()}).encode()


def change_with_its_hash(lines: list[bytes], index: int) -> None:
    """A more careful forger: the claimed leaf hashes fit the changed entry."""
    entry(lines, index, b"caseworker", b"colleaguer")
    lines[-1] = tile_line(b"".join(verify.leaf_hash(each) for each in lines[257:301]))


PLANTED: dict[str, tuple[Callable[[list[bytes]], object], set[str]]] = {
    "changed": (
        lambda lines: entry(lines, 17, b"caseworker@ekhamra", b"colleague@ekhamra"),
        {"entry 17: changed entry", "wrong root"},
    ),
    "missing": (lambda lines: lines.pop(42 + 1), {"entry 42: missing", "wrong root"}),
    "last one missing": (lambda lines: lines.pop(SIZE), {f"entry {SIZE - 1}: missing", "wrong root"}),
    "reordered": (
        lambda lines: lines.insert(10 + 1, lines.pop(20 + 1)),
        {f"entry {index}: reordered" for index in range(10, 20)} | {"wrong root"},
    ),
    "doubled": (
        lambda lines: lines.insert(5 + 1, lines[5 + 1]),
        {"entry 5: doubled index", "wrong root"},
    ),
    "one put in place of another": (
        lambda lines: lines.__setitem__(8 + 1, lines[7 + 1]),
        {"entry 7: doubled index", "entry 8: missing", "wrong root"},
    ),
    "spaces added": (
        lambda lines: entry(lines, 3, b'"index":3', b'"index": 3'),
        {"entry 3: not canonical", "entry 3: changed entry", "wrong root"},
    ),
    "keys in another order": (
        lambda lines: lines.__setitem__(4 + 1, json.dumps(dict(reversed(json.loads(lines[5]).items()))).encode()),
        {"entry 4: not canonical", "entry 4: changed entry", "wrong root"},
    ),
    "no JSON": (
        lambda lines: lines.__setitem__(9 + 1, b"gone"),
        {"entry 9: not canonical", "entry 9: changed entry", "wrong root"},
    ),
    "another root": (
        lambda lines: lines.__setitem__(0, lines[0].replace(NOTE.splitlines()[2].encode(), b64encode(bytes(32)))),
        {"bad signature", "wrong root", "wrong leaf hashes"},
    ),
    "another size": (
        lambda lines: lines.__setitem__(0, lines[0].replace(b"\\n300\\n", b"\\n299\\n")),
        {"entry 299: beyond the signed size", "bad signature", "wrong root"},
    ),
    "leaf hashes changed": (
        lambda lines: lines.__setitem__(-1, tile_line(bytes(44 * 32))),
        {"wrong leaf hashes"},
    ),
    "entry and its leaf hash changed": (
        lambda lines: change_with_its_hash(lines, 280),
        {"wrong leaf hashes", "wrong root"},
    ),
    "leaf hashes cut off": (lambda lines: lines.pop(), {"truncated file", "wrong leaf hashes"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", PLANTED)
def test_planted_damage_is_found_and_named(kind: str) -> None:
    plant, expected = PLANTED[kind]
    lines = exported()

    plant(lines)

    assert set(found_in(lines)) == expected


@settings(deadline=None, max_examples=40)
@given(st.integers(0, SIZE - 1), st.data())
def test_whichever_byte_of_an_entry_is_changed_the_entry_is_named(index: int, data: st.DataObject) -> None:
    lines = exported()
    place = data.draw(st.integers(0, len(lines[index + 1]) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda each: each not in (lines[index + 1][place], ord("\n"))))
    lines[index + 1] = lines[index + 1][:place] + bytes([byte]) + lines[index + 1][place + 1 :]

    found = found_in(lines)

    assert "wrong root" in found
    assert any(each.startswith(f"entry {index}: ") for each in found)


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_a_file_cut_off_anywhere_is_damaged(data: st.DataObject) -> None:
    content = b"\n".join(exported()) + b"\n"
    end = data.draw(st.integers(0, len(content) - 1))

    try:
        found = damages(Export.read(content[:end]), KEY)
    except verify.Unreadable:
        return

    assert any(each.kind == "truncated file" for each in found)


def test_a_signature_by_another_key_is_bad() -> None:
    other = MemorySigner()
    _, forged = usecases.sign_checkpoint(ORIGIN, replace(LOG, key=None), other)

    assert found_in(exported(note=forged)) == ["bad signature"]


def test_one_bit_of_the_signature_changed_is_bad() -> None:
    start, _, signature = NOTE.rstrip("\n").rpartition(" ")
    raw = bytearray(b64decode(signature))
    raw[-1] ^= 1

    assert found_in(exported(note=f"{start} {b64encode(raw).decode()}\n")) == ["bad signature"]


def test_a_log_that_grew_contains_its_earlier_checkpoint() -> None:
    for size in (0, 1, 255, 256, 300):
        _, earlier = usecases.sign_checkpoint(ORIGIN, a_log(size), replace(SIGNER, last=None))

        assert found_in(exported(), earlier) == []


def test_a_log_that_was_rewritten_since_is_inconsistent_with_its_earlier_checkpoint() -> None:
    another_past = MemoryLog(kept=LOG.kept[1:9], grown=a_log(0).grown)
    for each in another_past.kept:
        another_past.grown = another_past.grown.grown(each.leaf)
    _, earlier = usecases.sign_checkpoint(ORIGIN, another_past, replace(SIGNER, last=None))

    assert found_in(exported(), earlier) == ["inconsistent with earlier checkpoint"]


def test_a_log_that_shrank_is_inconsistent_with_its_earlier_checkpoint() -> None:
    _, earlier = usecases.sign_checkpoint(ORIGIN, a_log(SIZE + 1), replace(SIGNER, last=None))

    assert found_in(exported(), earlier) == ["inconsistent with earlier checkpoint"]


def test_an_earlier_checkpoint_that_somebody_else_signed_proves_nothing() -> None:
    _, forged = usecases.sign_checkpoint(ORIGIN, a_log(5), MemorySigner())

    assert found_in(exported(), forged) == ["bad signature on the earlier checkpoint"]


@pytest.mark.parametrize("vkey", ["", "a+b+c", "name+00000000+AAAA", "name"])
def test_what_is_no_verification_key_is_refused(vkey: str) -> None:
    with pytest.raises(verify.Unreadable):
        Key.read(vkey)


def test_the_example_in_the_specification_of_signed_notes_verifies() -> None:
    key = Key.read("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    signed = (
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    )

    note = Note(text, "", 0, b"", (signed,))

    assert isinstance(key.public, Ed25519PublicKey)
    assert note.is_signed_with(key)
    assert not replace(note, text=text.replace("answer", "Answer")).is_signed_with(key)


def test_damage_without_an_entry_names_its_kind_alone() -> None:
    assert str(Damage("wrong root")) == "wrong root"
