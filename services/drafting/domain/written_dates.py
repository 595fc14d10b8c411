# SPDX-License-Identifier: EUPL-1.2
"""Days as they are written to people: "den 3 november 2026", "3. november 2026"."""

from __future__ import annotations

from datetime import date

from services.drafting.domain.wording import Texts


def written_date(day: date, language: str, texts: Texts) -> str:
    """`date.months` holds the twelve names, separated by spaces; `date.form` the order of day, month and year."""
    month = texts.say("date.months", language).split()[day.month - 1]
    return texts.say("date.form", language, day=day.day, month=month, year=day.year)
