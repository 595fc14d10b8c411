# SPDX-License-Identifier: EUPL-1.2
"""Check an exported log without trusting whoever exported it: is every entry as it was signed, and in its place?

Python's standard library and `cryptography` suffice; nothing of the platform is imported, so that this one file can
be read in full, taken elsewhere and run there. The tree is that of RFC 6962, the signature a C2SP signed note.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from base64 import b64decode
from binascii import Error as NotBase64
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "underlag-audit-export/1"
SHOWN = 20


class Unreadable(Exception):
    """The file or the key is not what it says; nothing further can be checked."""


@dataclass(frozen=True)
class Damage:
    """What is wrong, and at which entry where it is one entry's fault."""

    kind: str
    index: int | None = None

    def __str__(self) -> str:
        return self.kind if self.index is None else f"entry {self.index}: {self.kind}"


@dataclass(frozen=True)
class Note:
    """A signed checkpoint, taken apart."""

    text: str
    origin: str
    size: int
    root: bytes
    signatures: tuple[str, ...]

    @classmethod
    def read(cls, note: str) -> Note:
        body, gap, signatures = note.partition("\n\n")
        try:
            origin, size, root = body.split("\n")[:3]
            if not gap or str(int(size)) != size:
                raise ValueError
            return cls(f"{body}\n", origin, int(size), b64decode(root, validate=True), tuple(signatures.split("\n")))
        except ValueError as wrong:
            raise Unreadable("the checkpoint is not a signed note") from wrong

    def is_signed_with(self, key: Key) -> bool:
        start = f"— {key.name} "
        for line in self.signatures:
            try:
                signed = b64decode(line.removeprefix(start), validate=True) if line.startswith(start) else b""
                if signed[:4] == key.id:
                    key.public.verify(signed[4:], self.text.encode())
                    return True
            except (InvalidSignature, NotBase64):
                continue
        return False


@dataclass(frozen=True)
class Key:
    """A C2SP verification key: `name+id+base64(0x01 and the Ed25519 key)`."""

    name: str
    id: bytes
    public: Ed25519PublicKey

    @classmethod
    def read(cls, vkey: str) -> Key:
        try:
            name, key_id, encoded = vkey.strip().split("+", 2)
            key = b64decode(encoded, validate=True)
            known = hashlib.sha256(f"{name}\n".encode() + key).digest()[:4]
            if key[:1] != b"\x01" or known.hex() != key_id:
                raise ValueError
            return cls(name, known, Ed25519PublicKey.from_public_bytes(key[1:]))
        except ValueError as wrong:
            raise Unreadable("the key is not a verification key for Ed25519") from wrong


@dataclass(frozen=True)
class Export:
    """The file's three parts. `hashes` are the leaf hashes that the keeper claims; only the root makes them true."""

    note: Note
    entries: tuple[bytes, ...]
    hashes: tuple[bytes, ...]
    is_whole: bool

    @classmethod
    def read(cls, content: bytes) -> Export:
        head, *lines = content.split(b"\n")
        about = _json(head)
        if not isinstance(about, dict) or about.get("format") != FORMAT:
            raise Unreadable(f"the file's first line does not say {FORMAT}")
        note = Note.read(str(about.get("checkpoint")))
        is_tile = [line.startswith(b'{"tile":') for line in lines[:-1]]
        entries = tuple(line for line, tiled in zip(lines, is_tile, strict=False) if not tiled)
        tiles = [_json(line) for line, tiled in zip(lines, is_tile, strict=False) if tiled]
        hashes = tuple(_hashes(tiles))
        return cls(note, entries, hashes, lines[-1:] == [b""] and len(hashes) >= note.size)


def _json(line: bytes) -> object:
    """None for what is no JSON, and for numbers with a fraction: the log holds none, and RFC 8785 rounds them."""
    try:
        parsed: object = json.loads(line, parse_float=_no_fraction, parse_constant=_no_fraction)
    except (ValueError, RecursionError):
        return None
    return parsed


def _no_fraction(number: str) -> object:
    raise ValueError(number)


def _hashes(tiles: Sequence[object]) -> Iterator[bytes]:
    for tile in tiles:
        if not isinstance(tile, dict):
            return
        try:
            joined = b64decode(str(tile.get("hashes")), validate=True)
        except NotBase64:
            return
        yield from (joined[at : at + 32] for at in range(0, len(joined), 32))


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def root_hash(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, 2.1, level by level: an odd one out goes up unchanged, which gives the same tree."""
    row = list(leaves)
    while len(row) > 1:
        paired = [_node(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        row = paired + row[len(paired) * 2 :]
    return row[0] if row else hashlib.sha256(b"").digest()


def inclusion_holds(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from the entry's leaf hash to the root of `size` entries (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for each in proof:
        if last == 0:
            return False
        found = _node(each, found) if place & 1 or place == last else _node(found, each)
        place, last = _next_up(place, last)
    return last == 0 and found == root


def consistency_holds(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree of `new` entries begins with the one of `old` (RFC 9162, 2.1.4.2)."""
    if old in (0, new):
        return not proof and (old == 0 or old_root == new_root)
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if not path or old > new:
        return False
    before = after = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = _node(each, before), _node(each, after)
        else:
            after = _node(after, each)
        place, last = _next_up(place, last)
    return last == 0 and before == old_root and after == new_root


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _next_up(place: int, last: int) -> tuple[int, int]:
    """One level up; from the right edge, up to where the edge has a sibling again."""
    if place == last:
        while place and not place & 1:
            place, last = place >> 1, last >> 1
    return place >> 1, last >> 1


def is_canonical(entry: bytes, parsed: object) -> bool:
    """RFC 8785 for what the log holds: no number with a fraction, and keys in the order of UTF-16."""
    try:
        return (_canonical_ascii if entry.isascii() else _canonical)(parsed).encode() == entry
    except (TypeError, ValueError, RecursionError):
        return False


def _canonical_ascii(value: object) -> str:
    """The same, ten times as fast, where all orders of characters agree. Fractions do not get this far."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _canonical(value: object) -> str:
    match value:
        case dict():
            ordered = sorted(value.items(), key=lambda item: item[0].encode("utf-16-be"))
            return "{" + ",".join(f"{_canonical(key)}:{_canonical(each)}" for key, each in ordered) + "}"
        case list():
            return "[" + ",".join(_canonical(each) for each in value) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def order_damages(indices: Sequence[int], size: int) -> Iterator[Damage]:
    """Where the entries' own numbers are not 0, 1, 2 … up to the signed size."""
    counted = Counter(indices)
    yield from (Damage("doubled index", index) for index, count in sorted(counted.items()) if count > 1)
    yield from (Damage("missing", index) for index in range(size) if index not in counted)
    yield from (Damage("beyond the signed size", index) for index in sorted(counted) if index >= size)
    highest = -1
    for index in indices:
        if index < highest and counted[index] == 1:
            yield Damage("reordered", index)
        highest = max(highest, index)


def entry_damages(export: Export) -> Iterator[Damage]:
    """What can be said of single entries. A claimed leaf hash counts only when all of them give the signed root."""
    signed = export.hashes if root_hash(export.hashes) == export.note.root else ()
    indices = []
    for position, entry in enumerate(export.entries):
        parsed = _json(entry)
        index = parsed.get("index") if isinstance(parsed, dict) else None
        place = index if isinstance(index, int) and not isinstance(index, bool) else position
        indices.append(place)
        if not is_canonical(entry, parsed) or place is not index:
            yield Damage("not canonical", place)
        if place < 0 or (place < len(signed) and leaf_hash(entry) != signed[place]):
            yield Damage("changed entry", place)
    yield from order_damages(indices, export.note.size if export.is_whole else len(indices))


def damages(export: Export, key: Key, earlier: Note | None = None) -> list[Damage]:
    """Everything that is wrong with the export; nothing, when it is exactly what was signed."""
    note, leaves = export.note, [leaf_hash(each) for each in export.entries]
    reached = len(leaves) if len(leaves) < note.size else None
    found = [] if export.is_whole else [Damage("truncated file", reached)]
    if not note.is_signed_with(key) or note.origin != key.name:
        found.append(Damage("bad signature"))
    found += entry_damages(export)
    if root_hash(leaves) != note.root or len(leaves) != note.size:
        found.append(Damage("wrong root"))
    if root_hash(export.hashes) != note.root:
        found.append(Damage("wrong leaf hashes"))
    if earlier is not None:
        if not earlier.is_signed_with(key):
            found.append(Damage("bad signature on the earlier checkpoint"))
        is_continued = earlier.origin == note.origin and earlier.size <= note.size
        if not is_continued or root_hash(leaves[: earlier.size]) != earlier.root:
            found.append(Damage("inconsistent with earlier checkpoint"))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="verify", description=__doc__.split("\n")[0])
    parser.add_argument("--export", required=True, type=Path, help="the file from GET /audit/v1/export")
    parser.add_argument("--key", required=True, help="the verification key, which you got earlier or from elsewhere")
    parser.add_argument("--checkpoint", type=Path, help="a checkpoint kept from before: the log must contain it")
    asked = parser.parse_args(arguments)
    try:
        earlier = Note.read(asked.checkpoint.read_text("utf-8")) if asked.checkpoint else None
        export = Export.read(asked.export.read_bytes())
        found = damages(export, Key.read(asked.key), earlier)
    except (OSError, Unreadable, UnicodeDecodeError) as unreadable:
        print(f"cannot be checked: {unreadable}")
        return 1
    for each in found[:SHOWN]:
        print(each)
    if len(found) > SHOWN:
        print(f"and {len(found) - SHOWN} more")
    if not found:
        print(f"whole: {export.note.size} entries of {export.note.origin}, as signed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
