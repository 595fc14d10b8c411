# SPDX-License-Identifier: EUPL-1.2
"""The one kind of long work: making the forecasts that somebody asked for."""

from __future__ import annotations

from prometheus_client import Counter

from kernel.jobs import Effect, Job, Tasks
from kernel.store import Work
from services.forecasting import usecases
from services.forecasting.domain.publication import Publication
from services.forecasting.store import SqlPublications, SqlReports, SqlRequests
from services.forecasting.tools import Tools

tasks = Tasks()

PUBLISHED = Counter(
    "underlag_forecasting_published",
    "Forecasts published, by what they were worth: better, same_as_now, suppressed",
    ["worth"],
)
UNREGISTERED = Counter("underlag_forecasting_unregistered", "Forecasts published while the model registry was away")


@tasks.on("forecast", queue="forecasting", attempts=3)
def forecast(job: Job, tools: Tools) -> Effect:
    """All forecasts of a request are published together. A refusal, such as nothing being known, ends the job."""
    with tools.transaction(job.tenant_id) as work:
        request = SqlRequests(work).get(job.subject)
        reports = SqlReports(work).all()
    prepared = usecases.prepare(request, reports, job.tenant_id, tools.reporting_days, tools.digests)
    job.progress(0.8)
    with tools.transaction(job.tenant_id) as work:
        known = {each.outlook.series: SqlPublications(work).latest(each.outlook.series) for each in prepared}
    models = []
    for each in prepared:
        last = known[each.outlook.series]
        models.append(usecases.register(each, job.tenant_id, last.model if last else None, tools.versions))
    made_at = tools.now()

    def publish(work: Work) -> None:
        publications = SqlPublications(work)
        for each, model in zip(prepared, models, strict=True):
            digest = tools.digests.of(job.tenant_id, usecases.canonical_forecast(each.outlook))
            made = usecases.publish(each, model, request, made_at, digest, publications)
            PUBLISHED.labels(_worth(made)).inc()
            UNREGISTERED.inc(not model.is_registered)

    return publish


def _worth(made: Publication) -> str:
    if made.is_suppressed:
        return "suppressed"
    return "better" if made.is_useful else "same_as_now"
