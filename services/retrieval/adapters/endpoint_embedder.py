# SPDX-License-Identifier: EUPL-1.2
"""An embedding model behind an OpenAI-compatible endpoint in the municipality's own network, through Haystack.

The model is to be multilingual-e5-small, as in `e5_embedder.py`, so that vectors, limits and index stay comparable.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from kernel.errors import Away
from services.retrieval.adapters.e5_embedder import prepared
from services.retrieval.ports import Vector

DIMENSIONS = 384


class EmbeddingEndpointAway(Away):
    """The endpoint does not answer, or not with vectors. Indexing waits; searches may be tried again."""


@dataclass
class EndpointEmbedder:
    """`url` ends before `/embeddings`. The prefixes are those that the e5 models were trained with."""

    url: str
    model: str
    key: str
    timeout_seconds: float
    _components: tuple[Any, Any] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def name(self) -> str:
        return f"{self.model} at an endpoint, lower case"

    def question(self, text: str) -> Vector:
        told = self._asked(0, text=prepared(text, is_question=True))
        return _unit(told["embedding"])

    def passages(self, texts: Sequence[str]) -> list[Vector]:
        self._ready()
        from haystack import Document  # noqa: PLC0415 — only after its telemetry is off

        documents = [
            Document(id=str(place), content=prepared(each, is_question=False)) for place, each in enumerate(texts)
        ]
        return [_unit(each.embedding) for each in self._asked(1, documents=documents)["documents"]]

    def _asked(self, which: int, **given: Any) -> dict[str, Any]:
        component = self._ready()[which]
        try:
            told: dict[str, Any] = component.run(**given)
        except Exception as away:
            raise EmbeddingEndpointAway(f"the embedding endpoint failed: {type(away).__name__}") from away
        return told

    def _ready(self) -> tuple[Any, Any]:
        """The two components, made at first use: importing Haystack costs two seconds that an API need not pay."""
        with self._lock:
            if self._components is None:
                # Haystack reports its use to its makers unless this is set before it is imported.
                os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
                from haystack.components.embedders import OpenAIDocumentEmbedder, OpenAITextEmbedder  # noqa: PLC0415
                from haystack.utils import Secret  # noqa: PLC0415

                same = {
                    "api_key": Secret.from_token(self.key or "none"),
                    "model": self.model,
                    "api_base_url": self.url,
                    "timeout": self.timeout_seconds,
                    "max_retries": 1,
                }
                self._components = (
                    OpenAITextEmbedder(prefix="query: ", **same),
                    OpenAIDocumentEmbedder(prefix="passage: ", progress_bar=False, raise_on_failure=True, **same),
                )
            return self._components


def _unit(vector: Sequence[float] | None) -> list[float]:
    """Of length 1. What comes back over a network may be anything."""
    length = sqrt(sum(each * each for each in vector or ()))
    if vector is None or len(vector) != DIMENSIONS or not length > 0:
        raise EmbeddingEndpointAway(f"the embedding endpoint answered with something else than {DIMENSIONS} numbers")
    return [each / length for each in vector]
