# SPDX-License-Identifier: EUPL-1.2
"""Filling databases: one case is worked on by the platform itself, and its rows are then written again for each other.

So every row has the shape and length that the platform gives it. Ids are new, in the order of time as they are in use.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import psycopg
from psycopg import sql

from evaluation.load.callers import Answer, once, request
from evaluation.load.casework import CASE, NOTE, content, opened
from evaluation.load.ground import Ground, service_of
from evaluation.load.recorded import served_here
from kernel.identity import Role, TenantId, new_id
from kernel.jobs import Worker
from kernel.store import engine_of
from services.audit.domain import TILE_WIDTH, Tree, perfect_root
from services.audit.domain.tree import leaf_hash

# Headings of the one case: proposed, and of those one approved. Others are left for what is measured.
PROPOSED = ("application", "body", "safety")
APPROVED = "body"
TABLES = ("cases", "case_keys", "sections", "section_revisions", "sources", "parts", "passages")
ANNOUNCED = "SELECT tenant_id, id, type, source, subject, time, key, data FROM outbox ORDER BY position"


@dataclass(frozen=True)
class Worked:
    """The case that all others are written after, and the events that it announced."""

    tenant_id: TenantId
    case_id: str
    events: Sequence[Mapping[str, Any]]


def work_on_a_case(ground: Ground, database: Mapping[str, str], name: str) -> Worked:
    """Open it, bring a note, have three headings written and approve one: by the platform's own routes and worker."""
    tenant_id = ground.tenant_ids[0]
    token = ground.token(tenant_id, Role.CASEWORKER)
    service = service_of("drafting")
    with served_here(ground, "drafting", database) as here:

        def post(path: str, body: bytes = b"") -> Answer:
            return once(here.port, request("POST", f"/drafting/v1/cases{path}", token, body, new_id()))

        case_id = opened(post("", CASE))
        content(post(f"/{case_id}/sources", NOTE))
        for key in PROPOSED:
            content(post(f"/{case_id}/sections/{key}/proposal"))
        worker = Worker(service.tasks, here.given.tools, engine_of(database["dispatch_database_url"]))
        while worker.run_next():
            continue
        worker.dispatch.dispose()
        content(post(f"/{case_id}/sections/{APPROVED}/approval"))
    with ground.administrator(name) as looking, looking.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        events = cursor.execute(ANNOUNCED).fetchall()
        cursor.execute("DELETE FROM outbox")
    return Worked(tenant_id, case_id, events)


def fill_drafting(admin: psycopg.Connection[Any], worked: Worked, tenants: Sequence[TenantId], cases: int) -> None:
    """`cases` in all, the one that is there among them; each has its jobs, done, and its kept answers."""
    own = {"tenant": worked.tenant_id, "case": worked.case_id}
    admin.execute("CREATE TEMPORARY TABLE seeded (tenant_id text, case_id text)")
    admin.execute(
        "INSERT INTO seeded SELECT (%s::text[])[1 + at %% %s], uuidv7(make_interval(secs => at - %s))::text "
        "FROM generate_series(1, %s) AS at",
        [list(tenants), len(tenants), cases, cases - 1],
    )
    admin.execute(
        "INSERT INTO template_editions SELECT tenant, digest, body FROM template_editions, unnest(%s::text[]) "
        "AS tenant ON CONFLICT DO NOTHING",
        [list(tenants)],
    )
    for table in TABLES:
        new = {"tenant_id": "s.tenant_id", "id" if table == "cases" else "case_id": "s.case_id"}
        key = "id" if table == "cases" else "case_id"
        _again(admin, table, new, f"m.tenant_id = %(tenant)s AND m.{key} = %(case)s", own)
    jobs = {"tenant_id": "s.tenant_id", "id": "gen_random_uuid()::text"}
    jobs["subject"] = "replace(m.subject, %(case)s, s.case_id)"
    _again(admin, "jobs", jobs, "m.tenant_id = %(tenant)s AND m.subject LIKE %(case)s || '%%'", own)
    _again(admin, "idempotency_keys", {"tenant_id": "s.tenant_id", "key": "gen_random_uuid()::text"}, "true", own)
    admin.execute("DROP TABLE seeded")
    admin.execute("VACUUM (ANALYZE)")


def _again(
    admin: psycopg.Connection[Any], table: str, new: Mapping[str, str], which: str, given: Mapping[str, str]
) -> None:
    """The model's rows once for each seeded case. What is new is SQL of this file; nothing from outside is in it."""
    described = admin.execute(f"SELECT * FROM {table} LIMIT 0").description or []  # noqa: S608 — a table of ours
    columns = [each.name for each in described]
    values = ", ".join(new.get(each, f'm."{each}"') for each in columns)
    names = sql.SQL(", ").join(map(sql.Identifier, columns)).as_string(admin)
    # The model is read before anything is written, or its own copies would be copied.
    statement = (
        f"WITH m AS MATERIALIZED (SELECT * FROM {table} AS m WHERE {which}) "  # noqa: S608 — names of tables
        f"INSERT INTO {table} ({names}) SELECT {values} FROM seeded AS s CROSS JOIN m"
    )
    admin.execute(statement, given)


@dataclass
class FilledLog:
    """One municipality's log while it is filled."""

    tree: Tree = field(default_factory=Tree)
    leaves: list[bytes] = field(default_factory=list)


def fill_audit(
    admin: psycopg.Connection[Any], contents: Sequence[bytes], worked: Worked, cases: Sequence[tuple[TenantId, str]]
) -> None:
    """Each case with as many entries as the model has events; full tiles too, so that proofs hold."""
    logs: dict[TenantId, FilledLog] = defaultdict(FilledLog)
    with (
        admin.cursor() as cursor,
        cursor.copy('COPY entries (tenant_id, "index", event_id, case_id, content, leaf) FROM STDIN') as copied,
    ):
        for tenant_id, case_id in cases:
            for row in _entries(contents, worked, logs[tenant_id], case_id):
                copied.write_row((tenant_id, *row))
    for tenant_id, log in logs.items():
        admin.execute("INSERT INTO logs VALUES (%s, %s, %s)", [tenant_id, log.tree.size, b"".join(log.tree.edge)])
        with admin.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO tiles VALUES (%s, %s, %s, %s, %s)", [(tenant_id, *tile) for tile in _tiles(log.leaves)]
            )
    admin.execute("VACUUM (ANALYZE)")


def _entries(
    contents: Sequence[bytes], worked: Worked, log: FilledLog, case_id: str
) -> Iterator[tuple[int, str, str, bytes, bytes]]:
    for pattern in contents:
        index, event_id = log.tree.size, new_id()
        entry = json.loads(pattern) | {"index": index, "event_id": event_id, "case_id": case_id}
        written = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        leaf = leaf_hash(written.replace(worked.case_id.encode(), case_id.encode()))
        log.tree = log.tree.grown(leaf)
        log.leaves.append(leaf)
        yield index, event_id, case_id, written.replace(worked.case_id.encode(), case_id.encode()), leaf


def _tiles(leaves: Sequence[bytes]) -> Iterator[tuple[int, int, bytes, bytes]]:
    """Level, number, hashes and root of every full tile."""
    hashes = list(leaves)
    for level in count():
        full = [hashes[at : at + TILE_WIDTH] for at in range(0, len(hashes) - TILE_WIDTH + 1, TILE_WIDTH)]
        if not full:
            return
        hashes = [perfect_root(each) for each in full]
        yield from ((level, at, b"".join(each), hashes[at]) for at, each in enumerate(full))
