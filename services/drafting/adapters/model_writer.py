# SPDX-License-Identifier: EUPL-1.2
"""A language model as the writer, at any OpenAI-compatible endpoint. Where it fails, the extractive writer writes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from kernel import telemetry
from kernel.identity import TenantId
from kernel.masking import mask_identity_numbers
from services.drafting.adapters.deadline import within
from services.drafting.adapters.model_answer import Answer, UnusableAnswer, answer_in, schema_for
from services.drafting.domain.basis import concerns_any
from services.drafting.domain.material import Part, SourceKind
from services.drafting.domain.templates import SectionKind
from services.drafting.domain.wording import Texts
from services.drafting.ports import Prompt, Prompts, Writer, WriterIdentity, WritingTask, Written

KIND, EDITION = "model", "1"
FACT_SOURCES = frozenset({SourceKind.TRANSCRIPT, SourceKind.NOTE})
LATE_SOURCES = frozenset({SourceKind.SECTION, SourceKind.GUIDELINE})
log = telemetry.logger(__name__)


@dataclass(frozen=True)
class Endpoint:
    """Where the model is asked, and for how long. `longest_sources` bounds what is sent, in characters."""

    url: str
    model: str
    api_key: str = ""
    timeout_seconds: float = 60
    longest_answer_tokens: int = 4000
    longest_sources: int = 120_000
    seed: int = 1

    @property
    def settings(self) -> dict[str, Any]:
        return {"temperature": 0, "seed": self.seed, "max_tokens": self.longest_answer_tokens}


@dataclass(frozen=True)
class ModelWriter:
    """`instead` writes when the model is away or answers nonsense; `problem` then says so to the caseworker."""

    endpoint: Endpoint
    prompts: Prompts
    texts: Texts
    instead: Writer

    def identity(self, tenant_id: TenantId, template_key: str) -> WriterIdentity:
        return self._identity(self.prompts.current(tenant_id, template_key))

    def write(self, task: WritingTask) -> Written:
        parts = _sources_for(task)
        if not parts:
            return self.instead.write(task)
        lines = [f"{key} {part.speaker or part.source.value}: {_one_line(part)}" for key, part in parts.items()]
        if sum(map(len, lines)) > self.endpoint.longest_sources:
            return self._instead(task, "too_long")
        self.prepare()
        prompt = self.prompts.current(task.tenant_id, task.template.key)
        asked = f"language: {task.language}\nsection: {task.section.key}\nheading: {task.section.title}\n"
        asked += f"question: {task.section.question}\n\n" + "\n".join(lines)
        try:
            said = within(self.endpoint.timeout_seconds, lambda: self._ask(prompt, asked, list(parts)), "model-writer")
            answer = _allowed(answer_in(said, parts), task)
        except UnusableAnswer as problem:
            return self._instead(task, "unusable", problem)
        except Exception as problem:  # noqa: BLE001  # whatever the client raises, the caseworker gets a proposal
            return self._instead(task, "away", problem)
        if answer.dropped and not answer.sentences:
            return self._instead(task, "unusable")
        return Written(answer.sentences, self._identity(prompt), self._problem(answer, task.language))

    def prepare(self) -> None:
        """Load the client, which takes seconds the first time and is no fault of the endpoint."""
        os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
        from haystack.components.generators.chat import OpenAIChatGenerator  # noqa: F401, PLC0415

    def _ask(self, prompt: Prompt, asked: str, part_ids: Sequence[str]) -> str:
        from haystack.components.generators.chat import OpenAIChatGenerator  # noqa: PLC0415  # costs two seconds
        from haystack.dataclasses import ChatMessage  # noqa: PLC0415
        from haystack.utils import Secret  # noqa: PLC0415

        generator = OpenAIChatGenerator(
            api_key=Secret.from_token(self.endpoint.api_key or "none"),
            model=self.endpoint.model,
            api_base_url=self.endpoint.url,
            generation_kwargs={**self.endpoint.settings, "response_format": schema_for(part_ids)},
            timeout=self.endpoint.timeout_seconds,
            max_retries=1,
        )
        replies = generator.run([ChatMessage.from_system(prompt.text), ChatMessage.from_user(asked)])["replies"]
        if not replies or not replies[0].text:
            raise UnusableAnswer("the model said nothing")
        return str(replies[0].text)

    def _instead(self, task: WritingTask, why: str, problem: Exception | None = None) -> Written:
        log.warning("model_not_used", why=why, problem=type(problem).__name__, section=task.section.key)
        return replace(self.instead.write(task), problem=self.texts.say(f"model.{why}", task.language))

    def _problem(self, answer: Answer, language: str) -> str:
        if answer.dropped:
            return self.texts.say("model.partly", language, count=answer.dropped)
        return "" if answer.sentences else self.texts.say("extract.nothing", language)

    def _identity(self, prompt: Prompt) -> WriterIdentity:
        covered = repr((EDITION, self.endpoint.model, self.endpoint.settings, prompt.name, prompt.version, prompt.text))
        digest = hashlib.sha256(covered.encode()).hexdigest()
        return WriterIdentity(self.endpoint.model, KIND, prompt.version, digest)


def _sources_for(task: WritingTask) -> dict[str, Part]:
    """What the heading may rest on, by an id that is unique here: facts on what was said, the rest on approved headings
    and guidelines, without what a human handles alone.
    """
    is_fact = task.section.kind is SectionKind.FACTS
    parts = task.material.of(*(FACT_SOURCES if is_fact else LATE_SOURCES))
    if not is_fact:
        parts = tuple(part for part in parts if not _is_manual(part.text, task))
    found: dict[str, Part] = {}
    for part in parts:
        key = part.part_id if part.part_id not in found else f"{part.part_id}~{len(found)}"
        found[key] = part
    return found


def _is_manual(text: str, task: WritingTask) -> bool:
    labels = [task.application.requested.get(key, key) for key in sorted(task.manual_supports)]
    return concerns_any(text, labels, task.language)


def _allowed(answer: Answer, task: WritingTask) -> Answer:
    """Without sentences on what a human handles alone, should the model write some."""
    if task.section.kind is SectionKind.FACTS or not task.manual_supports:
        return answer
    kept = tuple(each for each in answer.sentences if not _is_manual(each.text, task))
    return Answer(kept, answer.dropped + len(answer.sentences) - len(kept))


def _one_line(part: Part) -> str:
    """A line break in a source would let it pass for another source; an identity number is no model's business."""
    heading = f"({part.heading}) " if part.heading else ""
    return mask_identity_numbers(" ".join(f"{heading}{part.text}".split()))
