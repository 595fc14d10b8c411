# SPDX-License-Identifier: EUPL-1.2
"""The log over HTTP, for auditors: entries, proofs, checkpoints and tiles. The token's tenant chooses the log."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import PlainTextResponse, StreamingResponse
from prometheus_client import Gauge
from pydantic import BaseModel

from kernel.errors import FieldError, Unacceptable
from kernel.identity import Actor, Role, TenantId
from kernel.web import AccessLog, Listing, Paging, Plain, allow, page, service_tools
from services.audit import usecases
from services.audit.domain import LONGEST_NAME, TILE_WIDTH, Document, Tile
from services.audit.store import SqlLog
from services.audit.tools import Tools

routes = APIRouter(tags=["audit"])

LARGEST = 2**62
CONTENTS_AT_A_TIME = 4 * TILE_WIDTH
# What never changes may be kept for good, by the auditor's own program only: it came with a token.
FOR_GOOD = {"Cache-Control": "private, max-age=31536000, immutable"}

CHECKPOINT_ENTRIES = Gauge("underlag_audit_checkpoint_entries", "Entries in the newest checkpoint", ["log"])
CHECKPOINT_SIGNED = Gauge("underlag_audit_checkpoint_signed_timestamp_seconds", "When it was signed", ["log"])

AuditTools = Annotated[Tools, Depends(service_tools)]
Auditor = Annotated[Actor, Depends(allow(Role.AUDITOR))]
Index = Annotated[int, Path(ge=0, le=LARGEST, description="Where the entry stands in the log, from 0.")]
Size = Annotated[int | None, Query(ge=0, le=LARGEST, description="So many entries, counted from the first.")]
TileName = Annotated[str, Path(max_length=40, description="C2SP tlog-tiles: `067`, `x001/x234/067`, `067.p/5`.")]


class Octets(Response):
    media_type = "application/octet-stream"


class JsonLines(StreamingResponse):
    media_type = "application/x-ndjson"


class ActorOut(BaseModel):
    id: str
    role: str


class EntryOut(BaseModel):
    """One entry as an object; its exact bytes are at `/entries/{index}`."""

    index: int
    recorded_at: str
    occurred_at: str
    event_id: str
    type: str
    case_id: str | None = None
    actor: ActorOut
    subject: str
    digests: dict[str, object]
    details: dict[str, object]


class InclusionProof(BaseModel):
    index: int
    size: int
    hashes: list[str]


@routes.get("/entries", response_model=Listing[EntryOut], response_model_exclude_unset=True)
def list_entries(
    auditor: Auditor,
    tools: AuditTools,
    paging: Paging,
    case_id: Annotated[Plain | None, Query(max_length=LONGEST_NAME)] = None,
) -> Listing[dict[str, object]]:
    """The entries, oldest first; with `case_id` those of one case. `after` is an index."""
    after = _index_of(paging.after)
    with tools.transaction(auditor.tenant_id) as work:
        found = SqlLog(work).about(case_id, after, paging.limit + 1)
    items = [json.loads(each) for each in found[: paging.limit]]
    return page(items, str(items[-1]["index"]) if len(found) > paging.limit else None)


@routes.get("/entries/{index}")
def read_entry(index: Index, auditor: Auditor, tools: AuditTools) -> Response:
    """Exactly the bytes that were hashed."""
    with tools.transaction(auditor.tenant_id) as work:
        content = usecases.entry(index, SqlLog(work))
    return Response(content, media_type="application/json", headers=FOR_GOOD)


@routes.get("/entries/{index}/inclusion-proof")
def prove_inclusion(index: Index, auditor: Auditor, tools: AuditTools, size: Size = None) -> InclusionProof:
    """The hashes that lead from the entry to the root of the tree of `size` entries (RFC 9162, 2.1.3)."""
    with tools.transaction(auditor.tenant_id) as work:
        proved, hashes = usecases.inclusion_proof(index, size, SqlLog(work))
    return InclusionProof(index=index, size=proved, hashes=_encoded(hashes))


@routes.get("/consistency-proof")
def prove_consistency(
    auditor: Auditor,
    tools: AuditTools,
    old: Annotated[int, Query(alias="from", ge=0, le=LARGEST)],
    new: Annotated[int | None, Query(alias="to", ge=0, le=LARGEST)] = None,
) -> dict[str, int | list[str]]:
    """The hashes that show that the tree of `from` entries is how the tree of `to` began (RFC 9162, 2.1.4)."""
    with tools.transaction(auditor.tenant_id) as work:
        proved, hashes = usecases.consistency_proof(old, new, SqlLog(work))
    return {"from": old, "to": proved, "hashes": _encoded(hashes)}


@routes.get("/checkpoint", response_class=PlainTextResponse)
def read_checkpoint(auditor: Auditor, tools: AuditTools) -> PlainTextResponse:
    """How far the log has come, signed: a C2SP checkpoint."""
    _, note = _signed(auditor.tenant_id, tools)
    return PlainTextResponse(note, headers={"Cache-Control": "no-cache"})


@routes.get("/verification-key", response_class=PlainTextResponse)
def read_verification_key(auditor: Auditor, tools: AuditTools) -> PlainTextResponse:
    """The key that checks the signatures, as a C2SP vkey line. Keep it: whoever gives it to you anew could swap it."""
    return PlainTextResponse(_own_key(auditor.tenant_id, tools) + "\n")


@routes.get("/tile/entries/{name:path}", response_class=Octets)
def read_bundle(name: TileName, auditor: Auditor, tools: AuditTools) -> Response:
    """Up to 256 entries, each with its length before it in two bytes, big-endian."""
    with tools.transaction(auditor.tenant_id) as work:
        contents = usecases.bundle(name, SqlLog(work))
    bundle = b"".join(len(each).to_bytes(2, "big") + each for each in contents)
    return Octets(bundle, headers=FOR_GOOD)


@routes.get("/tile/{level}/{name:path}", response_class=Octets)
def read_tile(
    level: Annotated[int, Path(ge=0, le=63)], name: TileName, auditor: Auditor, tools: AuditTools
) -> Response:
    """Up to 256 hashes of 32 bytes each."""
    with tools.transaction(auditor.tenant_id) as work:
        hashes = usecases.tile(level, name, SqlLog(work))
    return Octets(b"".join(hashes), headers=FOR_GOOD)


@routes.get("/export", response_class=JsonLines)
def export_log(auditor: Auditor, tools: AuditTools, access: AccessLog) -> JsonLines:
    """The whole log as one file of JSON lines, for `services/audit/verify.py`: what it is, entries, leaf hashes."""
    tenant_id = auditor.tenant_id
    with tools.transaction(tenant_id) as work:
        access.read(work, subject="audit-log:export")
    size, note = _signed(tenant_id, tools)
    about: Document = {
        "format": "underlag-audit-export/1",
        "size": size,
        "checkpoint": note,
        "verification_key": _own_key(tenant_id, tools),
    }
    name = f"audit-{tenant_id}-{size}.jsonl"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return JsonLines(_export(about, size, tenant_id, tools), headers=disposition)


def _export(about: Document, size: int, tenant_id: TenantId, tools: Tools) -> Iterator[bytes]:
    """Piece by piece, each in a transaction of its own: what is below `size` does not change in between."""
    yield _line(about)
    for start in range(0, size, CONTENTS_AT_A_TIME):
        with tools.transaction(tenant_id) as work:
            contents = SqlLog(work).contents(start, min(size, start + CONTENTS_AT_A_TIME))
        yield b"".join(each + b"\n" for each in contents)
    for tile in (Tile(0, number) for number in range(-(-size // TILE_WIDTH))):
        with tools.transaction(tenant_id) as work:
            hashes = SqlLog(work).hashes({tile: tile.width_at(size)})[tile]
        yield _line({"tile": tile.number, "hashes": b64encode(b"".join(hashes)).decode()})


def _line(document: Document) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode() + b"\n"


def _signed(tenant_id: TenantId, tools: Tools) -> tuple[int, str]:
    origin = tools.origin(tenant_id)
    with tools.signers.holding(tenant_id, origin) as signer, tools.transaction(tenant_id) as work:
        checkpoint, note = usecases.sign_checkpoint(origin, SqlLog(work), signer)
    CHECKPOINT_ENTRIES.labels(tenant_id).set(checkpoint.size)
    CHECKPOINT_SIGNED.labels(tenant_id).set(tools.now().timestamp())
    return checkpoint.size, note


def _own_key(tenant_id: TenantId, tools: Tools) -> str:
    origin = tools.origin(tenant_id)
    with tools.signers.holding(tenant_id, origin) as signer, tools.transaction(tenant_id) as work:
        return usecases.own_verification_key(origin, SqlLog(work), signer)


def _index_of(after: str | None) -> int:
    if after is None:
        return -1
    if not (after.isascii() and after.isdecimal()) or int(after) > LARGEST:
        raise Unacceptable("after is an index", errors=[FieldError("#query/after", "not an index")])
    return int(after)


def _encoded(hashes: Sequence[bytes]) -> list[str]:
    return [b64encode(each).decode() for each in hashes]
