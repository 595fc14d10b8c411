# SPDX-License-Identifier: EUPL-1.2
"""`python -m services.retrieval.reindex [--tenant X] [--check]`: is each index what its passages say? Mend it.

Run with the service's own settings and rights, one municipality after the other. Searches and new guidelines go on
meanwhile: what differs is written version by version, and nothing that is under way is taken for drift.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from kernel.errors import Refusal
from kernel.identity import TenantId
from services.retrieval import usecases
from services.retrieval.domain.drift import Difference, Drift
from services.retrieval.service import build_tools
from services.retrieval.settings import RetrievalSettings
from services.retrieval.store import SqlGuidelines
from services.retrieval.tools import Tools


def drift_of(tools: Tools, tenant: TenantId) -> Drift:
    """How the index differs now. Read in two transactions, in the order that `drift_between` asks for."""
    with tools.transaction(tenant) as work:
        wanted = usecases.wanted_in_index(SqlGuidelines(work))
    with tools.transaction(tenant) as work:
        return usecases.drift(wanted, SqlGuidelines(work), tools.passages(work), tools.embedder)


def mend(tools: Tools, tenant: TenantId, drift: Drift) -> None:
    """Write anew what differs and drop what nobody knows. May be stopped at any time and run again."""
    for version_id in sorted(drift.to_put):
        with tools.transaction(tenant) as work:
            passages = SqlGuidelines(work).passages(version_id)
        entries = usecases.entries_of(passages, tools.embedder, lambda _share: None)
        with tools.transaction(tenant) as work:
            # This comes first: it makes a second reindex of the same version wait.
            SqlGuidelines(work).indexed(version_id)
            tools.passages(work).put(version_id, entries)
    for version_id in sorted(drift.to_drop):
        with tools.transaction(tenant) as work:
            tools.passages(work).put(version_id, [])


def reindexed(tools: Tools, tenant: TenantId, *, only_check: bool) -> bool:
    """Say what differs, and mend it unless `only_check`. Whether the index is right at the end."""
    drift = drift_of(tools, tenant)
    _say(f"{tenant}: {_told(drift)}")
    if not drift or only_check:
        return not drift
    began = datetime.now(UTC)
    mend(tools, tenant, drift)
    left = drift_of(tools, tenant)
    seconds = (datetime.now(UTC) - began).total_seconds()
    written = f"{len(drift.to_put)} versions written and {len(drift.to_drop)} dropped in {seconds:.1f} s"
    _say(f"{tenant}: {written}; {_told(left)}")
    return not left


def _told(drift: Drift) -> str:
    counted = [f"{drift.counts[each]} {each.value}" for each in Difference if drift.counts.get(each)]
    return ", ".join(counted) or "the index is what the passages say"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every index is right at the end; 1 when one is not, or could not be looked at."""
    parser = argparse.ArgumentParser(prog="python -m services.retrieval.reindex", description=__doc__)
    parser.add_argument("--tenant", help="only this municipality")
    parser.add_argument("--check", action="store_true", help="say what differs and change nothing")
    asked = parser.parse_args(arguments)
    try:
        tools = build_tools(RetrievalSettings())
        tenants = [tools.municipalities.of(TenantId(asked.tenant))] if asked.tenant else list(tools.municipalities)
    except (Refusal, ValidationError) as reason:
        sys.stderr.write(f"cannot reindex: {type(reason).__name__}\n")
        return 1
    outcomes = [_attempted(tools, each.id, only_check=asked.check) for each in tenants]
    tools.close()
    return 0 if all(outcomes) else 1


def _attempted(tools: Tools, tenant: TenantId, *, only_check: bool) -> bool:
    """One municipality's trouble does not keep the others from being mended."""
    try:
        return reindexed(tools, tenant, only_check=only_check)
    except Refusal as refused:
        _say(f"{tenant}: {refused.detail}")
    except SQLAlchemyError as trouble:
        _say(f"{tenant}: the database does not answer: {type(trouble).__name__}")
    return False


if __name__ == "__main__":
    sys.exit(main())
