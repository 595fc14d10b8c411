# SPDX-License-Identifier: EUPL-1.2
"""What the database does for each statement: pages touched, and scans over tables that grow.

Each statement is explained where it is about to be sent, in its own transaction and as its own role, and undone; then
it is sent as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event

EXPLAINED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
# Of a table with fewer rows, PostgreSQL rightly reads all.
MANY_ROWS = 1000
# As many rows as there are municipalities, or templates in use.
SMALL = frozenset({"shares", "logs", "log_keys", "template_overrides", "template_editions"})


@dataclass(frozen=True)
class Explained:
    """`pages` are 8 KiB each, from memory or disk; `scanned` names growing tables that were read from end to end."""

    sql: str
    pages: int
    scanned: tuple[str, ...]


@contextmanager
def explaining(engine: Engine) -> Iterator[list[Explained]]:
    """The plans of what is sent on this engine during the block."""
    found: list[Explained] = []

    def explain(_connection: Any, cursor: Any, sql: str, parameters: Any, _context: Any, many: bool) -> None:  # noqa: FBT001 — SQLAlchemy calls it so
        if not sql.lstrip().upper().startswith(EXPLAINED) or "set_config" in sql:
            return
        with cursor.connection.cursor() as own:
            own.execute("SAVEPOINT explained")
            own.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", parameters[0] if many else parameters)
            plan = own.fetchone()[0][0]["Plan"]
            own.execute("ROLLBACK TO SAVEPOINT explained")
        pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        found.append(Explained(" ".join(sql.split())[:160], pages, tuple(sorted(set(_scans(plan))))))

    event.listen(engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", explain)


def _scans(plan: dict[str, Any]) -> Iterator[str]:
    table = plan.get("Relation Name", "")
    rows = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    if plan["Node Type"] == "Seq Scan" and table not in SMALL and rows >= MANY_ROWS:
        yield str(table)
    for each in plan.get("Plans", ()):
        yield from _scans(each)


def document(found: list[Explained]) -> dict[str, Any]:
    """Pages in all; statements that scan, in full words."""
    return {
        "statements": len(found),
        "pages": sum(each.pages for each in found),
        "scans": [json.dumps([each.sql, *each.scanned]) for each in found if each.scanned],
    }
