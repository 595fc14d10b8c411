# SPDX-License-Identifier: EUPL-1.2
"""What people read is there in every language, with the same things filled in."""

from __future__ import annotations

import shutil
from pathlib import Path
from string import Formatter

import pytest

from kernel.texts import LANGUAGES, TextMissing, Texts

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path for path in ROOT.glob("services/*/texts*") if path.is_dir())
NAMES = [path.relative_to(ROOT / "services").as_posix() for path in FOLDERS]


def places(text: str) -> set[str]:
    """The names in braces that a text wants filled in. Raise `ValueError` for braces that do not match."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def unlike(texts: Texts) -> list[str]:
    """Keys whose texts ask for other things in one language than in another: then a reader is told less, or nothing."""
    keys = texts.by_language["en"]
    return [key for key in keys if len({frozenset(places(texts.by_language[each][key])) for each in LANGUAGES}) > 1]


def test_the_folders_are_found() -> None:
    assert len(FOLDERS) >= 6


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
def test_every_language_has_every_text(folder: Path) -> None:
    texts = Texts.load(folder)

    assert texts.by_language["en"]
    assert [key for kept in texts.by_language.values() for key, text in kept.items() if not text.strip()] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
def test_a_text_is_filled_in_with_the_same_in_every_language(folder: Path) -> None:
    assert unlike(Texts.load(folder)) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
def test_no_language_is_kept_that_the_others_do_not_know(folder: Path) -> None:
    assert {path.stem for path in folder.iterdir()} == set(LANGUAGES)


def test_a_text_that_one_language_lacks_is_found(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(ROOT / "services" / "audit" / "texts", tmp_path / "texts"))
    with (folder / "sv.yaml").open("a", encoding="utf-8") as swedish:
        swedish.write("only_in_swedish: Bara här.\n")

    with pytest.raises(TextMissing, match="only_in_swedish"):
        Texts.load(folder)


def test_a_text_that_is_filled_in_differently_is_found() -> None:
    by_language = {each: {"said": "{who} says {what}", "same": "{n}"} for each in LANGUAGES}
    by_language["da"]["said"] = "{who} siger"

    assert unlike(Texts(by_language)) == ["said"]
