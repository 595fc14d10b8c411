# SPDX-License-Identifier: EUPL-1.2
"""Searching and asking over HTTP. A search finds passages; a question gets the guideline's words, or a plain no."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from fastapi import APIRouter
from prometheus_client import Counter

from kernel.identity import TenantId
from services.retrieval import usecases
from services.retrieval.api.access import Reader, RetrievalTools, today
from services.retrieval.api.bodies import AnswerView, CitationView, FoundPassages, FoundView, Question, Search
from services.retrieval.domain.answering import Answer
from services.retrieval.domain.guidelines import Level
from services.retrieval.store import SqlGuidelines
from services.retrieval.tools import Tools
from services.retrieval.usecases import Found

routes = APIRouter(tags=["questions"])
NEAREST = 5
QUESTIONS = Counter(
    "underlag_retrieval_questions", "Questions asked of the guidelines, by what became of them", ["outcome"]
)


@routes.post("/search")
def search(asked: Search, reader: Reader, tools: RetrievalTools) -> FoundPassages:
    """The passages in force on the day that are nearest to the query, by meaning and by words."""
    vector = tools.embedder.question(asked.query)
    with tools.transaction(reader.tenant_id) as work:
        found = usecases.search(
            asked.query,
            vector,
            as_of=asked.as_of or today(tools, reader.tenant_id),
            levels=asked.levels or list(Level),
            limit=asked.top_k,
            guidelines=SqlGuidelines(work),
            passages=tools.passages(work),
        )
    return FoundPassages(passages=[FoundView.of_found(each) for each in found])


@routes.post("/questions")
def ask(asked: Question, reader: Reader, tools: RetrievalTools) -> AnswerView:
    """The guideline's own words with where they stand; or that it does not say, and what lies nearest."""
    as_of = asked.as_of or today(tools, reader.tenant_id)
    language = tools.languages.of(tools.municipalities.of(reader.tenant_id).language)
    vector = tools.embedder.question(asked.question)
    with tools.transaction(reader.tenant_id) as work:
        found = usecases.search(
            asked.question,
            vector,
            as_of=as_of,
            levels=list(Level),
            limit=NEAREST,
            guidelines=SqlGuidelines(work),
            passages=tools.passages(work),
        )
    given = usecases.answer_question(asked.question, vector, found, language, tools.embedder, tools.calibration)
    with tools.transaction(reader.tenant_id) as work:
        usecases.record_question(
            asked.question, given, as_of=as_of, by=reader, at=tools.now(), guidelines=SqlGuidelines(work)
        )
    QUESTIONS.labels(given.because or "answered").inc()
    return _view(given, found, as_of, reader.tenant_id, tools)


def _view(given: Answer, found: Sequence[Found], as_of: date, tenant_id: TenantId, tools: Tools) -> AnswerView:
    because = None
    if given.because:
        because = tools.texts.say(
            f"not_answered.{given.because}",
            tools.municipalities.of(tenant_id).language,
            words=", ".join(f"”{each}”" for each in given.unsaid),
            day=as_of.isoformat(),
        )
    return AnswerView(
        answered=given.because is None,
        answer=" ".join(each.text for each in given.quotes) or None,
        citations=[CitationView.of(each.placed, each.text) for each in given.quotes],
        not_answered_because=because,
        nearest=[FoundView.of_found(each) for each in found],
        as_of=as_of,
    )
