# SPDX-License-Identifier: EUPL-1.2
"""How fast both indexes are, and how alike they rank, at size: `python evaluation/retrieval/speed.py [--passages N]`.

The passages are the evaluation's, sentence by sentence mixed, with vectors strewn around the real ones: many are nearly
as good as the best, as in a municipality that has several guidelines on one subject. Time it on a quiet machine.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from evaluation.retrieval.run import TENANT, Store, questions, running, weaviate_index  # noqa: E402 — after the path is set
from kernel.store import Transactions  # noqa: E402
from services.retrieval.adapters.e5_embedder import E5Embedder  # noqa: E402
from services.retrieval.adapters.pg_passages import PgPassages  # noqa: E402
from services.retrieval.ports import Entry, Hit, Vector  # noqa: E402

PER_VERSION = 200
# So wide that a passage's cosine to the one it was strewn around is about .93, as between passages on one subject.
STREWN = 0.02
TOP = 10


def versions(many: int, embedder: E5Embedder) -> dict[str, list[Entry]]:
    kept = json.loads((HERE / "data" / "guidelines_sv_dev.json").read_text("utf-8"))["passages"]
    real = np.array(embedder.passages([f"{each['title']}. {each['text']}" for each in kept]))
    sentences = [each.strip() for passage in kept for each in passage["text"].split(". ") if each]
    chance, strewn = random.Random(1), np.random.default_rng(1)
    made: dict[str, list[Entry]] = {}
    for number in range(many):
        place = chance.randrange(len(kept))
        vector = real[place] + strewn.normal(scale=STREWN, size=real.shape[1])
        text = f"{kept[place]['title']}. " + ". ".join([*chance.sample(sentences, 3), f"Nummer {number}"])
        entry = Entry(f"p{number:06}", text, (vector / np.linalg.norm(vector)).tolist())
        made.setdefault(f"v{number // PER_VERSION}", []).append(entry)
    return made


def filled(store: Store, transaction: Transactions, made: dict[str, list[Entry]]) -> float:
    """Passages written a second."""
    began = time.perf_counter()
    for version_id, entries in made.items():
        with transaction(TENANT) as work:
            store(work).put(version_id, entries)
    return sum(map(len, made.values())) / (time.perf_counter() - began)


def searched(
    store: Store, transaction: Transactions, among: Sequence[str], asked: Sequence[tuple[str, Vector]]
) -> tuple[list[list[Hit]], list[float]]:
    """The hits of each question, and the milliseconds it took."""
    hits, took = [], []
    for text, vector in asked:
        began = time.perf_counter()
        with transaction(TENANT) as work:
            hits.append(store(work).nearest(text, vector, among=among, limit=TOP))
        took.append(1000 * (time.perf_counter() - began))
    return hits, sorted(took)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--passages", type=int, default=10_000)
    many = arguments.parse_args().passages
    embedder = E5Embedder()
    made = versions(many, embedder)
    asked = [(each.text, embedder.question(each.text)) for each in questions()]
    found = {}
    with running() as transaction, weaviate_index(embedder.name) as weaviate:
        pgvector: Store = lambda work: PgPassages(work, embedder.name)  # noqa: E731
        for name, store in (("pgvector", pgvector), ("weaviate", weaviate)):
            rate = filled(store, transaction, made)
            searched(store, transaction, list(made), asked[:10])
            found[name], took = searched(store, transaction, list(made), asked)
            p50, p95 = took[len(took) // 2], took[int(len(took) * 0.95)]
            print(f"{name}: {rate:.0f} passages/s written; search p50 {p50:.1f} ms, p95 {p95:.1f} ms")
    pairs = list(zip(found["pgvector"], found["weaviate"], strict=True))
    same = sum([a.passage_id for a in one] == [b.passage_id for b in other] for one, other in pairs)
    held = sum(len({a.passage_id for a in one} & {b.passage_id for b in other}) for one, other in pairs)
    gap = max(abs(a.score - b.score) for one, other in pairs for a, b in zip(one, other, strict=True))
    print(f"of {len(pairs)} questions {same} with the same first {TOP} in the same order;")
    print(f"of all first {TOP} {held / TOP / len(pairs):.4f} in both; scores at one place differ by at most {gap:.6f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
