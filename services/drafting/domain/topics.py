# SPDX-License-Identifier: EUPL-1.2
"""Under which headings a statement belongs, by the template's cues in its own words and in the question it answers."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files

from services.drafting.domain.dialogue import CASEWORKER, Statement, statements_of
from services.drafting.domain.language.reading import read
from services.drafting.domain.material import Material
from services.drafting.domain.templates import SectionKind, Template

SHORT_CUE = 3
PHRASE, WORD, SHORT_WORD, ASKED = 1.5, 1.0, 0.7, 1.5
# What the words around a statement weigh against its own, and how much is enough to belong anywhere.
QUESTION_OF_SHORT_ANSWER, QUESTION, SENTENCE_BEFORE, TALK_BEFORE = 1.0, 0.5, 0.4, 0.4
ENOUGH, ENOUGH_FOR_ASPECT, THIN = 0.5, 1.0, 1.0
# A second heading shares the statement when it scores at least this much of the best.
SHARE_OF_BEST = 0.6
MOST_HOMES = 2
SHARE_OF_A_THIRD = 0.8
# What a statement is about is not crowded out by how it is meant, unless it scores less than this much of that.
SHARE_OF_ASPECT = 0.25
# Headings that tell how something is meant, or whose view it is. What is said under them is also about something else,
# and stands under that heading too.
ASPECTS = frozenset({"application", "process", "wishes", "goals", "safety", "carer", "child_views", "relatives"})
OWN_VOICE = {"relative": ("carer", "relatives"), "child": ("child_views",)}

Scores = dict[str, float]


@dataclass(frozen=True)
class Placed:
    """A statement with its headings, best first. None: it belongs nowhere."""

    statement: Statement
    scores: Scores
    homes: tuple[str, ...]


@dataclass(frozen=True)
class Cue:
    """A cue of up to three letters is a whole word; a longer one is the beginning of a word; between the words of a
    phrase up to two others may stand.
    """

    text: str
    section: str
    weight: float

    @cached_property
    def _first(self) -> str:
        return f" {self.text.split()[0]} "

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(" " + r" (?:\S+ ){0,2}".join(map(re.escape, self.text.split())))

    def is_in(self, plain: str) -> bool:
        """`plain` is words with one space between and around."""
        if " " in self.text:
            return self._first in plain and bool(self._pattern.search(plain))
        return f" {self.text} " in plain if len(self.text) <= SHORT_CUE else f" {self.text}" in plain


@dataclass(frozen=True)
class Cues:
    """What points to the headings of one template: in what is said, and in what is asked."""

    said: tuple[Cue, ...]
    asked: tuple[Cue, ...]

    @classmethod
    def of(cls, template: Template) -> Cues:
        """A cue that many headings share tells little, and weighs less."""
        general = _general_cues(template.language)
        facts = [section for section in template.sections if section.kind is SectionKind.FACTS]
        said = {s.key: {*s.cues, *general.get("said", {}).get(s.key, ())} for s in facts}
        asked = {s.key: set(general.get("asked", {}).get(s.key, ())) for s in facts}
        return cls(_weighed(said), tuple(Cue(c.text, c.section, c.weight * ASKED) for c in _weighed(asked)))


def _weighed(by_section: Mapping[str, Iterable[str]]) -> tuple[Cue, ...]:
    shared = Counter(cue for cues in by_section.values() for cue in cues)

    def weight(cue: str) -> float:
        return (PHRASE if " " in cue else WORD if len(cue) > SHORT_CUE else SHORT_WORD) / shared[cue]

    return tuple(Cue(cue, key, weight(cue)) for key, cues in by_section.items() for cue in sorted(cues))


@cache
def _general_cues(language: str) -> Mapping[str, Mapping[str, list[str]]]:
    """Cues by heading that hold whatever the template; a language without a file has none."""
    file = files(f"{__package__}.language.topics") / f"{language}.toml"
    return tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}


@cache
def cues_of(template: Template) -> Cues:
    return Cues.of(template)


def scores_of(text: str, cues: Iterable[Cue], language: str) -> Counter[str]:
    plain = read(text, language).plain
    found: Counter[str] = Counter()
    for cue in cues:
        if cue.is_in(plain):
            found[cue.section] += cue.weight  # type: ignore[assignment]  # a Counter of floats
    return found


@lru_cache(maxsize=8)
def place(material: Material, template: Template, language: str) -> tuple[Placed, ...]:
    """Every statement of the material with the headings it belongs under."""
    cues, placed = cues_of(template), list[Placed]()
    for statement in statements_of(material, language):
        before = placed[-1] if placed else None
        scores = _scores(statement, before, cues, language)
        placed.append(
            Placed(statement, scores, _homes(_of_the_case(scores) if statement.role == CASEWORKER else scores))
        )
    return tuple(placed)


def _scores(statement: Statement, before: Placed | None, cues: Cues, language: str) -> Scores:
    scores = Counter(scores_of(statement.quote.text, cues.said, language))
    _add(scores, _voice(statement, cues), 1.0)
    if statement.question is not None:
        share = QUESTION_OF_SHORT_ANSWER if statement.is_short_answer else QUESTION
        _add(scores, scores_of(statement.question.text, cues.said, language), share)
        _add(scores, scores_of(statement.question.text, cues.asked, language), share)
    if before is not None and before.statement.part == statement.part:
        _add(scores, before.scores, SENTENCE_BEFORE)
    elif before is not None and statement.role != CASEWORKER and max(scores.values(), default=0) < THIN:
        _add(scores, before.scores, TALK_BEFORE)
    return dict(scores)


def _voice(statement: Statement, cues: Cues) -> Scores:
    """What speaks for a heading by who speaks: a relative of herself, the caseworker of how the case is handled."""
    known = {cue.section for cue in cues.said}
    if statement.role == CASEWORKER:
        return {key: 1.0 for key in ("process",) if key in known}
    if statement.reading.words & statement.reading.lexicon.first_person:
        return {key: 0.6 for key in OWN_VOICE.get(statement.role, ()) if key in known}
    return {}


def _add(scores: Counter[str], more: Mapping[str, float], share: float) -> None:
    for section, score in more.items():
        scores[section] += score * share  # type: ignore[assignment]  # a Counter of floats


def _of_the_case(scores: Scores) -> Scores:
    """A caseworker's note tells of the application and of how the case is handled, not of what is noted."""
    aspects = {key: score for key, score in scores.items() if key in ASPECTS}
    return aspects or scores


def _homes(scores: Scores) -> tuple[str, ...]:
    """The best heading and another nearly as good; and every aspect with something of its own to say for it."""
    ranked = sorted(scores.items(), key=lambda each: (-each[1], each[0]))
    topics = [(key, score) for key, score in ranked if key not in ASPECTS]
    best = topics[0][1] if topics else 0.0
    about = [key for key, score in topics[:2] if score >= max(ENOUGH, best * SHARE_OF_BEST)]
    aspects = [key for key, score in ranked if key in ASPECTS and score >= max(ENOUGH_FOR_ASPECT, best * SHARE_OF_BEST)]
    others = sorted([*about[1:], *aspects], key=lambda key: -scores[key])
    strongest = max((scores[key] for key in others), default=0.0)
    first = [key for key in about[:1] if scores[key] >= strongest * SHARE_OF_ASPECT]
    homes = sorted([*first, *others], key=lambda key: -scores[key])
    kept = [*first, *others][:MOST_HOMES]
    return tuple(key for key in homes if key in kept or scores[key] >= scores[homes[0]] * SHARE_OF_A_THIRD)
