# SPDX-License-Identifier: EUPL-1.2
"""Departments and templates over HTTP: what is laid down for the municipality, and its own editions."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Self

from fastapi import APIRouter, Response
from pydantic import BaseModel

from kernel.web import Listing, Match, ResourceId, etag, page
from services.drafting.api.access import DraftingTools, Employee, Manager
from services.drafting.api.bodies import TemplateBody
from services.drafting.domain.records import Edition
from services.drafting.domain.scope import Department
from services.drafting.store import SqlTemplates
from services.drafting.usecases import opening

routes = APIRouter(tags=["templates"])


class ReferralView(BaseModel):
    what: str
    where: str


class DepartmentView(BaseModel):
    key: str
    name: str
    law: list[str]
    templates: list[str]
    handles: list[str]
    refers_elsewhere: list[ReferralView]

    @classmethod
    def of(cls, department: Department) -> Self:
        return cls(
            key=department.key,
            name=department.name,
            law=list(department.law),
            templates=list(department.templates),
            handles=[each.what for each in department.handles],
            refers_elsewhere=[ReferralView(what=each.what, where=each.where) for each in department.refers_elsewhere],
        )


class TemplateSectionView(BaseModel):
    key: str
    title: str
    kind: str
    areas: list[str]
    depends_on: list[str]
    cues: list[str]
    question: str
    generated: bool
    mandatory: bool


class TemplateView(BaseModel):
    """`version` 0 is the shipped edition; `digest` is what a case's manifest names."""

    key: str
    title: str
    language: str
    country: str
    law: list[str]
    version: int
    digest: str
    sections: list[TemplateSectionView]

    @classmethod
    def of(cls, edition: Edition) -> Self:
        content: dict[str, Any] = asdict(edition.template)
        return cls.model_validate(content | {"version": edition.version, "digest": edition.digest})


@routes.get("/departments")
def list_departments(actor: Employee, tools: DraftingTools) -> Listing[DepartmentView]:
    return page([DepartmentView.of(each) for each in tools.configuration.departments(actor.tenant_id)], None)


@routes.get("/templates")
def list_templates(actor: Employee, tools: DraftingTools) -> Listing[TemplateView]:
    """Each template's sections in order. All of them: a municipality has a handful."""
    with tools.transaction(actor.tenant_id) as work:
        editions = SqlTemplates(work, tools.configuration.of(actor.tenant_id)).all()
    return page([TemplateView.of(each) for each in editions], None)


@routes.get("/templates/{key}")
def read_template(key: ResourceId, actor: Employee, response: Response, tools: DraftingTools) -> TemplateView:
    with tools.transaction(actor.tenant_id) as work:
        edition = SqlTemplates(work, tools.configuration.of(actor.tenant_id)).current(key)
    response.headers["ETag"] = etag(edition.version)
    return TemplateView.of(edition)


@routes.put("/templates/{key}")
def replace_template(
    key: ResourceId, body: TemplateBody, actor: Manager, match: Match, response: Response, tools: DraftingTools
) -> TemplateView:
    """The municipality's own edition. Cases that are open keep the edition they were opened with."""
    shipped = tools.configuration.of(actor.tenant_id)
    with tools.transaction(actor.tenant_id) as work:
        templates = SqlTemplates(work, shipped)
        current = templates.current(key)
        match.check(current.version)
        template = body.template(shipped[key])
        edition = opening.replace_template(template, current, shipped[key], actor, tools.now(), templates)
    response.headers["ETag"] = etag(edition.version)
    return TemplateView.of(edition)
