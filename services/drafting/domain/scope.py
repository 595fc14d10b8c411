# SPDX-License-Identifier: EUPL-1.2
"""What a department handles, where it sends what it does not handle, and whether an application concerns it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from services.drafting.domain.case import ScopeVerdict
from services.drafting.domain.language.reading import read, sentences_of
from services.drafting.domain.material import Application
from services.drafting.domain.topics import Cue
from services.drafting.domain.wording import Texts


@dataclass(frozen=True)
class Handled:
    """`cues` are words and beginnings of words (lower case) by which an application names it."""

    what: str
    cues: tuple[str, ...]


@dataclass(frozen=True)
class Referral:
    """Something that another body handles; `where` is whom to turn to, as the applicant is told."""

    what: str
    where: str
    cues: tuple[str, ...]


@dataclass(frozen=True)
class Department:
    key: str
    name: str
    law: tuple[str, ...]
    templates: tuple[str, ...]
    handles: tuple[Handled, ...]
    refers_elsewhere: tuple[Referral, ...] = ()


@dataclass(frozen=True)
class Scope:
    """`turn_to` says where to turn with what is outside. `citations` are pieces of the application, word for word."""

    verdict: ScopeVerdict
    reason: str
    turn_to: str | None = None
    citations: tuple[str, ...] = ()


def check_scope(application: Application, department: Department, *, language: str, texts: Texts) -> Scope:
    """Within when the department handles something of what is applied for; outside when all that is known of it is
    handled elsewhere; unclear when nothing is known. A human's word stands over this one.
    """
    asked = [*application.requested.values()] or [application.text]
    handled = {each: what for each in asked if (what := _handled(each, department, language))}
    ours = [each for each in asked if each in handled]
    others = [
        (each, found) for each in asked if each not in handled and (found := _referral(each, department, language))
    ]
    known = len(ours) + len(others)
    if not known and application.requested:
        text_only = Application(application.text, application.received_on)
        return check_scope(text_only, department, language=language, texts=texts)
    if ours:
        pieces = _verbatim(ours, application, language)
        what = ", ".join(dict.fromkeys(handled[each] for each in ours))
        reason = texts.say("scope.within", language, department=department.name, what=what)
        return Scope(ScopeVerdict.WITHIN, reason, _where(others), pieces)
    if others and known == len(asked):
        what = ", ".join(dict.fromkeys(found.what for _, found in others))
        reason = texts.say("scope.outside", language, department=department.name, what=what, where=_where(others))
        pieces = _verbatim([each for each, _ in others], application, language)
        return Scope(ScopeVerdict.OUTSIDE, reason, _where(others), pieces)
    return Scope(ScopeVerdict.UNCLEAR, texts.say("scope.unclear", language, department=department.name), _where(others))


def _handled(text: str, department: Department, language: str) -> str:
    """What the text names of the department's own, unless another body is named by a longer word."""
    best = max(((_match(text, each.cues, language), each.what) for each in department.handles), default=(0, ""))
    elsewhere = max((_match(text, each.cues, language) for each in department.refers_elsewhere), default=0)
    return best[1] if best[0] and best[0] >= elsewhere else ""


def _referral(text: str, department: Department, language: str) -> Referral | None:
    best = max(department.refers_elsewhere, key=lambda each: _match(text, each.cues, language), default=None)
    return best if best is not None and _match(text, best.cues, language) else None


def _match(text: str, cues: Iterable[str], language: str) -> int:
    """The length of the longest cue that the text has; 0 when it has none."""
    plain = read(text, language).plain
    return max((len(cue) for cue in cues if _cue(cue).is_in(plain)), default=0)


@cache
def _cue(text: str) -> Cue:
    """There are as many as the departments' files name."""
    return Cue(text, "", 1)


def _where(others: Sequence[tuple[str, Referral]]) -> str | None:
    return "; ".join(dict.fromkeys(found.where for _, found in others)) or None


def _verbatim(pieces: Sequence[str], application: Application, language: str) -> tuple[str, ...]:
    """The sentences of the application that name the pieces, or the pieces where no sentence does."""
    spans = sentences_of(application.text, language)
    sentences = [application.text[start:end] for start, end in spans]
    return tuple(
        dict.fromkeys(next((s for s in sentences if piece.lower() in s.lower()), piece) for piece in pieces if piece)
    )
