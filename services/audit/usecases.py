# SPDX-License-Identifier: EUPL-1.2
"""What audit does: record what happened, prove what was recorded, sign how far the log has come.

A use case is handed what it needs and opens no transaction; the edge that calls it does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from kernel.errors import NotFound, Unacceptable
from services.audit.domain import (
    TILE_WIDTH,
    Canonical,
    Checkpoint,
    Entry,
    Happening,
    Hashes,
    LogForked,
    LogWentBack,
    Span,
    Statement,
    Tile,
    consistency_spans,
    hash_from,
    inclusion_spans,
    proof,
    read_tile_name,
    root_of,
    statement_from,
    tiles_under,
    verification_key,
)
from services.audit.ports import Log, Signer

ENTRIES_AT_A_TIME = 500


class SizeOutOfRange(Unacceptable):
    """The log has no tree of that size."""


def record(happenings: Sequence[Happening], log: Log, canonical: Canonical, at: datetime) -> None:
    """Give each happening that has none an entry at the end of the log, in the order given."""
    tree = log.hold()
    known = log.recorded([each.event_id for each in happenings])
    entries: list[Entry] = []
    for happening in happenings:
        if happening.event_id not in known:
            known.add(happening.event_id)
            entries.append(Entry.of(happening, tree.size, at, canonical))
            tree = tree.grown(entries[-1].leaf)
    if entries:
        log.append(entries, tree)


def entry(index: int, log: Log) -> bytes:
    found = log.contents(index, index + 1) if index >= 0 else []
    if not found:
        raise NotFound(f"the log has no entry {index}")
    return found[0]


def inclusion_proof(index: int, size: int | None, log: Log) -> tuple[int, list[bytes]]:
    """The size proved for (all entries when none is asked for) and the hashes from the entry up to that tree's root."""
    proved = _size_within(size, log)
    if not 0 <= index < proved:
        raise NotFound(f"a tree of {proved} entries has no entry {index}")
    return proved, _proof(inclusion_spans(index, proved), proved, log)


def consistency_proof(old: int, new: int | None, log: Log) -> tuple[int, list[bytes]]:
    """That the tree of `old` entries is how the tree of `new` began."""
    proved = _size_within(new, log)
    if not 0 <= old <= proved:
        raise SizeOutOfRange(f"a tree of {old} entries cannot have grown into one of {proved}")
    return proved, _proof(consistency_spans(old, proved), proved, log)


def tile(level: int, name: str, log: Log) -> Hashes:
    """The hashes of a tile by its path. A partial tile stays available after it has filled up."""
    number, width = _named(name)
    asked = Tile(level, number)
    if width > asked.width_at(log.tree().size):
        raise NotFound(f"the log has no tile {level}/{name} yet")
    return log.hashes({asked: width})[asked]


def bundle(name: str, log: Log) -> list[bytes]:
    """The entries under one tile of the lowest level, by the tile's path."""
    number, width = _named(name)
    if width > Tile(0, number).width_at(log.tree().size):
        raise NotFound(f"the log has no entries {name} yet")
    return log.contents(number * TILE_WIDTH, number * TILE_WIDTH + width)


def sign_checkpoint(origin: str, log: Log, signer: Signer) -> tuple[Checkpoint, str]:
    """The log as it stands now, and the note that says so. The signer vouches that it contains all signed before.

    What was last signed is remembered outside the database, so a database restored from before, or changed by hand,
    gets no signature: `LogWentBack`, `LogForked`. The root is computed from the stored tiles, not taken on trust.
    """
    public_key = _own_key(log, signer)
    tree = log.tree()
    checkpoint = Checkpoint(origin, tree.size, tree.root)
    last = signer.last_signed() or Checkpoint(origin, 0, _root(0, log))
    if tree.size < last.size:
        raise LogWentBack(f"the log has {tree.size} entries, {last.size} have been signed")
    if _root(last.size, log) != last.root or _root(tree.size, log) != tree.root:
        raise LogForked(f"the tree of {tree.size} entries does not contain the one of {last.size} that was signed")
    return checkpoint, checkpoint.note(public_key, signer.sign(checkpoint))


def own_verification_key(origin: str, log: Log, signer: Signer) -> str:
    return verification_key(origin, _own_key(log, signer))


def _own_key(log: Log, signer: Signer) -> bytes:
    registered = log.registered_key()
    public_key = signer.public_key(is_new=registered is None)
    if registered != public_key:
        log.register_key(public_key)
    return public_key


def _size_within(size: int | None, log: Log) -> int:
    reached = log.tree().size
    if size is not None and not 0 <= size <= reached:
        raise SizeOutOfRange(f"the log has {reached} entries, not {size}")
    return reached if size is None else size


def _proof(spans: Sequence[Span], size: int, log: Log) -> list[bytes]:
    tiles = log.hashes({each: each.width_at(size) for each in tiles_under(spans)})
    return proof(spans, lambda node: hash_from(tiles, node))


def _root(size: int, log: Log) -> bytes:
    tiles = log.hashes({each: each.width_at(size) for each in tiles_under([Span(0, size)])})
    return root_of(size, tiles)


def _named(name: str) -> tuple[int, int]:
    named = read_tile_name(name)
    if named is None:
        raise NotFound("a tile's path looks like 067, x001/x234/067 or 067.p/5")
    return named


def case_statement(case_id: str, log: Log) -> Statement:
    """How machine support was used in the case. Raise `NotFound` for a case that this log has never heard of."""
    found = list(_entries_about(case_id, log))
    if not found:
        raise NotFound(f"the log has no entry about case {case_id}")
    return statement_from(found)


def _entries_about(case_id: str, log: Log) -> Iterator[dict[str, Any]]:
    after = -1
    while contents := log.about(case_id, after, ENTRIES_AT_A_TIME):
        parsed = [json.loads(each) for each in contents]
        yield from parsed
        after = parsed[-1]["index"]
