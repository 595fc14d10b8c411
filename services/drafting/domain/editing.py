# SPDX-License-Identifier: EUPL-1.2
"""From what a caseworker typed to sentences: edits keep their sources, and a machine's words stay known as such."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from kernel.errors import FieldError, Unacceptable
from services.drafting.domain.material import Material, SourceKind
from services.drafting.domain.sentences import Citation, Origin, Sentence


@dataclass(frozen=True)
class CitedPart:
    source: SourceKind
    source_id: str
    part_id: str


@dataclass(frozen=True)
class TypedSentence:
    """`id` names the sentence that this one was; `citations` of None keeps that one's, an empty tuple drops them."""

    text: str
    id: str | None = None
    citations: tuple[CitedPart, ...] | None = None


Quote = Callable[[str, CitedPart], str]


def merge(
    typed: Sequence[TypedSentence],
    earlier: Mapping[str, Sentence],
    material: Material,
    quote: Quote,
    ids: Sequence[str],
) -> tuple[Sentence, ...]:
    """The sentences as they stand after the edit, not yet checked. `ids` has one for each sentence, used for new ones.

    Raise `Unacceptable` with a pointer for an id that no earlier sentence has, an id twice, or a part that the case
    does not have.
    """
    refuse_unknown(typed, earlier, material)
    return tuple(_merged(each, earlier.get(each.id or ""), quote, new) for each, new in zip(typed, ids, strict=True))


def refuse_unknown(typed: Sequence[TypedSentence], earlier: Mapping[str, Sentence], material: Material) -> None:
    wrong: list[FieldError] = []
    seen: set[str] = set()
    for at, each in enumerate(typed):
        if each.id is not None and each.id not in earlier:
            wrong.append(FieldError(f"/sentences/{at}/id", "no earlier sentence of this section has this id"))
        if each.id is not None and each.id in seen:
            wrong.append(FieldError(f"/sentences/{at}/id", "two sentences have this id"))
        seen.add(each.id or "")
        wrong += [
            FieldError(f"/sentences/{at}/citations/{which}", "the case has no such part")
            for which, part in enumerate(each.citations or ())
            if material.part(part.source, part.source_id, part.part_id) is None
        ]
    if wrong:
        raise Unacceptable("the text names what is not there", errors=wrong)


def _merged(typed: TypedSentence, before: Sentence | None, quote: Quote, new_id: str) -> Sentence:
    if before is None:
        cited = tuple(_cited(typed.text, part, quote) for part in typed.citations or ())
        return Sentence(new_id, typed.text, Origin.HUMAN, cited)
    is_reworded = typed.text != before.text
    if typed.citations is not None:
        cited = tuple(_cited(typed.text, part, quote) for part in typed.citations)
    elif is_reworded:
        cited = tuple(_cited(typed.text, CitedPart(c.source, c.source_id, c.part_id), quote) for c in before.citations)
    else:
        cited = before.citations
    is_other = is_reworded or cited != before.citations
    return replace(
        before,
        text=typed.text,
        origin=Origin.MACHINE_EDITED if is_reworded and before.origin is Origin.MACHINE else before.origin,
        citations=cited,
        # Whoever answered for a sentence answered for those words and those sources.
        resolution=None if is_other else before.resolution,
    )


def _cited(text: str, part: CitedPart, quote: Quote) -> Citation:
    return Citation(part.source, part.source_id, part.part_id, quote(text, part))
