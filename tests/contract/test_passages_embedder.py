# SPDX-License-Identifier: EUPL-1.2
"""Every embedder of passages behaves the same: the model in this process, and one behind an endpoint."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from services.retrieval.adapters.e5_embedder import E5Embedder
from services.retrieval.adapters.endpoint_embedder import EmbeddingEndpointAway, EndpointEmbedder
from services.retrieval.ports import Embedder, Vector

CLEANING = "Städning. Hjälp med städning beviljas var tredje vecka."
ALARM = "Trygghetslarm. Larmet kopplas till en bemannad central."
LOCAL = E5Embedder()


class Endpoint(BaseHTTPRequestHandler):
    """Serves the same model as OpenAI-compatible servers do: prefixes come in the text, vectors are not scaled."""

    dimensions: ClassVar[int] = 384

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
        told = [{"object": "embedding", "index": n, "embedding": self._vector(each)} for n, each in enumerate(texts)]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        body = json.dumps({"object": "list", "data": told, "model": asked["model"], "usage": usage}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _vector(self, text: str) -> list[float]:
        prefix, _, rest = text.partition(": ")
        assert prefix in ("query", "passage")
        vector = LOCAL.question(rest) if prefix == "query" else LOCAL.passages([rest])[0]
        return [3 * each for each in vector][: self.dimensions]

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: tests are quiet."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["in process", "endpoint"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    if request.param == "in process":
        return LOCAL
    return EndpointEmbedder(request.getfixturevalue("url"), "multilingual-e5-small", "", 20)


def product(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_vectors_have_length_one_and_384_numbers(embedder: Embedder) -> None:
    for vector in (embedder.question("Hur ofta städas det?"), *embedder.passages([CLEANING, ALARM])):
        assert len(vector) == 384
        assert product(vector, vector) == pytest.approx(1, abs=1e-4)


def test_what_a_question_is_about_is_nearer_than_something_else(embedder: Embedder) -> None:
    question = embedder.question("Hur ofta städas det?")
    cleaning, alarm = embedder.passages([CLEANING, ALARM])

    assert product(question, cleaning) > product(question, alarm)


def test_passages_come_in_their_order_whatever_they_are_together_with(embedder: Embedder) -> None:
    together = embedder.passages([CLEANING, ALARM, CLEANING])

    assert product(together[0], together[2]) == pytest.approx(1, abs=1e-4)
    assert product(together[1], embedder.passages([ALARM])[0]) == pytest.approx(1, abs=1e-4)
    assert embedder.passages([]) == []


@pytest.mark.parametrize("text", ["a\x00b", "å" * 10_000, "🙂", " ", "A\u030a"])
def test_any_text_can_be_embedded(embedder: Embedder, text: str) -> None:
    assert len(embedder.question(text)) == len(embedder.passages([text])[0]) == 384


def test_both_give_the_same_vectors(url: str) -> None:
    endpoint = EndpointEmbedder(url, "multilingual-e5-small", "", 20)

    assert product(endpoint.question("Städas det?"), LOCAL.question("Städas det?")) == pytest.approx(1, abs=1e-4)
    assert product(endpoint.passages([ALARM])[0], LOCAL.passages([ALARM])[0]) == pytest.approx(1, abs=1e-4)


def test_an_endpoint_that_is_away_says_so() -> None:
    nobody = EndpointEmbedder("http://127.0.0.1:9/v1", "multilingual-e5-small", "", 1)

    with pytest.raises(EmbeddingEndpointAway):
        nobody.question("Städning")
    with pytest.raises(EmbeddingEndpointAway):
        nobody.passages(["Städning"])


def test_an_endpoint_with_another_model_is_not_believed(url: str) -> None:
    Endpoint.dimensions = 100
    try:
        with pytest.raises(EmbeddingEndpointAway):
            EndpointEmbedder(url, "another", "", 20).question("Städning")
    finally:
        Endpoint.dimensions = 384
