# SPDX-License-Identifier: EUPL-1.2
"""Making recorded proposals again: the same bytes, or the cause of the difference.

A manifest names every part that the writer was given by digest. The parts are looked up, compared, and given to the
writer as it is now; nothing of the case changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kernel.errors import Unavailable
from kernel.identity import Actor, TenantId
from services.drafting.domain import facts
from services.drafting.domain.casetext import CaseText
from services.drafting.domain.digests import digest_of, part_address, parts_digests
from services.drafting.domain.law import LawBook
from services.drafting.domain.material import Material, Part
from services.drafting.domain.section import Manifest
from services.drafting.ports import Cases, ProposedSentence, Sources, Writer, WriterIdentity, WritingTask
from services.drafting.usecases.examining import joined, parts_of_section
from services.drafting.usecases.writing import LAW_DATA, output_digest


@dataclass(frozen=True)
class Replayed:
    """`causes` are codes, none when identical."""

    key: str
    recorded_digest: str
    replayed_digest: str
    causes: tuple[str, ...] = ()

    @property
    def identical(self) -> bool:
        return self.recorded_digest == self.replayed_digest


@dataclass(frozen=True)
class Recorded:
    """One heading's manifest with the parts it names, as they read now."""

    text: CaseText
    key: str
    manifest: Manifest
    material: Material
    changed_parts: tuple[str, ...]
    case_key: bytes


def recorded_proposals(case_id: str, cases: Cases, sources: Sources) -> tuple[Recorded, ...]:
    """Every heading that holds a proposal's manifest, whether or not a human has edited it since."""
    text = cases.get(case_id)
    return tuple(
        _recorded(text, each.key, manifest, cases, sources)
        for each in text.template.sections
        if (manifest := text.section(each.key).manifest) is not None
    )


def replay(recorded: Recorded, tenant_id: TenantId, writer: Writer, law: LawBook) -> Replayed:
    """Write the heading again and compare. A writer that is away is a cause too."""
    manifest, key = recorded.manifest, recorded.key
    if manifest.writer == LAW_DATA:
        said = law.appeal(recorded.text.template, recorded.text.case.language, manifest.as_of)
        answer = tuple(ProposedSentence(each, ()) for each in said)
        now = WriterIdentity(LAW_DATA, "generated", digest=digest_of(recorded.case_key, list(said)))
    else:
        try:
            written = writer.write(_task(recorded, tenant_id))
        except Unavailable:
            return Replayed(key, manifest.output_digest, "", ("writer_away",))
        answer, now = written.sentences, written.writer
    digest = output_digest(recorded.case_key, answer)
    same = digest == manifest.output_digest
    return Replayed(key, manifest.output_digest, digest, () if same else _causes(recorded, now))


def announce_replay(case_id: str, found: Sequence[Replayed], actor: Actor, cases: Cases) -> str:
    """Tell of the outcome; the case's language, to explain it in."""
    text = cases.locked(case_id)
    identical = sum(each.identical for each in found)
    cases.announce(case_id, [facts.DraftReplayed(case_id, identical, len(found) - identical, actor)])
    return text.case.language


def _recorded(text: CaseText, key: str, manifest: Manifest, cases: Cases, sources: Sources) -> Recorded:
    case_key, given = cases.key(text.case.id), dict(manifest.inputs)
    used = {address.split("/")[1] for address in given}
    said = joined(each for each in sources.of(text.case.id) if each.id in used)
    known = [*said.parts, *sources.passages(text.case.id), *_earlier_parts(text, manifest, cases)]
    there = {part_address(each): each for each in known}
    parts = tuple(there[address] for address in given if address in there)
    now = dict(parts_digests(case_key, parts))
    changed = tuple(address for address, digest in given.items() if now.get(address) != digest)
    return Recorded(text, key, manifest, replace(said, parts=parts), changed, case_key)


def _earlier_parts(text: CaseText, manifest: Manifest, cases: Cases) -> tuple[Part, ...]:
    """The sentences of the headings it built on, as they stood at the revision it was given."""
    parts: list[Part] = []
    for key, revision in manifest.earlier.items():
        sentences = cases.sentences_at(text.case.id, key, revision)
        if sentences is not None:
            parts += parts_of_section(replace(text.section(key), sentences=sentences), text.heading(key))
    return tuple(parts)


def _task(recorded: Recorded, tenant_id: TenantId) -> WritingTask:
    text = recorded.text
    return WritingTask(
        tenant_id,
        text.template,
        text.heading(recorded.key),
        text.case.language,
        text.case.application,
        recorded.material,
        frozenset(recorded.manifest.manual_supports),
    )


def _causes(recorded: Recorded, now: WriterIdentity) -> tuple[str, ...]:
    then = recorded.manifest
    causes = ["source_changed"] if recorded.changed_parts else []
    if (now.name, now.kind) != (then.writer, then.kind):
        causes.append("other_writer")
    if now.prompt_version != then.prompt_version:
        causes.append("prompt_changed")
    if now.digest != then.writer_digest:
        causes.append("writer_changed")
    # Same writer, same prompt, same sources, other words: a model that is not deterministic.
    return tuple(causes or ["model_differs"])
