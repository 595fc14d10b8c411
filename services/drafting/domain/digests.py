# SPDX-License-Identifier: EUPL-1.2
"""Digests that prove sameness and tell nothing: HMAC-SHA256 with a key of the case's own.

A plain hash of "ja" can be guessed; one with a key cannot, and it proves nothing once the key is erased.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from services.drafting.domain.material import Part
from services.drafting.domain.sentences import Sentence
from services.drafting.domain.templates import Template

KEY_BYTES = 32


def digest_of(key: bytes, content: Any) -> str:
    """Of bytes as they are, of anything else as JSON with sorted keys."""
    data = content if isinstance(content, bytes) else _canonical(content)
    return hmac.new(key, data, hashlib.sha256).hexdigest()


def sentences_digest(key: bytes, sentences: Sequence[Sentence]) -> str:
    """Of the words, their origin and what they cite; not of checks, which a new version of the rules may change."""
    content = [
        [each.text, each.origin.value, [[c.source.value, c.source_id, c.part_id, c.quote] for c in each.citations]]
        for each in sentences
    ]
    return digest_of(key, content)


def part_address(part: Part) -> str:
    return f"{part.source.value}/{part.source_id}/{part.part_id}"


def parts_digests(key: bytes, parts: Iterable[Part]) -> tuple[tuple[str, str], ...]:
    """Each part's address with the digest of its words and speaker, in the order given."""
    return tuple((part_address(each), digest_of(key, [each.text, each.speaker])) for each in parts)


@lru_cache(maxsize=512)
def template_digest(template: Template) -> str:
    """A plain SHA-256: a template is public, and the same in every case."""
    return hashlib.sha256(_canonical(dataclasses.asdict(template))).hexdigest()


def _canonical(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
