# SPDX-License-Identifier: EUPL-1.2
"""Documents become passages that a reader finds again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from services.retrieval.adapters.yaml_languages import YamlLanguages
from services.retrieval.domain.cutting import LARGEST, anchored, cut
from services.retrieval.domain.documents import Block
from services.retrieval.domain.guidelines import Cut

SV, DA, EN = (YamlLanguages.load().of(code) for code in ("sv", "da", "en"))
LONG = "Hjälp med städning beviljas normalt var tredje vecka och omfattar två rum. " * 9


def test_an_anchor_names_heading_page_and_piece() -> None:
    blocks = [Block("3.2 Städning", 2, 14), Block(LONG, 0, 14), Block(LONG, 0, 14), Block("Sist.", 0, 15)]

    cuts = cut(blocks, SV)

    assert [each.anchor for each in cuts] == [
        "3.2 Städning, s. 14, st. 1",
        "3.2 Städning, s. 14, st. 2",
    ]
    assert cuts[1].text.endswith("Sist.")


def test_an_anchor_speaks_the_guidelines_language() -> None:
    blocks = [Block("Rengøring", 1, 3), Block("Hjælp gives hver anden uge.", 0, 3)]

    assert [each.anchor for each in cut(blocks, DA)] == ["Rengøring, s. 3"]
    assert [each.anchor for each in cut(blocks, EN)] == ["Rengøring, p. 3"]


def test_a_paragraph_of_law_stays_whole_and_is_named_with_its_chapter() -> None:
    blocks = [
        Block("11 kap. Insatser för personliga behov"),
        Block("1 § Den som inte själv kan tillgodose sina behov har rätt till insatser."),
        Block("Insatserna ska tillförsäkra skäliga levnadsförhållanden."),
        Block("3 a § Makar har rätt att bo tillsammans."),
    ]

    cuts = cut(blocks, SV)

    assert [(each.anchor, each.text) for each in cuts] == [
        ("11 kap. Insatser för personliga behov, 1 §", f"{blocks[1].text}\n{blocks[2].text}"),
        ("11 kap. Insatser för personliga behov, 3 a §", blocks[3].text),
    ]


def test_a_passage_never_crosses_a_heading() -> None:
    cuts = cut([Block("Städning", 1), Block("Ett."), Block("Tvätt", 1), Block("Två.")], SV)

    assert [(each.heading, each.text) for each in cuts] == [("Städning", "Ett."), ("Tvätt", "Två.")]


def test_text_before_the_first_heading_is_not_lost() -> None:
    assert [(each.anchor, each.text) for each in cut([Block("Inledning utan rubrik.")], SV)] == [
        ("", "Inledning utan rubrik.")
    ]


def test_a_document_of_headings_alone_has_no_passages() -> None:
    assert cut([Block("Städning", 1), Block("Tvätt", 1)], SV) == []


def test_passages_that_came_cut_are_told_apart_under_one_heading() -> None:
    cuts = anchored(
        [Cut("Städning", "Ett.", ""), Cut("Städning", "Två.", ""), Cut("Tvätt", "Tre.", ""), Cut("", "X", "")], SV
    )

    assert [each.anchor for each in cuts] == ["Städning, st. 1", "Städning, st. 2", "Tvätt", "st. 1"]


@given(some.lists(some.tuples(some.text(alphabet="ab. §1\n", max_size=3000), some.sampled_from([0, 0, 0, 1, 2]))))
def test_every_word_ends_up_in_a_passage_that_is_not_too_long(given_blocks: list[tuple[str, int]]) -> None:
    blocks = [Block(text.strip(), depth) for text, depth in given_blocks if text.strip()]

    cuts = cut(blocks, SV)

    assert all(len(each.text) <= LARGEST + len(each.text.split("\n")) for each in cuts)
    letters = sum(len("".join(each.text.split())) for each in blocks if not each.depth)
    assert sum(len("".join(each.text.split())) for each in cuts) == letters
    assert len({each.anchor for each in cuts}) == len(cuts)
