# SPDX-License-Identifier: EUPL-1.2
"""Forecasting over HTTP: send placements in, ask for forecasts, read them with what they are worth."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AfterValidator, Field

from kernel.errors import UnsupportedContent
from kernel.identity import Actor, Role, new_id
from kernel.store import JobView
from kernel.web import AccessLog, Body, Once, ResourceId, allow, service_tools
from services.forecasting import usecases
from services.forecasting.api.views import (
    AssumedView,
    BacktestView,
    ForecastView,
    ReceiptView,
    RequestView,
    Say,
    SeriesListView,
    SeriesView,
)
from services.forecasting.domain import tables
from services.forecasting.domain.months import Month
from services.forecasting.domain.publication import ForecastRequest
from services.forecasting.domain.turnover import WhatIf
from services.forecasting.store import SqlPublications, SqlReports, SqlRequests
from services.forecasting.tools import Tools

routes = APIRouter(tags=["forecasting"])

ForecastingTools = Annotated[Tools, Depends(service_tools)]
# Controllers hold the role manager: forecasts are for those who answer for places and money, not for casework.
Reader = Annotated[Actor, Depends(allow(Role.MANAGER))]
Sender = Annotated[Actor, Depends(allow(Role.MANAGER, Role.INTEGRATOR))]
SeriesKey = Annotated[str, Path(max_length=60, pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]

_STATES = {"waiting": "queued", "running": "running", "done": "done", "dead": "failed", "cancelled": "failed"}
_READERS = {"text/csv": tables.read_csv, "application/json": tables.read_json}
_TABLE = {"requestBody": {"required": True, "content": {kind: {"schema": {}} for kind in _READERS}}}


def _month(written: str) -> str:
    Month.read(written)
    return written


WrittenMonth = Annotated[str, AfterValidator(_month), Field(max_length=7, examples=["2026-03"])]


class ForecastBody(Body):
    series: str | None = Field(default=None, max_length=60, description="One series; all of them when left out.")
    origin: WrittenMonth | None = Field(default=None, description="The last month known; the newest when left out.")
    horizon: int = Field(default=3, ge=1, le=12, description="So many months ahead.")


class WhatIfBody(Body):
    entries_factor: float = Field(default=1.0, ge=0.0, le=3.0, allow_inf_nan=False)
    stay_factor: float = Field(default=1.0, ge=0.25, le=4.0, allow_inf_nan=False)
    closed_beds: int = Field(default=0, ge=0, le=10_000)


async def uploaded(request: Request) -> bytes:
    """The body as it came; the kernel bounds its size."""
    return await request.body()


@routes.post("/placements", status_code=201, response_model=ReceiptView, openapi_extra=_TABLE)
def receive_placements(
    request: Request,
    content: Annotated[bytes, Depends(uploaded)],
    sender: Sender,
    tools: ForecastingTools,
    once: Once,
    observed_from: Annotated[WrittenMonth | None, Query(description="Episodes: first month told in full.")] = None,
    observed_to: Annotated[WrittenMonth | None, Query(description="Episodes: last month told in full.")] = None,
) -> Response:
    """Take episodes or monthly counts, as CSV or JSON. An upload counts whole, less the rows it names as rejected."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _READERS:
        raise UnsupportedContent("send text/csv or application/json")
    once.fingerprint(hashlib.sha256(content + f"{observed_from} {observed_to}".encode()).hexdigest())
    observed = (_read(observed_from), _read(observed_to))
    with tools.transaction(sender.tenant_id) as work:
        if earlier := once.answered(work):
            return earlier
        digest = tools.digests.of(sender.tenant_id, content)
        today = tools.today(sender.tenant_id)
        table = _READERS[kind](content)
        receipt = usecases.receive_placements(table, observed, digest, sender, today, SqlReports(work))
        return once.answer(work, ReceiptView.of(receipt, _say(tools, sender)), 201)


@routes.get("/series", response_model_by_alias=True)
def list_series(reader: Reader, tools: ForecastingTools) -> SeriesListView:
    with tools.transaction(reader.tenant_id) as work:
        return SeriesListView(series=[SeriesView.of(each) for each in usecases.list_series(SqlReports(work))])


@routes.post("/forecasts", status_code=202, response_model=RequestView)
def request_forecasts(
    reader: Reader, tools: ForecastingTools, once: Once, body: ForecastBody | None = None
) -> Response:
    """Ask for forecasts. They can be read under their series when the request's state is `done`."""
    asked = body or ForecastBody()
    request = ForecastRequest(
        new_id(), asked.series, _read(asked.origin), asked.horizon, reader.id, reader.role, tools.now()
    )
    with tools.transaction(reader.tenant_id) as work:
        if earlier := once.answered(work):
            return earlier
        usecases.request_forecasts(request, SqlReports(work), SqlRequests(work))
        location = {"Location": f"/forecasting/v1/forecast-requests/{request.id}"}
        return once.answer(work, _request_view(request, None), 202, location)


@routes.get("/forecast-requests/{request_id}")
def read_request(request_id: ResourceId, reader: Reader, tools: ForecastingTools) -> RequestView:
    with tools.transaction(reader.tenant_id) as work:
        return _request_view(SqlRequests(work).get(request_id), work.job("forecast", request_id))


@routes.get("/forecasts/{series}/latest")
def read_latest(series: SeriesKey, reader: Reader, tools: ForecastingTools, access: AccessLog) -> ForecastView:
    with tools.transaction(reader.tenant_id) as work:
        made = usecases.latest(series, SqlPublications(work))
        access.read(work, subject=f"forecast:{series}")
    return ForecastView.of(made, _say(tools, reader))


@routes.get("/forecasts/{series}/backtest")
def read_backtest(series: SeriesKey, reader: Reader, tools: ForecastingTools, access: AccessLog) -> BacktestView:
    """What the latest forecast's model would have said at every earlier month, and what came true."""
    with tools.transaction(reader.tenant_id) as work:
        made = usecases.latest(series, SqlPublications(work))
        access.read(work, subject=f"backtest:{series}")
    return BacktestView.of(made)


@routes.post("/forecasts/{series}/what-if")
def assume(
    series: SeriesKey, body: WhatIfBody, reader: Reader, tools: ForecastingTools, access: AccessLog
) -> ForecastView:
    """The latest forecast under other assumptions. Nothing is kept."""
    assumed = WhatIf(body.entries_factor, body.stay_factor, body.closed_beds)
    with tools.transaction(reader.tenant_id) as work:
        made = usecases.what_if(usecases.latest(series, SqlPublications(work)), assumed)
        access.read(work, subject=f"what-if:{series}")
    places = None if made.is_suppressed or made.turnover is None else made.turnover.places
    shown = ForecastView.of(made, _say(tools, reader))
    return shown.model_copy(update={"what_if": AssumedView(**body.model_dump(), places=places)})


def _request_view(request: ForecastRequest, job: JobView | None) -> RequestView:
    told: dict[str, Any] = {}
    if job is not None:
        told = {"state": _STATES[job.state], "progress": job.progress, "problem": job.problem}
    origin = None if request.origin is None else str(request.origin)
    return RequestView(
        id=request.id, series=request.series, origin=origin, horizon=request.horizon, **({"state": "queued"} | told)
    )


def _read(written: str | None) -> Month | None:
    return None if written is None else Month.read(written)


def _say(tools: Tools, actor: Actor) -> Say:
    return partial(tools.say, actor.tenant_id)
