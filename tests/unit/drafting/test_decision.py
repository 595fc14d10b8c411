# SPDX-License-Identifier: EUPL-1.2
"""When a decision may be recorded: after the party was told, on every support, refusals by human hand alone."""

from datetime import date, datetime, timedelta

import pytest

from kernel.errors import Unacceptable
from services.drafting.domain.case import AlreadyDecided, Case, CaseState, OutOfScope, ScopeSettled
from services.drafting.domain.decision import (
    Communication,
    Decision,
    How,
    NotCommunicated,
    Outcome,
    OutcomeKind,
    RefusalIsManual,
)
from services.drafting.domain.handling import HandOver
from tests.unit.drafting.casework import MAJA, NOON, a_case

GRANTED, PARTLY, REFUSED = OutcomeKind
HAND_OVER = HandOver("Väntat avslag.", MAJA.id, NOON)


def told(at: datetime = NOON, reply_by: date = date(2026, 10, 27)) -> Communication:
    return Communication("k1", at, How.LETTER, reply_by, "", MAJA.id)


def a_communicated_case() -> Case:
    return a_case().communicated(told())


def a_decision(*outcomes: Outcome, at: datetime = NOON + timedelta(days=8)) -> Decision:
    return Decision("d1", outcomes, "Nämnden", at, MAJA.id, at)


def an_outcome(support: str, outcome: OutcomeKind = GRANTED) -> Outcome:
    return Outcome(support, outcome, "SoL (2025:400) 11 kap. 1 §")


BOTH = (an_outcome("stadning"), an_outcome("snoskottning"))


def test_a_decision_on_every_support_is_recorded_after_the_party_was_told() -> None:
    assert a_communicated_case().decided(a_decision(*BOTH)).state is CaseState.DECIDED


def test_nothing_is_decided_before_the_party_was_told() -> None:
    with pytest.raises(NotCommunicated):
        a_case().decided(a_decision(*BOTH))


def test_a_case_is_decided_once() -> None:
    decided = a_communicated_case().decided(a_decision(*BOTH))

    with pytest.raises(AlreadyDecided):
        decided.decided(a_decision(*BOTH))


@pytest.mark.parametrize("outcome", [PARTLY, REFUSED])
def test_less_than_granted_is_for_human_hands(outcome: OutcomeKind) -> None:
    with pytest.raises(RefusalIsManual) as refused:
        a_communicated_case().decided(a_decision(BOTH[0], an_outcome("snoskottning", outcome)))

    assert refused.value.members["requested_supports"] == ["snoskottning"]


@pytest.mark.parametrize("support", ["snoskottning", None])
def test_what_a_human_has_handled_may_be_refused(support: str | None) -> None:
    case = a_communicated_case().handed_to_human(support, HAND_OVER)

    decided = case.decided(a_decision(BOTH[0], an_outcome("snoskottning", REFUSED)))

    assert decided.state is CaseState.DECIDED


@pytest.mark.parametrize(
    ("outcomes", "pointers"),
    [
        ((BOTH[0],), ["/outcomes"]),
        ((*BOTH, an_outcome("bilstod")), ["/outcomes/2/requested_support"]),
        ((*BOTH, BOTH[0]), ["/outcomes/0/requested_support", "/outcomes/2/requested_support"]),
        ((), ["/outcomes", "/outcomes"]),
    ],
)
def test_there_is_one_outcome_for_each_support_and_no_other(outcomes: tuple[Outcome, ...], pointers: list[str]) -> None:
    with pytest.raises(Unacceptable) as refused:
        a_communicated_case().decided(a_decision(*outcomes))

    assert [each.pointer for each in refused.value.errors] == pointers


def test_a_decision_does_not_come_before_the_communication() -> None:
    with pytest.raises(Unacceptable):
        a_communicated_case().decided(a_decision(*BOTH, at=NOON - timedelta(days=1)))


def test_the_time_to_reply_does_not_end_before_it_begins() -> None:
    with pytest.raises(Unacceptable):
        a_case().communicated(told(reply_by=date(2026, 10, 19)))


def test_a_case_that_is_not_ours_is_neither_communicated_nor_decided() -> None:
    stopped = a_case(state=CaseState.STOPPED)

    with pytest.raises(OutOfScope):
        stopped.communicated(told())
    with pytest.raises(OutOfScope):
        stopped.decided(a_decision(*BOTH))


def test_whether_a_case_is_ours_is_settled_once_the_party_was_told() -> None:
    case = a_communicated_case()

    with pytest.raises(ScopeSettled):
        case.under_scope(case.scope)
