# SPDX-License-Identifier: EUPL-1.2
"""How a sentence is read: its words, numbers, times, names, negations and who is said to say it. Words are data."""

from services.drafting.domain.language.lexicon import Lexicon, lexicon_of
from services.drafting.domain.language.reading import Reading, Token, read, sentences_of

__all__ = ["Lexicon", "Reading", "Token", "lexicon_of", "read", "sentences_of"]
