# SPDX-License-Identifier: EUPL-1.2
"""The long work of drafting: writing one heading. The slow part holds no transaction and no lock."""

from dataclasses import replace

from kernel.errors import Refusal
from kernel.identity import Actor, Role, TenantId
from kernel.jobs import Effect, Job, Problem, Tasks
from kernel.store import Work
from kernel.telemetry import logger
from services.drafting.domain.casetext import Proposal
from services.drafting.domain.material import Material
from services.drafting.store import SqlCases, SqlSources
from services.drafting.tools import Tools
from services.drafting.usecases import writing
from services.drafting.usecases.writing import Assignment

log = logger(__name__)
tasks = Tasks()


@tasks.on("write", queue="writing", attempts=8)
def write_section(job: Job, tools: Tools) -> Effect:
    """Propose one heading. Nothing happens when nobody waits for it any more."""
    case_id, key, ticket = (str(job.payload[name]) for name in ("case_id", "section", "ticket"))
    with tools.transaction(job.tenant_id) as work:
        task = writing.assignment(case_id, key, ticket, _actor(job), SqlCases(work), SqlSources(work))
    if task is None:
        return lambda _work: None
    job.progress(0.1)
    task, made = _written(task, job.tenant_id, tools)
    job.progress(0.9)
    return lambda work: writing.land_proposal(task, made, SqlCases(work), SqlSources(work))


@tasks.given_up("write")
def say_that_it_failed(job: Job, _problem: Problem, work: Work, tools: Tools) -> None:
    case_id, key, ticket = (str(job.payload[name]) for name in ("case_id", "section", "ticket"))
    writing.give_up_proposal(case_id, key, ticket, tools.texts, SqlCases(work))


def _written(task: Assignment, tenant_id: TenantId, tools: Tools) -> tuple[Assignment, Proposal]:
    examiner = tools.examiner(tenant_id)
    if task.heading.generated:
        return task, writing.generated(task, tools.law(tenant_id), examiner, tools.now())
    problem = ""
    if task.needs_guidelines:
        try:
            task = replace(task, material=task.material.joined_with(_guidelines(task, tenant_id, tools).parts))
        except Refusal as away:
            log.warning("written without guidelines", cause=away.type)
            problem = tools.texts.say("notice.guidelines_away", task.text.case.language)
    written = tools.writer.write(writing.writing_task(tenant_id, task))
    return task, writing.proposal(task, written, examiner, tools.now(), problem)


def _guidelines(task: Assignment, tenant_id: TenantId, tools: Tools) -> Material:
    query = writing.question_for(task)
    return tools.guidelines.search(tenant_id, query, tools.today(tenant_id), tools.guidelines_per_section)


def _actor(job: Job) -> Actor:
    """Whoever asked for the proposal; the words are the writer's, which the manifest names."""
    return Actor(str(job.payload["actor_id"]), job.tenant_id, frozenset({Role(str(job.payload["actor_role"]))}))
