# SPDX-License-Identifier: EUPL-1.2
"""How well passages are found and questions answered: `python evaluation/retrieval/run.py [--store weaviate] [--each]`.

Runs what the service runs (the embedding model, the index, the answering) and compares with `thresholds.toml`; with
`--store weaviate` on both indexes, which are also compared with each other. Exit 1 when a figure is worse than allowed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from deploy.databases import database_settings  # noqa: E402
from deploy.servers.postgres import running_postgres  # noqa: E402 — after the path is set
from deploy.servers.weaviate import Weaviate  # noqa: E402
from kernel.identity import Actor, Role, TenantId, new_id  # noqa: E402
from kernel.migration import ROLES, migrate, prepare_database  # noqa: E402
from kernel.store import Transactions, Work, engine_of  # noqa: E402
from services.retrieval import usecases  # noqa: E402
from services.retrieval.adapters.e5_embedder import E5Embedder  # noqa: E402
from services.retrieval.adapters.pg_passages import PgPassages  # noqa: E402
from services.retrieval.adapters.weaviate_connection import Address, WeaviateConnection  # noqa: E402
from services.retrieval.adapters.weaviate_passages import WeaviateIndex  # noqa: E402
from services.retrieval.adapters.yaml_languages import YamlLanguages  # noqa: E402
from services.retrieval.domain.answering import Answer, Calibration  # noqa: E402
from services.retrieval.domain.cutting import anchored  # noqa: E402
from services.retrieval.domain.guidelines import Cut, Guideline, Level, Validity  # noqa: E402
from services.retrieval.ports import Passages  # noqa: E402
from services.retrieval.service import SERVICE  # noqa: E402
from services.retrieval.store import SqlGuidelines  # noqa: E402
from services.retrieval.usecases import Edition, Found  # noqa: E402

TENANT = TenantId("evaluation")
LOADER = Actor("evaluation", TENANT, frozenset({Role.MANAGER}))
DAY = date(2026, 1, 1)
KEY = "evaluation"
Store = Callable[[Work], Passages]


@dataclass(frozen=True)
class Asked:
    """A question. `kind`: lay or professional, answered by the passage `gold`; near or off, answered by none."""

    kind: str
    text: str
    gold: str | None


@dataclass(frozen=True)
class Outcome:
    asked: Asked
    found: tuple[str, ...]
    scores: tuple[float, ...]
    answer: Answer

    @property
    def verdict(self) -> str:
        cited = {each.placed.passage.key for each in self.answer.quotes}
        if not cited:
            return "refused"
        return "right" if cited == {self.asked.gold} else "wrong"


def questions() -> list[Asked]:
    kept = json.loads((HERE / "data" / "guidelines_sv_dev.json").read_text("utf-8"))["questions"]
    answerable = [Asked(kind, each[kind], each["passage"]) for kind in ("lay", "professional") for each in kept]
    beyond = _asked("", "questions_sv_unanswerable.json") + _asked("held_out_", "questions_sv_held_out.json")
    return answerable + beyond


def _asked(prefix: str, name: str) -> list[Asked]:
    kept = json.loads((HERE / "data" / name).read_text("utf-8"))["questions"]
    return [Asked(prefix + each["kind"], each["question"], each.get("passage")) for each in kept]


@contextmanager
def running() -> Iterator[Transactions]:
    """A database of the service's own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="underlag-evaluation-") as folder:
        Path(folder).chmod(0o755)
        passwords = {kind: f"evaluation-{kind or 'service'}" for kind in ROLES}
        with running_postgres(Path(folder) / "postgres", fsync="off") as server:
            prepare_database(server.admin_url, "retrieval", passwords)
            settings = database_settings(server, "retrieval", passwords)
            migrate(settings["owner_database_url"], "retrieval", SERVICE.migrations)
            engine = engine_of(settings["database_url"])
            yield Transactions(engine, "retrieval")
            engine.dispose()


@contextmanager
def weaviate_index(embedder: str) -> Iterator[Store]:
    """A Weaviate of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="underlag-evaluation-") as folder:
        server = Weaviate(Path(folder), KEY)
        server.start()
        address = Address(f"http://127.0.0.1:{server.port}", f"127.0.0.1:{server.grpc_port}", KEY, 10)
        connection = WeaviateConnection(address)
        yield WeaviateIndex(connection, embedder)
        connection.close()
        server.stop()


def load(work: Work, embedder: E5Embedder, stores: Sequence[Store]) -> None:
    kept = json.loads((HERE / "data" / "guidelines_sv_dev.json").read_text("utf-8"))["passages"]
    language = YamlLanguages.load().of("sv")
    cuts = anchored([Cut(each["title"], each["text"], "", each["id"]) for each in kept], language)
    edition = Edition("Lokala riktlinjer", None, Validity(date(2020, 1, 1)), tuple(cuts))
    guidelines = SqlGuidelines(work)
    now = datetime(2020, 1, 1, tzinfo=UTC)
    version = usecases.publish_guideline(Guideline(new_id(), Level.LOCAL, "sv"), edition, LOADER, now, guidelines)
    entries = usecases.entries_of(guidelines.passages(version.id), embedder, lambda _share: None)
    for store in stores:
        store(work).put(version.id, entries)
    guidelines.indexed(version.id)


def ask(asked: Asked, work: Work, embedder: E5Embedder, store: Store) -> Outcome:
    vector = embedder.question(asked.text)
    found: Sequence[Found] = usecases.search(
        asked.text,
        vector,
        as_of=DAY,
        levels=list(Level),
        limit=10,
        guidelines=SqlGuidelines(work),
        passages=store(work),
    )
    language = YamlLanguages.load().of("sv")
    answer = usecases.answer_question(asked.text, vector, found[:5], language, embedder, Calibration())
    keys = tuple(each.placed.passage.key or "" for each in found)
    return Outcome(asked, keys, tuple(each.hit.score for each in found), answer)


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Recall among the first 3, 5 and 10, and what became of the questions, by kind."""
    shown: dict[str, Any] = {}
    for kind in dict.fromkeys(each.asked.kind for each in outcomes):
        own = [each for each in outcomes if each.asked.kind == kind]
        verdicts = Counter(each.verdict for each in own)
        shown[kind] = {"questions": len(own)} | {each: verdicts[each] for each in ("right", "wrong", "refused")}
        if all(each.asked.gold for each in own):
            for first in (1, 3, 5, 10):
                held = sum(each.asked.gold in each.found[:first] for each in own)
                shown[kind][f"recall_at_{first}"] = round(held / len(own), 3)
    return shown


def agreement(ours: Sequence[Outcome], theirs: Sequence[Outcome]) -> dict[str, Any]:
    """How alike two indexes rank: the share of questions with the same first, three and ten; the widest score gap."""
    pairs = list(zip(ours, theirs, strict=True))
    shown: dict[str, Any] = {
        f"same_first_{first}": round(sum(a.found[:first] == b.found[:first] for a, b in pairs) / len(pairs), 3)
        for first in (1, 3, 10)
    }
    shown["same_verdict"] = round(sum(a.verdict == b.verdict for a, b in pairs) / len(pairs), 3)
    shown["score_gap"] = round(max(abs(x - y) for a, b in pairs for x, y in zip(a.scores, b.scores, strict=True)), 6)
    return {"agreement": shown}


def shortfalls(shown: dict[str, Any]) -> list[str]:
    """What is worse than `thresholds.toml` allows."""
    limits = tomllib.loads((HERE / "thresholds.toml").read_text("utf-8"))
    wrong = []
    for kind, bounds in limits.items():
        for name, bound in bounds.items() if kind in shown else ():
            figure, at_most = name.removesuffix("_at_most"), name.endswith("_at_most")
            value = shown[kind][figure]
            if value > bound if at_most else value < bound:
                wrong.append(f"{kind}.{figure} is {value}, the threshold {bound}")
    return wrong


def told(name: str, shown: dict[str, Any]) -> list[str]:
    """Print a row of figures; answers what is worse than allowed."""
    print(json.dumps({name: shown}, indent=1, ensure_ascii=False))
    return [f"{name}: {each}" for each in shortfalls(shown)]


def show_each(outcomes: Sequence[Outcome]) -> None:
    for each in outcomes:
        why = each.answer.because or " / ".join(quote.text for quote in each.answer.quotes)
        print(f"{each.asked.kind:20} {each.verdict:8} {each.asked.text} -> {why} {' '.join(each.answer.unsaid)}")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--each", action="store_true", help="one line for every question")
    arguments.add_argument("--store", choices=["pgvector", "weaviate"], default="pgvector")
    given = arguments.parse_args()
    embedder = E5Embedder()
    stores: dict[str, Store] = {"pgvector": partial(PgPassages, embedder=embedder.name)}
    with ExitStack() as opened:
        if given.store == "weaviate":
            stores["weaviate"] = opened.enter_context(weaviate_index(embedder.name))
        transaction = opened.enter_context(running())
        with transaction(TENANT) as work:
            load(work, embedder, list(stores.values()))
            outcomes = {
                name: [ask(each, work, embedder, store) for each in questions()] for name, store in stores.items()
            }
    if given.each:
        show_each(outcomes[given.store])
    wrong = [line for name, each in outcomes.items() for line in told(name, figures(each))]
    if given.store == "weaviate":
        wrong += told("pgvector and weaviate", agreement(outcomes["pgvector"], outcomes["weaviate"]))
    for shortfall in wrong:
        print("WORSE:", shortfall)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
