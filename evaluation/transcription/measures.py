# SPDX-License-Identifier: EUPL-1.2
"""How far a transcript is from what was said: in its words, in its speakers, and in where it doubts itself."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

WORD = re.compile(r"[^\W_]+(?:[-'’:][^\W_]+)*")


@dataclass(frozen=True)
class Turn:
    """One turn of speech, in seconds."""

    speaker: str
    start: float
    end: float


def words(text: str) -> list[str]:
    """Lower-case words without punctuation; a hyphen, an apostrophe or a colon inside a word belongs to it."""
    return WORD.findall(text.lower())


@dataclass(frozen=True)
class Alignment:
    """`errors` counts substitutions, insertions and deletions; `is_right` says so for each heard word."""

    errors: int
    is_right: tuple[bool, ...]


def align(said: Sequence[str], heard: Sequence[str]) -> Alignment:
    """The alignment with the fewest errors (Levenshtein, 1966)."""
    table = [list(range(len(heard) + 1))]
    for at, word in enumerate(said, start=1):
        above, row = table[-1], [at]
        for to, other in enumerate(heard, start=1):
            row.append(min(above[to] + 1, row[-1] + 1, above[to - 1] + (word != other)))
        table.append(row)
    right = [False] * len(heard)
    at, to = len(said), len(heard)
    while at and to:
        if said[at - 1] == heard[to - 1] and table[at][to] == table[at - 1][to - 1]:
            right[to - 1] = True
            at, to = at - 1, to - 1
        elif table[at][to] == table[at - 1][to - 1] + 1:
            at, to = at - 1, to - 1
        elif table[at][to] == table[at][to - 1] + 1:
            to -= 1
        else:
            at -= 1
    return Alignment(table[-1][-1], tuple(right))


def word_error_rate(said: Sequence[str], heard: Sequence[str]) -> float:
    """Errors for each word that was said; above 1 when much was made up."""
    return align(said, heard).errors / max(1, len(said))


def right_turns(said: Sequence[Turn], heard: Sequence[Turn]) -> int:
    """Turns whose longest-heard label is their speaker's, with labels given to speakers so that most are right."""
    labels = [_longest_label(turn, heard) for turn in said]
    speakers = sorted({turn.speaker for turn in said})
    pairs = Counter(zip(labels, (turn.speaker for turn in said), strict=True))
    found = sorted({label for label in labels if label}) + [""] * len(speakers)
    return max(
        sum(pairs[label, speaker] for label, speaker in zip(chosen, speakers, strict=True) if label)
        for chosen in permutations(found, len(speakers))
    )


def _longest_label(turn: Turn, heard: Sequence[Turn]) -> str:
    seconds: defaultdict[str, float] = defaultdict(float)
    for each in heard:
        seconds[each.speaker] += max(0.0, min(turn.end, each.end) - max(turn.start, each.start))
    longest = max(seconds, key=lambda label: seconds[label], default="")
    return longest if longest and seconds[longest] > 0 else ""


@dataclass(frozen=True)
class Doubt:
    """Of the words heard wrongly, the share that is marked; of the marked words, the share that is wrong."""

    found: float
    right: float
    marked: float


def doubt(is_right: Sequence[bool], is_marked: Sequence[bool]) -> Doubt:
    wrong_and_marked = sum(marked and not right for right, marked in zip(is_right, is_marked, strict=True))
    wrong, marked = len(is_right) - sum(is_right), sum(is_marked)
    return Doubt(wrong_and_marked / max(1, wrong), wrong_and_marked / max(1, marked), marked / max(1, len(is_right)))
