# SPDX-License-Identifier: EUPL-1.2
"""One heading of a case text: its sentences, how it came about, and what it still waits for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from services.drafting.domain.sentences import Omission, Origin, Sentence


class SectionState(StrEnum):
    EMPTY = "empty"
    PENDING = "pending"
    PROPOSED = "proposed"
    EDITED = "edited"
    APPROVED = "approved"
    MANUAL = "manual"
    FAILED = "failed"


class StaleCause(StrEnum):
    """What happened to the heading that this one was built on, or around it."""

    EDITED = "edited"
    PROPOSED = "proposed"
    MANUAL_HANDLING = "manual_handling"


@dataclass(frozen=True)
class StaleReason:
    """`section` is the heading that changed, `sentence_ids` the sentences that are new, reworded or gone there."""

    section: str
    cause: StaleCause
    sentence_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """All that made a proposal: enough to make it again and to say what differs if it comes out otherwise.

    `inputs` pairs each part that the writer was given, in its order, as `source/source id/part id` with its digest;
    `earlier` maps a heading it built on to that heading's revision; `output_digest` covers what the writer answered,
    before any check. Digests are HMACs with the case's own key.
    """

    id: str
    writer: str
    kind: str
    prompt_version: str
    writer_digest: str
    template_digest: str
    as_of: date
    made_at: datetime
    requested_by: str
    output_digest: str
    inputs: tuple[tuple[str, str], ...] = ()
    earlier: Mapping[str, int] = field(default_factory=dict)
    manual_supports: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counts:
    """How many sentences came from where, and how many no source supports."""

    machine: int
    machine_edited: int
    human: int
    unsupported: int


@dataclass(frozen=True)
class Section:
    """`revision` grows with every change. `ticket` is the proposal that is waited for while `state` is pending."""

    case_id: str
    key: str
    state: SectionState = SectionState.EMPTY
    revision: int = 0
    sentences: tuple[Sentence, ...] = ()
    omissions: tuple[Omission, ...] = ()
    stale_because: tuple[StaleReason, ...] = ()
    manifest: Manifest | None = None
    problem: str = ""
    ticket: str = ""
    set_aside: bool = False
    approved_by: str = ""
    approved_at: datetime | None = None

    @property
    def stale(self) -> bool:
        return bool(self.stale_because)

    @property
    def is_settled(self) -> bool:
        """Approved, or set aside as empty, and nothing it was built on has changed: others may build on it."""
        return self.state is SectionState.APPROVED and not self.stale

    @property
    def unresolved(self) -> tuple[str, ...]:
        """Ids of the sentences that no source supports and nobody has answered for."""
        return tuple(each.id for each in self.sentences if each.blocks_approval)

    @property
    def counts(self) -> Counts:
        origins = Counter(each.origin for each in self.sentences)
        unsupported = sum(not each.supported for each in self.sentences)
        return Counts(
            origins[Origin.MACHINE],
            origins[Origin.MACHINE_EDITED],
            origins[Origin.HUMAN],
            unsupported,
        )

    def sentence(self, sentence_id: str) -> Sentence | None:
        return next((each for each in self.sentences if each.id == sentence_id), None)


def changed_sentences(before: tuple[Sentence, ...], after: tuple[Sentence, ...]) -> tuple[str, ...]:
    """Ids of the sentences that are new, reworded, cite something else or are gone."""
    earlier, later = ({each.id: (each.text, each.citations) for each in side} for side in (before, after))
    return tuple(key for key in {**earlier, **later} if earlier.get(key) != later.get(key))


def with_reason(known: tuple[StaleReason, ...], new: StaleReason) -> tuple[StaleReason, ...]:
    """The reasons with one more; of the same section and cause there is one, with the sentences of both."""
    same = [each for each in known if (each.section, each.cause) == (new.section, new.cause)]
    ids = tuple(dict.fromkeys([*(key for each in same for key in each.sentence_ids), *new.sentence_ids]))
    return (
        *(each for each in known if each not in same),
        StaleReason(new.section, new.cause, ids),
    )
