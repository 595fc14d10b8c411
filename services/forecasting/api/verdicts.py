# SPDX-License-Identifier: EUPL-1.2
"""The sentences that stand before the picture: what to expect, how sure that is, and whether a forecast helps."""

from __future__ import annotations

from collections.abc import Callable

from services.forecasting.domain.outlook import Level
from services.forecasting.domain.publication import Publication
from services.forecasting.domain.series import Kind, kind_of
from services.forecasting.domain.suppression import SMALL

Say = Callable[..., str]


def verdict(made: Publication, say: Say) -> str:
    if made.is_suppressed:
        return say("verdict.suppressed", small=SMALL)
    sentences = [_level(made, say), _worth(made, say)]
    if not made.worth.has_long_history:
        sentences.append(say("verdict.short_history"))
    return " ".join(sentences)


def basis(made: Publication, say: Say) -> str:
    if made.is_suppressed:
        return say("basis.suppressed")
    sentences = [say("basis.band", first=made.normal.first, last=made.normal.last)]
    if made.normal.low == 0:
        sentences.append(say("basis.small", small=SMALL))
    if made.normal.is_short:
        sentences.append(say("basis.short"))
    return " ".join(sentences)


def _level(made: Publication, say: Say) -> str:
    until = made.origin + len(made.forecast)
    chances, level = made.chances, made.chances.level
    if level is Level.UNCLEAR:
        shares = {"below": chances.below, "normal": chances.normal, "above": chances.above}
        return say("verdict.level.unclear", until=until, **{name: _percent(each) for name, each in shares.items()})
    chance = {Level.BELOW: chances.below, Level.NORMAL: chances.normal, Level.ABOVE: chances.above}[level]
    return say(f"verdict.level.{level}", until=until, chance=_percent(chance))


def _worth(made: Publication, say: Say) -> str:
    ratio = made.worth.skill.crps_ratio
    if made.is_useful and ratio is not None:
        return say("verdict.useful", percent=max(1, round(100 * (1 - ratio))))
    kind = kind_of(made.series) or Kind.STOCK
    return say(f"verdict.same_as_now.{kind}", now=made.same_as_now)


def _percent(chance: float) -> int:
    """Never 0 or 100: a forecast is never certain."""
    return min(99, max(1, round(100 * chance)))
