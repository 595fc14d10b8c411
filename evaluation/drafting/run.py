# SPDX-License-Identifier: EUPL-1.2
"""How well the extractive writer and the checks do on annotated meetings; exit 1 below a threshold.

python -m evaluation.drafting.run [FILE ...] [--seed 1]
"""

from __future__ import annotations

import argparse
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from evaluation.drafting.annotated import Meeting
from evaluation.drafting.planted import planted
from kernel.identity import TenantId
from kernel.texts import Texts
from services.drafting.adapters.extractive_writer import ExtractiveWriter
from services.drafting.domain.checks import examine
from services.drafting.domain.material import Application, SourceKind
from services.drafting.domain.sentences import Check, CheckKind, Citation, Verdict
from services.drafting.ports import ProposedSentence, WritingTask

HERE = Path(__file__).parent
TEXTS = Texts.load(HERE.parents[1] / "services" / "drafting" / "texts")
NOTHING_APPLIED_FOR = Application("", date(2026, 1, 1))
Drafted = list[tuple[str, ProposedSentence]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=sorted((HERE / "data").glob("*.json")))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    thresholds = tomllib.loads((HERE / "thresholds.toml").read_text("utf-8"))
    short = 0
    for file in options.files:
        meeting = Meeting.read(file)
        figures = figures_of_writer(meeting) | figures_of_checks(meeting, options.seed)
        print(meeting.name)
        for name, figure in figures.items():
            limit = thresholds[name]
            is_enough = figure >= limit.get("least", figure) and figure <= limit.get("most", figure)
            short += not is_enough
            print(f"  {'ok' if is_enough else 'FALLS SHORT':<12} {name:<28} {figure:.3f}")
    return 1 if short else 0


def drafted(meeting: Meeting) -> Drafted:
    writer = ExtractiveWriter(TEXTS)
    found: Drafted = []
    for section in meeting.fact_sections:
        task = WritingTask(
            TenantId("evaluation"), meeting.template, section, meeting.language, NOTHING_APPLIED_FOR, meeting.material
        )
        found += [(section.key, sentence) for sentence in writer.write(task).sentences]
    return found


def figures_of_writer(meeting: Meeting) -> dict[str, float]:
    """A fact is there when a sentence cites one of the utterances that support it; a critical one, under its
    heading.
    """
    text, gold = drafted(meeting), meeting.gold
    cited = {s.key: {p for key, each in text if key == s.key for p in parts_of(each)} for s in meeting.fact_sections}
    anywhere = set().union(*cited.values())
    facts = [(set(fact["support"]), fact) for fact in gold["facts"]]
    critical = [(support, fact) for support, fact in facts if fact.get("critical")]
    at_home = [any(support & cited[key] for key in meeting.homes_of(fact["area"])) for support, fact in critical]
    supporting = set().union(*(support for support, _ in facts))
    idle = set(gold.get("irrelevant_utterances", ()))
    disputed = [{p for version in each["versions"] for p in version["support"]} for each in gold["conflicts"]]
    checked = [(parts_of(each), checks_of(meeting, each.text, each)) for _, each in text]
    raised = [parts for parts, checks in checked if any(check.check is CheckKind.CONFLICT for check in checks)]
    return {
        "fact_recall": share([bool(support & anywhere) for support, _ in facts]),
        "critical_fact_recall": share(at_home),
        "sentence_precision": share([bool(parts_of(each) & supporting) for _, each in text]),
        "sentences_on_irrelevant": sum(bool(parts_of(each) & idle) for _, each in text),
        "conflicts_surfaced": share([any(parts & each for parts in raised) for each in disputed]),
        "own_sentences_flagged": share([is_flagged(checks) for _, checks in checked]),
        "told_more_than_once": 1 - len({each.text for _, each in text}) / max(1, len(text)),
    }


def figures_of_checks(meeting: Meeting, seed: int) -> dict[str, float]:
    judged: Counter[str] = Counter()
    flagged: Counter[str] = Counter()
    sentences = list(planted(meeting, seed))
    started = time.perf_counter()
    for each in sentences:
        quote = ProposedSentence(each.text, ((each.part.source.value, each.part.source_id, each.part.part_id, ""),))
        judged[each.kind] += 1
        flagged[each.kind] += is_flagged(checks_of(meeting, each.text, quote))
    milliseconds = 1000 * (time.perf_counter() - started) / len(sentences)
    figures = {f"planted_{kind}_found": flagged[kind] / judged[kind] for kind in judged if kind != "true"}
    return figures | {"true_flagged": flagged["true"] / judged["true"], "milliseconds_a_sentence": milliseconds}


def checks_of(meeting: Meeting, text: str, sentence: ProposedSentence) -> tuple[Check, ...]:
    cited = [Citation(SourceKind(kind), source, part, quote) for kind, source, part, quote in sentence.quotes]
    on = meeting.material.met_on or date(2026, 1, 1)
    return examine(text, cited, meeting.material, language=meeting.language, texts=TEXTS, law=None, on=on)


def is_flagged(checks: Sequence[Check]) -> bool:
    """A conflict is a remark about the sources and says nothing against the sentence."""
    return any(each.verdict is not Verdict.OK for each in checks if each.check is not CheckKind.CONFLICT)


def parts_of(sentence: ProposedSentence) -> set[str]:
    return {part_id for _, _, part_id, _ in sentence.quotes}


def share(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else 1.0


if __name__ == "__main__":
    sys.exit(main())
