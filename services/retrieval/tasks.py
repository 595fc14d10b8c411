# SPDX-License-Identifier: EUPL-1.2
"""Retrieval's long work: making a version searchable."""

from __future__ import annotations

from kernel.jobs import Effect, Job, Problem, Tasks
from kernel.store import Work
from services.retrieval import usecases
from services.retrieval.store import SqlGuidelines
from services.retrieval.tools import Tools

tasks = Tasks()


@tasks.on("index", queue="indexing")
def index_version(job: Job, tools: Tools) -> Effect:
    """Embed the passages of a version. The index is written in one go, so that a version is searchable whole or not."""
    with tools.transaction(job.tenant_id) as work:
        passages = SqlGuidelines(work).passages(job.subject)
    entries = usecases.entries_of(passages, tools.embedder, job.progress)

    def keep(work: Work) -> None:
        tools.passages(work).put(job.subject, entries)
        SqlGuidelines(work).indexed(job.subject)

    return keep


@tasks.given_up("index")
def mark_not_indexed(job: Job, _problem: Problem, work: Work, _tools: Tools) -> None:
    """The text stays readable and citable; only searches do not find it."""
    SqlGuidelines(work).not_indexed(job.subject)
