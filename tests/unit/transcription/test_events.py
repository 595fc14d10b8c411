# SPDX-License-Identifier: EUPL-1.2
"""Every fact has a message with the same fields, so that nothing is left behind on the way out."""

import dataclasses
from datetime import UTC, datetime
from typing import Any, get_args, get_type_hints

import pytest

from services.transcription.domain import Fact
from services.transcription.events import key_of, to_event

EXAMPLES: dict[type, Any] = {
    str: "0198",
    int: 3,
    float: 2.5,
    bool: True,
    datetime: datetime(2026, 3, 2, 12, tzinfo=UTC),
}


def a_fact(kind: type[Fact]) -> Fact:
    return kind(**{name: EXAMPLES[type_] for name, type_ in get_type_hints(kind).items()})


@pytest.mark.parametrize("kind", get_args(Fact))
def test_every_field_of_a_fact_reaches_the_event_and_none_is_empty(kind: type[Fact]) -> None:
    fact = a_fact(kind)

    event = to_event(fact)

    assert type(event).__name__ == kind.__name__
    assert {field.name for field in event.DESCRIPTOR.fields} == {field.name for field in dataclasses.fields(kind)}
    assert all(field.name in {each.name for each, _ in event.ListFields()} for field in dataclasses.fields(kind))
    assert key_of(fact) == "0198"
