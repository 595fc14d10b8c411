# SPDX-License-Identifier: EUPL-1.2
"""What a recogniser heard, and how words and voices become utterances.

Words are given to the voice they overlap the most, one by one: a recogniser's own segments often run across a change
of speaker, and a sentence under the wrong name is the costliest mistake here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice, pairwise, takewhile

from services.transcription.domain.transcript import Utterance, UtteranceId

# A longer silence than this begins a new utterance, so that what is cited stays short.
PAUSE_SECONDS = 1.5
# From here on the next end of a sentence ends the utterance; at the hard limit any word does.
LONG_SECONDS = 15.0
LONGEST_SECONDS = 60.0


@dataclass(frozen=True)
class Word:
    """One word with its punctuation, as heard. Times in seconds from the start of the recording."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True)
class Turn:
    """A stretch of sound in one voice. `speaker` is a label such as S1 and says nothing about who it is."""

    speaker: str
    start: float
    end: float


@dataclass(frozen=True)
class Heard:
    """Everything a recogniser has to say about a recording. Words and turns are in the order of time."""

    seconds: float
    words: tuple[Word, ...]
    turns: tuple[Turn, ...]


def cut_into_utterances(heard: Heard, doubtful_below: float) -> tuple[Utterance, ...]:
    """No word is lost, added or moved: the utterances' texts, joined, are the words in their order."""
    spoken = [(speaker, word) for word, speaker in zip(heard.words, _speakers(heard), strict=True)]
    return tuple(
        _utterance(number, speaker, words, doubtful_below)
        for number, (speaker, words) in enumerate(_groups(spoken), start=1)
    )


def _utterance(number: int, speaker: str, words: Sequence[Word], doubtful_below: float) -> Utterance:
    return Utterance(
        id=UtteranceId(f"u{number:04d}"),
        start=words[0].start,
        end=max(word.end for word in words),
        original_speaker=speaker,
        original_text=" ".join(word.text for word in words),
        confidence=round(sum(word.probability for word in words) / len(words), 4),
        doubtful_words=tuple(word.text for word in words if word.probability < doubtful_below),
    )


def _groups(spoken: Sequence[tuple[str, Word]]) -> Iterator[tuple[str, list[Word]]]:
    group: list[Word] = []
    for (speaker, word), (next_speaker, next_word) in pairwise([*spoken, ("", Word("", 0.0, 0.0, 0.0))]):
        group.append(word)
        seconds = word.end - group[0].start
        ends_sentence = word.text.endswith((".", "?", "!", "…"))
        if (
            next_speaker != speaker
            or next_word.start - word.end > PAUSE_SECONDS
            or (ends_sentence and seconds > LONG_SECONDS)
            or seconds > LONGEST_SECONDS
        ):
            yield speaker, group
            group = []


def _speakers(heard: Heard) -> Iterator[str]:
    """For each word the voice it overlaps the most, or the nearest in time. Both lists are walked once."""
    turns, first = heard.turns or (Turn("S1", 0.0, heard.seconds),), 0
    for word in heard.words:
        while first < len(turns) - 1 and turns[first].end <= word.start:
            first += 1
        near = turns[max(0, first - 1) : first + 1]
        later = takewhile(partial(_begins_before, word.end), islice(turns, first + 1, None))
        yield max((*near, *later), key=lambda turn: _closeness(turn, word)).speaker


def _begins_before(moment: float, turn: Turn) -> bool:
    return turn.start < moment


def _closeness(turn: Turn, word: Word) -> float:
    """Seconds of overlap; when there is none, the distance as a negative number."""
    return min(turn.end, word.end) - max(turn.start, word.start)
