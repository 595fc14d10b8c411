# SPDX-License-Identifier: EUPL-1.2
"""What is kept beside a case's text: editions of templates, and reviews of the whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kernel.errors import FieldError, Unacceptable
from services.drafting.domain.templates import Template


@dataclass(frozen=True)
class Edition:
    """A template as it reads at one version. Version 0 is the shipped one; `digest` is of the template itself."""

    template: Template
    version: int
    digest: str


@dataclass(frozen=True)
class ReviewFinding:
    kind: str
    severity: str
    sections: tuple[str, ...]
    sentence_ids: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Review:
    id: str
    made_at: datetime
    made_by: str
    findings: tuple[ReviewFinding, ...]


def refuse_broken(template: Template, shipped: Template) -> None:
    """Raise `Unacceptable` unless a municipality's edition can be worked with.

    Headings build only on headings before them, and what is generated from law data stays generated: a model writes no
    appeal.
    """
    wrong: list[FieldError] = []
    before: set[str] = set()
    for at, section in enumerate(template.sections):
        if section.key in before:
            wrong.append(FieldError(f"/sections/{at}/key", "two sections have this key"))
        wrong += [
            FieldError(f"/sections/{at}/depends_on/{which}", "no section before this one has this key")
            for which, key in enumerate(section.depends_on)
            if key not in before
        ]
        before.add(section.key)
    generated = {each.key for each in shipped.sections if each.generated}
    wrong += [
        FieldError(
            f"/sections/{at}/generated", "as in the shipped template: only what comes from law data is generated"
        )
        for at, section in enumerate(template.sections)
        if section.generated != (section.key in generated)
    ]
    if wrong:
        raise Unacceptable("the template cannot be worked with", errors=wrong)
