# SPDX-License-Identifier: EUPL-1.2
"""The logs in the database. Every query names the tenant; row-level security checks it again.

Entries, full tiles and keys are only ever inserted: the service's role may not change them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_once

from kernel.store import Work
from services.audit.domain import (
    HASH_BYTES,
    LONGEST_NAME,
    TILE_WIDTH,
    Entry,
    Hashes,
    KeyOutOfPlace,
    Tile,
    Tree,
    filled_by_growth,
    perfect_root,
)

tables = MetaData()

logs = Table(
    "logs",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("edge", LargeBinary, nullable=False),
)
entries = Table(
    "entries",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("index", BigInteger, primary_key=True),
    Column("event_id", Text, nullable=False),
    Column("case_id", Text),
    Column("content", LargeBinary, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    UniqueConstraint("tenant_id", "event_id", name="one_entry_an_event"),
    Index("entries_by_case", "tenant_id", "case_id", "index"),
)
tiles = Table(
    "tiles",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("level", SmallInteger, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("hashes", LargeBinary, nullable=False),
    Column("root", LargeBinary, nullable=False),
)
log_keys = Table(
    "log_keys",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("public_key", LargeBinary, nullable=False),
)


@dataclass(frozen=True)
class SqlLog:
    work: Work

    def tree(self) -> Tree:
        return self._tree(is_held=False) or Tree()

    def hold(self) -> Tree:
        """The log's row is the queue: who locks it appends next."""
        held = self._tree(is_held=True)
        if held is None:
            first = insert_once(logs).values(tenant_id=self.work.tenant_id, size=0, edge=b"")
            self.work.connection.execute(first.on_conflict_do_nothing())
            held = self._tree(is_held=True)
        return held or Tree()

    def recorded(self, event_ids: Collection[str]) -> set[str]:
        query = select(entries.c.event_id).where(
            entries.c.tenant_id == self.work.tenant_id, entries.c.event_id.in_(event_ids)
        )
        return set(self.work.connection.execute(query).scalars())

    def append(self, added: Sequence[Entry], grown: Tree) -> None:
        self.work.connection.execute(insert(entries), [self._row(each) for each in added])
        for tile in filled_by_growth(grown.size - len(added), grown.size):
            self._keep(tile)
        self.work.connection.execute(
            update(logs)
            .where(logs.c.tenant_id == self.work.tenant_id)
            .values(size=grown.size, edge=b"".join(grown.edge))
        )

    def contents(self, start: int, end: int) -> list[bytes]:
        query = (
            select(entries.c.content)
            .where(entries.c.tenant_id == self.work.tenant_id, entries.c.index >= start, entries.c.index < end)
            .order_by(entries.c.index)
        )
        return [bytes(each) for each in self.work.connection.execute(query).scalars()]

    def about(self, case_id: str | None, after: int, limit: int) -> list[bytes]:
        query = select(entries.c.content).where(entries.c.tenant_id == self.work.tenant_id, entries.c.index > after)
        if case_id is not None:
            query = query.where(entries.c.case_id == case_id)
        found = self.work.connection.execute(query.order_by(entries.c.index).limit(limit)).scalars()
        return [bytes(each) for each in found]

    def hashes(self, widths: Mapping[Tile, int]) -> dict[Tile, Hashes]:
        """Full tiles come from their own rows; what is not full yet, from the rows that it will be made of."""
        wanted = [(tile.level, tile.number) for tile in widths]
        query = select(tiles.c.level, tiles.c.number, tiles.c.hashes).where(
            tiles.c.tenant_id == self.work.tenant_id, tuple_(tiles.c.level, tiles.c.number).in_(wanted)
        )
        rows = self.work.connection.execute(query).all()
        full: dict[Tile, Hashes] = {Tile(level, number): _cut(hashes) for level, number, hashes in rows}
        return {tile: (full.get(tile) or self._below(tile))[:width] for tile, width in widths.items()}

    def registered_key(self) -> bytes | None:
        query = select(log_keys.c.public_key).where(log_keys.c.tenant_id == self.work.tenant_id)
        found = self.work.connection.execute(query).scalar_one_or_none()
        return None if found is None else bytes(found)

    def register_key(self, public_key: bytes) -> None:
        first = insert_once(log_keys).values(tenant_id=self.work.tenant_id, public_key=public_key)
        self.work.connection.execute(first.on_conflict_do_nothing())
        if self.registered_key() != public_key:
            raise KeyOutOfPlace("this log is signed with another key than the one in the keys folder")

    def _tree(self, *, is_held: bool) -> Tree | None:
        query = select(logs.c.size, logs.c.edge).where(logs.c.tenant_id == self.work.tenant_id)
        row = self.work.connection.execute(query.with_for_update() if is_held else query).one_or_none()
        return None if row is None else Tree(row.size, tuple(_cut(row.edge)))

    def _row(self, entry: Entry) -> dict[str, object]:
        return {
            "tenant_id": self.work.tenant_id,
            "index": entry.index,
            "event_id": entry.event_id,
            "case_id": entry.case_id if _can_be_looked_up(entry.case_id) else None,
            "content": entry.content,
            "leaf": entry.leaf,
        }

    def _keep(self, tile: Tile) -> None:
        hashes = self._below(tile)
        self.work.connection.execute(
            insert(tiles).values(
                tenant_id=self.work.tenant_id,
                level=tile.level,
                number=tile.number,
                hashes=b"".join(hashes),
                root=perfect_root(hashes),
            )
        )

    def _below(self, tile: Tile) -> Hashes:
        """The hashes of a tile from what lies under it: entries, or the full tiles one level down."""
        start, end = tile.number * TILE_WIDTH, (tile.number + 1) * TILE_WIDTH
        if tile.level == 0:
            query = (
                select(entries.c.leaf)
                .where(entries.c.tenant_id == self.work.tenant_id, entries.c.index >= start, entries.c.index < end)
                .order_by(entries.c.index)
            )
        else:
            query = (
                select(tiles.c.root)
                .where(
                    tiles.c.tenant_id == self.work.tenant_id,
                    tiles.c.level == tile.level - 1,
                    tiles.c.number >= start,
                    tiles.c.number < end,
                )
                .order_by(tiles.c.number)
            )
        return [bytes(each) for each in self.work.connection.execute(query).scalars()]


def _can_be_looked_up(case_id: str) -> bool:
    """PostgreSQL keeps no NUL in a text and indexes no long ones. Such an id stays in the entry itself."""
    return 0 < len(case_id) <= LONGEST_NAME and "\x00" not in case_id


def _cut(hashes: bytes) -> list[bytes]:
    return [bytes(hashes[at : at + HASH_BYTES]) for at in range(0, len(hashes), HASH_BYTES)]
