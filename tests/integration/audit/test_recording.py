# SPDX-License-Identifier: EUPL-1.2
"""Every event becomes one entry: under retries, in many threads at once, and for good."""

import json
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from kernel.events import Delivery
from kernel.inbox import receive
from services.audit import verify
from services.audit.service import SERVICE
from services.audit.store import SqlLog, entries, tables
from tests.integration.audit.conftest import BERGVIK, EKHAMRA, Running, a_delivery, a_read

THREADS = 8
EVENTS = 400


def contents(running: Running, tenant_id: str = EKHAMRA) -> list[bytes]:
    with running.tools.transaction(tenant_id) as work:  # type: ignore[arg-type]  # a tenant's id as text
        return SqlLog(work).contents(0, 10_000)


def test_an_event_that_comes_twice_has_one_entry(running: Running) -> None:
    delivery = a_delivery(a_read())

    for _ in range(3):
        receive(delivery, SERVICE.handlers, running.tools.transaction, running.tools)

    assert len(contents(running)) == 1


def test_an_event_that_the_inbox_has_forgotten_still_has_one_entry(running: Running) -> None:
    delivery = a_delivery(a_read())
    receive(delivery, SERVICE.handlers, running.tools.transaction, running.tools)
    with running.tools.transaction(EKHAMRA) as work:
        work.connection.execute(text("DELETE FROM inbox WHERE tenant_id = 'ekhamra'"))

    receive(delivery, SERVICE.handlers, running.tools.transaction, running.tools)

    assert len(contents(running)) == 1


def test_a_transaction_that_fails_leaves_no_gap(running: Running) -> None:
    running.deliver(a_read(0))

    with pytest.raises(ZeroDivisionError), running.tools.transaction(EKHAMRA) as work:
        SERVICE.handlers.call(a_delivery(a_read(1)), work, running.tools)
        _ = 1 / 0
    running.deliver(a_read(2))

    assert [json.loads(each)["index"] for each in contents(running)] == [0, 1]
    assert [json.loads(each)["subject"] for each in contents(running)] == ["transcript:0", "transcript:2"]


def test_many_threads_with_repeated_and_reordered_deliveries_make_a_dense_log(running: Running) -> None:
    """Some handlers die before their commit and are tried again, as a killed consumer is."""
    events = [a_delivery(a_read(number), (EKHAMRA, BERGVIK)[number % 5 == 0]) for number in range(EVENTS)]

    def consume(seed: int) -> None:
        chance = random.Random(seed)
        mine = chance.sample(events, len(events))
        for delivery in mine:
            if chance.random() < 0.1:
                die_before_commit(delivery, running)
            receive(delivery, SERVICE.handlers, running.tools.transaction, running.tools)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(consume, range(THREADS)))

    for tenant_id in (EKHAMRA, BERGVIK):
        found = [json.loads(each) for each in contents(running, tenant_id)]
        assert [each["index"] for each in found] == list(range(len(found)))
        assert sorted(each["event_id"] for each in found) == sorted(e.id for e in events if e.tenant_id == tenant_id)
        with running.tools.transaction(tenant_id) as work:
            tree = SqlLog(work).tree()
        assert tree.root == verify.root_hash([verify.leaf_hash(each) for each in contents(running, tenant_id)])


def die_before_commit(delivery: Delivery, running: Running) -> None:
    with pytest.raises(ConnectionAbortedError), running.tools.transaction(delivery.tenant_id) as work:
        SERVICE.handlers.call(delivery, work, running.tools)
        raise ConnectionAbortedError


@pytest.mark.parametrize("table", ["entries", "tiles", "log_keys"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET tenant_id = tenant_id", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_service_itself_may_not_change_what_is_written(running: Running, table: str, statement: str) -> None:
    running.deliver(a_read())

    with pytest.raises(DBAPIError, match="permission denied"), running.tools.transaction(EKHAMRA) as work:
        work.connection.execute(text(statement.format(table)))


def test_two_entries_can_never_share_an_index(running: Running) -> None:
    running.deliver(a_read())
    row = {"tenant_id": EKHAMRA, "index": 0, "event_id": "other", "content": b"", "leaf": b""}

    with pytest.raises(IntegrityError), running.tools.transaction(EKHAMRA) as work:
        work.connection.execute(insert(entries).values(**row))


@pytest.mark.parametrize("table", ["logs", "entries", "tiles", "log_keys"])
def test_a_query_that_forgot_the_tenant_sees_its_own_rows_only(running: Running, table: str) -> None:
    running.deliver(*(a_read(number) for number in range(256)))
    running.get("/checkpoint")

    def rows(tenant_id: str) -> int:
        with running.tools.transaction(tenant_id) as work:  # type: ignore[arg-type]  # a tenant's id as text
            return int(work.connection.execute(select(func.count()).select_from(tables.tables[table])).scalar_one())

    assert rows(EKHAMRA) > 0
    assert rows(BERGVIK) == 0


def test_the_migration_makes_the_tables_that_the_store_names(running: Running) -> None:
    with running.tools.transaction(EKHAMRA) as work:
        query = text(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
        )
        made = {(row[0], row[1]) for row in work.connection.execute(query)}

    assert {(table.name, column.name) for table in tables.sorted_tables for column in table.columns} <= made


def test_an_entry_says_who_did_what_to_which_case_and_when(running: Running) -> None:
    running.deliver(a_read())

    entry = json.loads(contents(running)[0])

    assert entry["actor"] == {"id": "caseworker@ekhamra", "role": "caseworker"}
    assert (entry["case_id"], entry["subject"]) == ("case-1", "transcript:0")
    assert entry["occurred_at"] == "2026-03-02T12:00:00.000Z"
    assert entry["type"] == "underlag.audit.v1.CaseContentRead"
