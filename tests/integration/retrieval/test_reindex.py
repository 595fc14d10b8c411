# SPDX-License-Identifier: EUPL-1.2
"""Drift between the passages and the index is seen, told and mended, on both indexes; and nothing else is."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from kernel.identity import TenantId
from services.retrieval import reindex, usecases
from services.retrieval.domain.drift import Difference
from services.retrieval.ports import Entry
from services.retrieval.store import SqlGuidelines
from tests.conftest import ROOT
from tests.integration.retrieval.conftest import Running, a_guideline
from tests.integration.retrieval.test_indexing import BrokenEmbedder

EKHAMRA, BERGVIK = TenantId("ekhamra"), TenantId("bergvik")
RIGHT = "the index is what the passages say"


def published(running: Running) -> str:
    made = running.post("/guidelines", a_guideline()).json()
    running.settle()
    return str(made["version_id"])


def entries_of(running: Running, version_id: str) -> list[Entry]:
    with running.tools.transaction(EKHAMRA) as work:
        passages = SqlGuidelines(work).passages(version_id)
    return usecases.entries_of(passages, running.tools.embedder, lambda _share: None)


def put(running: Running, version_id: str, entries: list[Entry]) -> None:
    with running.tools.transaction(EKHAMRA) as work:
        running.tools.passages(work).put(version_id, entries)


def searched(running: Running) -> object:
    return running.post("/search", {"query": "Hur ofta städas det?"}, "staff").json()


def test_an_index_that_is_right_is_left_alone(on_either: Running, capsys: pytest.CaptureFixture[str]) -> None:
    published(on_either)

    assert reindex.reindexed(on_either.tools, EKHAMRA, only_check=False)
    assert reindex.reindexed(on_either.tools, BERGVIK, only_check=True)
    assert capsys.readouterr().out == f"ekhamra: {RIGHT}\nbergvik: {RIGHT}\n"


Harm = Callable[[Running, str, list[Entry]], None]


def lose_the_version(running: Running, version_id: str, _entries: list[Entry]) -> None:
    put(running, version_id, [])


def lose_a_passage(running: Running, version_id: str, entries: list[Entry]) -> None:
    put(running, version_id, entries[1:])


def change_a_passage(running: Running, version_id: str, entries: list[Entry]) -> None:
    put(running, version_id, [replace(entries[0], text="Städning beviljas inte."), *entries[1:]])


def add_a_passage(running: Running, version_id: str, entries: list[Entry]) -> None:
    put(running, version_id, [*entries, replace(entries[0], passage_id="slipped-in")])


def add_a_version(running: Running, _version_id: str, entries: list[Entry]) -> None:
    put(running, "unknown", [replace(entries[0], passage_id="slipped-in")])


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lose_the_version, {Difference.MISSING_VERSION: 1}),
        (lose_a_passage, {Difference.MISSING: 1}),
        (change_a_passage, {Difference.CHANGED: 1}),
        (add_a_passage, {Difference.EXTRA: 1}),
        (add_a_version, {Difference.EXTRA: 1}),
    ],
)
def test_drift_is_counted_and_mended(on_either: Running, harm: Harm, told: dict[Difference, int]) -> None:
    version_id = published(on_either)
    before = searched(on_either)
    harm(on_either, version_id, entries_of(on_either, version_id))

    seen = {each: count for each, count in reindex.drift_of(on_either.tools, EKHAMRA).counts.items() if count}
    checked = reindex.reindexed(on_either.tools, EKHAMRA, only_check=True)
    mended = reindex.reindexed(on_either.tools, EKHAMRA, only_check=False)

    assert (seen, checked, mended) == (told, False, True)
    assert reindex.reindexed(on_either.tools, EKHAMRA, only_check=True)
    assert searched(on_either) == before


def test_a_version_whose_indexing_was_given_up_is_made_searchable(on_either: Running) -> None:
    broken = replace(on_either, tools=replace(on_either.tools, embedder=BrokenEmbedder()))
    published(broken)

    seen = reindex.drift_of(on_either.tools, EKHAMRA).counts
    mended = reindex.reindexed(on_either.tools, EKHAMRA, only_check=False)

    assert (seen[Difference.GIVEN_UP], seen[Difference.MISSING_VERSION]) == (1, 1)
    assert mended
    assert searched(on_either)["passages"]  # type: ignore[index] # JSON


def test_what_is_being_indexed_is_no_drift(on_either: Running) -> None:
    made = on_either.post("/guidelines", a_guideline()).json()
    put(on_either, made["version_id"], entries_of(on_either, made["version_id"]))

    assert not reindex.drift_of(on_either.tools, EKHAMRA)


def test_searches_and_new_guidelines_go_on_while_a_version_is_written_anew(on_either: Running) -> None:
    version_id = published(on_either)
    entries = entries_of(on_either, version_id)
    ended, written = threading.Event(), []

    def write() -> None:
        while not ended.is_set():
            put(on_either, version_id, entries)
            written.append(version_id)

    writing = threading.Thread(target=write)
    writing.start()
    found = {len(on_either.post("/search", {"query": "städning"}, "staff").json()["passages"]) for _ in range(15)}
    on_either.post("/guidelines", a_guideline())
    on_either.settle()
    ended.set()
    writing.join()

    assert len(written) > 1
    assert found == {3}
    assert not reindex.drift_of(on_either.tools, EKHAMRA)
    assert len(on_either.post("/search", {"query": "städning", "top_k": 9}, "staff").json()["passages"]) == 6


def test_the_command_runs_with_the_services_settings(running: Running) -> None:
    version_id = published(running)
    put(running, version_id, [])

    checked, mended = ran(running, "--check"), ran(running, "--tenant", "ekhamra")

    assert (checked.returncode, mended.returncode) == (1, 0)
    assert "ekhamra: 1 versions missing\n" in checked.stdout
    assert f"bergvik: {RIGHT}\n" in checked.stdout
    assert mended.stdout.endswith(f"; {RIGHT}\n")
    assert ran(running, "--tenant", "nowhere").returncode == 1


def ran(running: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    settings = {f"RETRIEVAL_{name.upper()}": value for name, value in running.database.settings.items()}
    return subprocess.run(
        [sys.executable, "-m", "services.retrieval.reindex", *arguments],
        env=os.environ | settings,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
