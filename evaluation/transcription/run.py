# SPDX-License-Identifier: EUPL-1.2
"""`python -m evaluation.transcription.run`: hears the recording as the service does and compares with the thresholds.

`--json FILE` keeps the figures; `--weights FOLDER` tries others. The exit status is 1 when a figure falls short.
"""

import argparse
import json
import resource
import sys
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path

from evaluation.transcription.measures import Turn, align, doubt, right_turns, word_error_rate, words
from services.transcription.adapters.sound_files import PyAvSounds
from services.transcription.domain import Heard, RecogniserUsed, Wish, cut_into_utterances
from services.transcription.service import build_recogniser
from services.transcription.settings import TranscriptionSettings

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "tests" / "data"


def settings(weights: Path | None) -> TranscriptionSettings:
    """The service's own, without a database."""
    unused = "postgresql+psycopg://unused"
    if weights is None:
        return TranscriptionSettings.model_validate({"database_url": unused})
    return TranscriptionSettings.model_validate(
        {"database_url": unused, "weights_folder": weights, "weights_name": weights.name}
    )


def hear(chosen: TranscriptionSettings, recording: Path, speakers: int) -> tuple[Heard, RecogniserUsed, float]:
    """What was heard, by what, and the processor seconds it took."""
    recogniser = build_recogniser(chosen, PyAvSounds(chosen.longest_recording_seconds))
    used, started = recogniser.used(), time.process_time()
    with recording.open("rb") as content:
        heard = recogniser.recognise(content, Wish("sv", speakers=speakers), lambda _share: None)
    return heard, used, time.process_time() - started


def measure(weights: Path | None, recording: Path) -> dict[str, float | str | bool]:
    gold = json.loads(recording.with_suffix(".json").read_text("utf-8"))
    turns = [Turn(each["speaker"], each["start"], each["end"]) for each in gold]
    said = words(" ".join(each["text"] for each in gold))
    chosen = settings(weights)
    heard, used, seconds = hear(chosen, recording, len({each.speaker for each in turns}))
    utterances = cut_into_utterances(heard, chosen.doubtful_word_probability)
    single = [(part, word.probability) for word in heard.words for part in words(word.text)]
    is_marked = [probability < chosen.doubtful_word_probability for _, probability in single]
    warned = doubt(align(said, [word for word, _ in single]).is_right, is_marked)
    return {
        "recogniser": used.name,
        "digest": used.digest,
        "fit_for_use": used.fit_for_use,
        "turns": len(turns),
        "word_error_rate": word_error_rate(said, words(" ".join(each.text for each in utterances))),
        "right_turns": right_turns(turns, [Turn(each.speaker, each.start, each.end) for each in utterances]),
        "doubt_found": warned.found,
        "doubt_right": warned.right,
        "doubt_marked": warned.marked,
        "cpu_seconds_per_second": seconds / heard.seconds,
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def falls_short(figures: Mapping[str, float | str | bool], limits: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The names of the figures outside their limits."""
    return [
        name
        for name, limit in limits.items()
        if not limit.get("at_least", float("-inf")) <= float(figures[name]) <= limit.get("at_most", float("inf"))
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--recording", type=Path, default=DATA / "home_visit_sv.wav")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    figures = measure(asked.weights, asked.recording)
    short = falls_short(figures, tomllib.loads((HERE / "thresholds.toml").read_text("utf-8")))
    for name, figure in figures.items():
        shown = f"{figure:.3f}" if isinstance(figure, float) else str(figure)
        print(f"{'FALLS SHORT' if name in short else '':<12}{name:<24}{shown}")
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2), "utf-8")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
